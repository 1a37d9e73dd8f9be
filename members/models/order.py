from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


def money(label, **options):
    return models.DecimalField(label, max_digits=18, decimal_places=4, **options)


class OrderQuerySet(models.QuerySet):
    def bought(self):
        """Orders that count as purchases."""
        return self.filter(status__in=[Order.Status.PAID, Order.Status.COMPLETED], reward=False)

    def waiting(self):
        """Orders that name an account which has not been seen yet."""
        return self.filter(account=None).exclude(account_key="")


class Order(models.Model):
    """One order of one channel. ``amount`` is what the customer pays: lines - discount + shipping."""

    class Status(models.TextChoices):
        CREATED = "created", _("created")
        PAID = "paid", _("paid")
        COMPLETED = "completed", _("completed")
        CANCELLED = "cancelled", _("cancelled")

    channel = models.ForeignKey(
        "members.Channel",
        verbose_name=_("channel"),
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
    )
    external_id = models.TextField(_("order number"))
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="orders", db_index=False,
    )  # fmt: skip
    account_key = models.TextField(_("account named by the channel"), blank=True, db_default="", default="")
    organization = models.ForeignKey(
        "members.Organization",
        verbose_name=_("organization"),
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
    )
    occurred_at = models.DateTimeField(_("ordered at"))
    status = models.CharField(_("status"), max_length=10, choices=Status)
    currency = models.CharField(_("currency"), max_length=3)
    amount = money(_("amount"))
    discount = money(_("order discount"), db_default=0, default=0)
    shipping = money(_("shipping"), db_default=0, default=0)
    cashier = models.CharField(_("cashier"), max_length=100, blank=True, db_default="", default="")
    guide = models.CharField(_("guide"), max_length=100, blank=True, db_default="", default="")
    receiver_province = models.CharField(
        _("province of the receiver"), max_length=100, blank=True, db_default="", default=""
    )
    coupons = models.JSONField(_("coupons"), default=list, db_default=models.Value([], models.JSONField()))
    attribution = models.JSONField(
        _("attribution"), default=dict, db_default=models.Value({}, models.JSONField())
    )
    reward = models.BooleanField(
        _("reward"), db_default=False, default=False,
        help_text=_("Goods that came as a reward of another order: no purchase."),
    )  # fmt: skip
    version_at = models.DateTimeField(
        _("version of"), help_text=_("The channel's time of the version that rules.")
    )
    version_digest = models.UUIDField(_("version digest"))

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(name="order_unique_in_channel", fields=["channel", "external_id"]),
            models.CheckConstraint(
                name="order_status_known",
                condition=Q(status__in=["created", "paid", "completed", "cancelled"]),
            ),
        ]
        indexes = [
            models.Index(name="order_of_account", fields=["account", "occurred_at"]),
            models.Index(name="order_at_organization", fields=["organization", "occurred_at"]),
            models.Index(
                name="order_waiting",
                fields=["channel", "account_key"],
                condition=Q(account=None) & ~Q(account_key=""),
            ),
        ]

    def __str__(self):
        return self.external_id


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    line = models.PositiveIntegerField(_("line"))
    sku = models.CharField(_("SKU"), max_length=100)
    name = models.CharField(_("name"), max_length=300, blank=True, db_default="", default="")
    category = models.CharField(_("category"), max_length=100, blank=True, db_default="", default="")
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3)
    unit_price = money(_("unit price"))
    discount = money(_("discount"), db_default=0, default=0)
    amount = money(_("amount"))
    serial = models.CharField(_("serial number"), max_length=100, blank=True, db_default="", default="")

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [models.UniqueConstraint(name="order_line_unique", fields=["order", "line"])]
        indexes = [models.Index(name="order_line_of_serial", fields=["serial"], condition=~Q(serial=""))]

    def __str__(self):
        return f"{self.order_id}/{self.line}"


class OrderPayment(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="payments", db_index=False)
    position = models.PositiveIntegerField(_("position"))
    method = models.CharField(_("method"), max_length=100)
    amount = money(_("amount"))

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [models.UniqueConstraint(name="order_payment_unique", fields=["order", "position"])]

    def __str__(self):
        return f"{self.method} {self.amount}"
