from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.aftersale import AfterSale
from members.models.order import money


class ReturnQuerySet(models.QuerySet):
    def waiting(self):
        """Returns whose sale has not been seen yet."""
        return self.filter(order=None).exclude(order_key="")


class Return(AfterSale):
    """Goods given back. ``amount`` is what the customer got back, over all lines."""

    external_id = models.TextField(_("return number"))
    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("organization"), on_delete=models.PROTECT, db_constraint=False
    )
    occurred_at = models.DateTimeField(_("returned at"))
    amount = money(_("refunded"))

    objects = ReturnQuerySet.as_manager()

    class Meta(AfterSale.Meta):
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        constraints = [
            *AfterSale.Meta.constraints,
            models.CheckConstraint(name="return_amount_not_negative", condition=Q(amount__gte=0)),
        ]


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
