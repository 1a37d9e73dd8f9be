from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class TillReturn(models.Model):
    """Goods of a sale at a till that came back, and what was given back for them. Append-only (migration 0004).

    ``total``: minor units; ``paid_back``: [minor units, steps of the book or 0] for each payment of the sale, in its order.
    As every channel's returns are kept, it is a `members.Return` of the same channel and number.
    """

    sale = models.ForeignKey(
        "campaigns.TillOrder", verbose_name=_("sale"), on_delete=models.PROTECT, related_name="returns"
    )
    channel = models.ForeignKey(
        "members.Channel", verbose_name=_("channel"), on_delete=models.PROTECT, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    number = models.CharField(_("return number"), max_length=100)
    store = models.ForeignKey(
        "members.Organization", verbose_name=_("taken back at"), on_delete=models.PROTECT, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    total = models.BigIntegerField(_("refunded, in minor units"))
    paid_back = models.TextField(_("paid back"))
    reason = models.CharField(_("code of the reason"), max_length=40, blank=True, default="")
    cashier = models.CharField(_("cashier"), max_length=100, blank=True, default="")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("return at a till")
        verbose_name_plural = _("returns at tills")
        constraints = [
            models.UniqueConstraint(name="till_return_number", fields=["channel", "number"]),
            models.CheckConstraint(
                name="till_return_refunds_or_nothing", condition=Q(total__gte=0) & ~Q(number="")
            ),
        ]

    def __str__(self):
        return self.number


class TillReturnLine(models.Model):
    """So many thousandths of one line of a sale, which ``before`` had come back of the ``sold`` ones.

    Two returns of one piece would have the same ``before``: the database lets one of them in.
    """

    returned = models.ForeignKey(
        TillReturn, verbose_name=_("return"), on_delete=models.PROTECT, related_name="lines"
    )
    sale = models.ForeignKey(
        "campaigns.TillOrder",
        verbose_name=_("sale"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    line = models.PositiveIntegerField(_("line"))
    sold = models.BigIntegerField(_("sold"))
    before = models.BigIntegerField(_("returned before"))
    quantity = models.BigIntegerField(_("quantity"))
    refund = models.BigIntegerField(_("refunded, in minor units"))

    class Meta:
        verbose_name = _("line of a return at a till")
        verbose_name_plural = _("lines of returns at tills")
        constraints = [
            models.UniqueConstraint(name="till_return_line_once", fields=["sale", "line", "before"]),
            models.CheckConstraint(
                name="till_return_line_within_what_was_sold",
                condition=Q(before__gte=0, quantity__gte=1, refund__gte=0)
                & Q(sold__gte=F("before") + F("quantity")),
            ),
        ]

    def __str__(self):
        return f"{self.line}: {self.quantity}"
