from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.order import money


class ReturnQuerySet(models.QuerySet):
    def waiting(self):
        """Returns whose sale has not been seen yet."""
        return self.filter(order=None).exclude(order_key="")


class Return(models.Model):
    """Goods given back. ``amount`` is what the customer got back, over all lines.

    ``account`` is the order's account as soon as the order is known, before that the one the return names.
    """

    channel = models.ForeignKey(
        "members.Channel",
        verbose_name=_("channel"),
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
    )
    external_id = models.TextField(_("return number"))
    order = models.ForeignKey(
        "members.Order",
        verbose_name=_("order"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="returns",
    )
    order_key = models.TextField(_("order named by the channel"), blank=True, db_default="", default="")
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="returns", db_index=False,
    )  # fmt: skip
    account_key = models.TextField(_("account named by the channel"), blank=True, db_default="", default="")
    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("organization"), on_delete=models.PROTECT, db_constraint=False
    )
    occurred_at = models.DateTimeField(_("returned at"))
    amount = money(_("refunded"))
    version_at = models.DateTimeField(_("version of"))
    version_digest = models.UUIDField(_("version digest"))

    objects = ReturnQuerySet.as_manager()

    class Meta:
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        constraints = [
            models.UniqueConstraint(name="return_unique_in_channel", fields=["channel", "external_id"]),
            models.CheckConstraint(name="return_amount_not_negative", condition=Q(amount__gte=0)),
        ]
        indexes = [
            models.Index(name="return_of_account", fields=["account", "occurred_at"]),
            models.Index(
                name="return_waiting",
                fields=["channel", "order_key"],
                condition=Q(order=None) & ~Q(order_key=""),
            ),
            models.Index(
                name="return_waiting_account",
                fields=["channel", "account_key"],
                condition=Q(account=None) & ~Q(account_key=""),
            ),
        ]

    def __str__(self):
        return self.external_id


class ReturnLine(models.Model):
    returned = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveIntegerField(_("position"))
    line = models.PositiveIntegerField(_("line of the order"), null=True, blank=True)
    sku = models.CharField(_("SKU"), max_length=100, blank=True, db_default="", default="")
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3)
    refund = money(_("refund"))

    class Meta:
        verbose_name = _("return line")
        verbose_name_plural = _("return lines")
        constraints = [models.UniqueConstraint(name="return_line_unique", fields=["returned", "position"])]

    def __str__(self):
        return f"{self.returned_id}/{self.position}"
