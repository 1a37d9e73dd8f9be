from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.order import money


class TillOrder(models.Model):
    """A sale at a till, from its first line to its payment. Held, its price stands until ``held_until``, whatever changes
    meanwhile; committed, it is an order of the channel. Which state follows which holds the database (migration 0004).

    ``basket``: the engine's basket as it was priced, ``quote``: its answer; ``asked``: the till's own words;
    ``paid``: [book, amount, minor units that it pays]; ``payments``: [method, minor units] of whatever else paid.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        HELD = "held", _("held")
        COMMITTED = "committed", _("committed")
        CANCELLED = "cancelled", _("cancelled")

    store = models.ForeignKey(
        "members.Organization", verbose_name=_("store"), on_delete=models.PROTECT, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    channel = models.ForeignKey(
        "members.Channel", verbose_name=_("channel"), on_delete=models.PROTECT, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    number = models.CharField(_("number"), max_length=100)
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_constraint=False,
    )  # fmt: skip
    revision = models.PositiveIntegerField(_("revision"), default=1)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    asked = models.TextField(_("as the till sent it"))
    basket = models.TextField(_("basket as priced"), blank=True, default="")
    quote = models.TextField(_("quote"), blank=True, default="")
    paid = models.TextField(_("paid with value"), blank=True, default="[]")
    payments = models.TextField(_("other payments"), blank=True, default="[]", db_default="[]")
    rules = models.BigIntegerField(_("revision of the rules"), default=0)
    rule_set = models.ForeignKey(
        "campaigns.RuleSet", verbose_name=_("set of rules"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_index=False,
    )  # fmt: skip
    currency = models.CharField(_("currency"), max_length=3)
    total = money(_("total"))
    cashier = models.CharField(_("cashier"), max_length=100, blank=True, default="")
    hold = models.ForeignKey(
        "members.Hold", verbose_name=_("hold"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_index=False, db_constraint=False,
    )  # fmt: skip
    order = models.ForeignKey(
        "members.Order", verbose_name=_("order"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_index=False, db_constraint=False,
    )  # fmt: skip
    opened_at = models.DateTimeField(_("opened at"))
    changed_at = models.DateTimeField(_("changed at"))
    held_at = models.DateTimeField(_("held at"), null=True, blank=True)
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)
    committed_at = models.DateTimeField(_("committed at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("sale at a till")
        verbose_name_plural = _("sales at tills")
        permissions = [("release_tillorder", _("Can free what a sale at a till holds"))]
        constraints = [
            models.UniqueConstraint(name="till_order_number", fields=["channel", "number"]),
            models.UniqueConstraint(name="till_order_of_store", fields=["store", "number"]),
            models.CheckConstraint(
                name="till_order_state_known",
                condition=Q(state__in=["open", "held", "committed", "cancelled"]) & ~Q(number=""),
            ),
            models.CheckConstraint(
                name="till_order_held_for_a_time",
                condition=Q(held_at=None, held_until=None) & ~Q(state="held")
                | Q(held_at__isnull=False, held_until__gt=models.F("held_at")) & ~Q(state="open"),
            ),
            models.CheckConstraint(
                name="till_order_committed_as_an_order",
                condition=Q(
                    state="committed", committed_at__isnull=False, order__isnull=False, rule_set__isnull=False
                )
                & ~Q(quote="")
                | ~Q(state="committed") & Q(committed_at=None, order=None),
            ),
            models.CheckConstraint(
                name="till_order_cancelled_once",
                condition=Q(state="cancelled", cancelled_at__isnull=False)
                | ~Q(state="cancelled") & Q(cancelled_at=None),
            ),
        ]
        indexes = [
            models.Index(name="till_order_held", fields=["held_until"], condition=Q(state="held")),
            models.Index(name="till_order_lately", fields=["store", "changed_at"]),
        ]

    def __str__(self):
        return self.number
