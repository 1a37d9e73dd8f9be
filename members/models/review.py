from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models.aftersale import AfterSale


class ReviewQuerySet(models.QuerySet):
    def waiting(self):
        """Reviews that name an order or an account which has not been seen yet."""
        return self.filter((Q(order=None) & ~Q(order_key="")) | (Q(account=None) & ~Q(account_key="")))


class Review(AfterSale):
    """What a customer said about goods or a service: 1 to 5 stars and a text."""

    external_id = models.TextField(_("review number"))
    sku = models.CharField(_("SKU"), max_length=100, blank=True, db_default="", default="")
    rating = models.PositiveSmallIntegerField(_("stars"), null=True, blank=True)
    text = models.TextField(_("text"), blank=True, db_default="", default="")
    occurred_at = models.DateTimeField(_("written at"))

    objects = ReviewQuerySet.as_manager()

    class Meta(AfterSale.Meta):
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            *AfterSale.Meta.constraints,
            models.CheckConstraint(
                name="review_one_to_five_stars", condition=Q(rating__gte=1, rating__lte=5)
            ),
        ]
