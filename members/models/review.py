from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ReviewQuerySet(models.QuerySet):
    def waiting(self):
        """Reviews that name an order or an account which has not been seen yet."""
        return self.filter((Q(order=None) & ~Q(order_key="")) | (Q(account=None) & ~Q(account_key="")))


class Review(models.Model):
    """What a customer said about goods or a service: 1 to 5 stars and a text."""

    channel = models.ForeignKey(
        "members.Channel",
        verbose_name=_("channel"),
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
    )
    external_id = models.TextField(_("review number"))
    order = models.ForeignKey(
        "members.Order",
        verbose_name=_("order"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reviews",
    )
    order_key = models.TextField(_("order named by the channel"), blank=True, db_default="", default="")
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="reviews", db_index=False,
    )  # fmt: skip
    account_key = models.TextField(_("account named by the channel"), blank=True, db_default="", default="")
    sku = models.CharField(_("SKU"), max_length=100, blank=True, db_default="", default="")
    rating = models.PositiveSmallIntegerField(_("stars"), null=True, blank=True)
    text = models.TextField(_("text"), blank=True, db_default="", default="")
    occurred_at = models.DateTimeField(_("written at"))
    version_at = models.DateTimeField(_("version of"))
    version_digest = models.UUIDField(_("version digest"))

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.UniqueConstraint(name="review_unique_in_channel", fields=["channel", "external_id"]),
            models.CheckConstraint(
                name="review_one_to_five_stars", condition=Q(rating__gte=1, rating__lte=5)
            ),
        ]
        indexes = [
            models.Index(name="review_of_account", fields=["account", "occurred_at"]),
            models.Index(
                name="review_waiting",
                fields=["channel", "order_key"],
                condition=Q(order=None) & ~Q(order_key=""),
            ),
            models.Index(
                name="review_waiting_account",
                fields=["channel", "account_key"],
                condition=Q(account=None) & ~Q(account_key=""),
            ),
        ]

    def __str__(self):
        return self.external_id
