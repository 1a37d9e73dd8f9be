from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class EarningRule(models.Model):
    """What orders of a programme earn in a book from a time on: ``rate`` for each unit of the currency that was paid for
    goods. The newest rule that had begun when the order was placed holds; a rate of 0 ends the earning.

    Rules are never changed (migration 0004), so that an order always earns what it earned.
    """

    class Rounding(models.TextChoices):
        DOWN = "down", _("down")
        HALF_UP = "half_up", _("half up")

    programme = models.ForeignKey(
        "members.Programme",
        verbose_name=_("programme"),
        on_delete=models.PROTECT,
        related_name="earning_rules",
    )
    book = models.ForeignKey(
        "members.Book", verbose_name=_("book"), on_delete=models.PROTECT, related_name="earning_rules"
    )
    currency = models.CharField(_("currency"), max_length=3, help_text=_("Such as CNY."))
    rate = models.DecimalField(
        _("for each unit paid"),
        max_digits=12,
        decimal_places=6,
        help_text=_("1 gives a point for each yuan."),
    )
    rounding = models.CharField(_("rounded"), max_length=8, choices=Rounding, default=Rounding.DOWN)
    starts_at = models.DateTimeField(_("for orders placed from"))

    class Meta:
        verbose_name = _("earning rule")
        verbose_name_plural = _("earning rules")
        constraints = [
            models.UniqueConstraint(
                name="earning_rule_unique", fields=["programme", "book", "currency", "starts_at"]
            ),
            models.CheckConstraint(name="earning_rule_rate", condition=Q(rate__gte=0)),
            models.CheckConstraint(
                name="earning_rule_rounding_known", condition=Q(rounding__in=["down", "half_up"])
            ),
            models.CheckConstraint(name="earning_rule_currency", condition=Q(currency__regex="^[A-Z]{3}$")),
        ]

    def __str__(self):
        return f"{self.rate} / {self.currency}"


class EarningBasis(models.Model):
    """With which tier an order earned, decided once, at its first settling: a return gives back what the sale gave."""

    channel = models.ForeignKey(
        "members.Channel", verbose_name=_("channel"), on_delete=models.PROTECT, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    order_key = models.TextField(_("order number"))
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), on_delete=models.PROTECT, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    tier = models.ForeignKey(
        "members.Tier", verbose_name=_("tier"), null=True, on_delete=models.PROTECT, related_name="+",
        db_index=False,
    )  # fmt: skip
    decided_at = models.DateTimeField(_("decided at"))

    class Meta:
        verbose_name = _("basis of an earning")
        verbose_name_plural = _("bases of earnings")
        constraints = [
            models.UniqueConstraint(name="earning_basis_once", fields=["channel", "order_key", "account"])
        ]

    def __str__(self):
        return self.order_key
