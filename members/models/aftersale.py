from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AfterSale(models.Model):
    """What follows a sale and names it, as a return and a review do. It may come before the sale.

    ``account`` is the order's account as soon as the order is known, before that the one that the fact names.
    """

    channel = models.ForeignKey(
        "members.Channel",
        verbose_name=_("channel"),
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
    )
    order = models.ForeignKey(
        "members.Order",
        verbose_name=_("order"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="%(class)ss",
    )
    order_key = models.TextField(_("order named by the channel"), blank=True, db_default="", default="")
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="%(class)ss", db_index=False,
    )  # fmt: skip
    account_key = models.TextField(_("account named by the channel"), blank=True, db_default="", default="")
    version_at = models.DateTimeField(_("version of"))
    version_digest = models.UUIDField(_("version digest"))

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(name="%(class)s_unique_in_channel", fields=["channel", "external_id"]),
        ]
        indexes = [
            models.Index(name="%(class)s_of_account", fields=["account", "occurred_at"]),
            models.Index(
                name="%(class)s_waiting",
                fields=["channel", "order_key"],
                condition=Q(order=None) & ~Q(order_key=""),
            ),
            models.Index(
                name="%(class)s_waiting_account",
                fields=["channel", "account_key"],
                condition=Q(account=None) & ~Q(account_key=""),
            ),
        ]

    def __str__(self):
        return self.external_id
