from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.event import CurrentTransaction


class GoodsSet(models.Model):
    """Goods that rules speak of together: eco goods, high-end refrigerators. A line belongs to it by its SKU or its
    category. Rules copy it when they are published, so that changing a set changes no order of the past.
    """

    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("organization"), on_delete=models.PROTECT, related_name="+"
    )
    code = models.CharField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=200)
    skus = ArrayField(models.CharField(max_length=100), verbose_name=_("SKUs"), default=list, blank=True)
    categories = ArrayField(
        models.CharField(max_length=100), verbose_name=_("categories"), default=list, blank=True
    )

    class Meta:
        verbose_name = _("goods set")
        verbose_name_plural = _("goods sets")
        constraints = [
            models.CheckConstraint(
                name="goods_set_holds_something", condition=~Q(skus=[]) | ~Q(categories=[])
            )
        ]

    def __str__(self):
        return self.name


class Appliance(models.Model):
    """One durable good by its serial number, as sales and connections tell. ``account`` bought it, ``bound_account``
    connected it. The earliest sale that was neither cancelled nor returned counts. ``tx`` wrote it last.
    """

    serial = models.CharField(_("serial number"), max_length=100)
    sku = models.CharField(_("SKU"), max_length=100, blank=True, default="", db_default="")
    name = models.CharField(_("name"), max_length=300, blank=True, default="", db_default="")
    category = models.CharField(_("category"), max_length=100, blank=True, default="", db_default="")
    account = models.ForeignKey(
        "members.Account", verbose_name=_("bought by"), null=True, on_delete=models.PROTECT,
        related_name="appliances", db_constraint=False,
    )  # fmt: skip
    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("sold at"), null=True, on_delete=models.PROTECT,
        related_name="+", db_index=False, db_constraint=False,
    )  # fmt: skip
    channel = models.ForeignKey(
        "members.Channel", verbose_name=_("channel"), null=True, on_delete=models.PROTECT,
        related_name="+", db_index=False, db_constraint=False,
    )  # fmt: skip
    order_key = models.TextField(_("order number"), blank=True, default="", db_default="")
    bought_at = models.DateTimeField(_("bought"), null=True)
    bound_account = models.ForeignKey(
        "members.Account", verbose_name=_("connected by"), null=True, on_delete=models.PROTECT,
        related_name="connected_appliances", db_constraint=False,
    )  # fmt: skip
    bound_at = models.DateTimeField(_("connected"), null=True)
    tx = models.BigIntegerField(_("transaction"), db_default=CurrentTransaction(), editable=False)

    class Meta:
        verbose_name = _("appliance")
        verbose_name_plural = _("appliances")
        constraints = [
            models.UniqueConstraint(name="appliance_unique", fields=["serial"]),
            models.CheckConstraint(name="appliance_serial_given", condition=~Q(serial="")),
            models.CheckConstraint(
                name="appliance_bought_or_bound",
                condition=Q(bought_at__isnull=False) | Q(bound_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                name="appliance_of_order", fields=["channel", "order_key"], condition=~Q(order_key="")
            ),
            models.Index(name="appliance_lately", fields=["tx"]),
        ]

    def __str__(self):
        return self.serial
