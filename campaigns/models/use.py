from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class OfferUse(models.Model):
    """An offer that was applied to a sale, so many times. Withdrawn when the sale falls through or all its goods came back.

    ``counted``: the scopes of the counters that it raised, with spaces between.
    """

    sale = models.ForeignKey(
        "campaigns.TillOrder", verbose_name=_("sale"), on_delete=models.PROTECT, related_name="uses"
    )
    offer = models.CharField(_("offer"), max_length=80)
    activity = models.CharField(_("activity"), max_length=100, blank=True, default="")
    version = models.PositiveSmallIntegerField(_("version"))
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_index=False, db_constraint=False,
    )  # fmt: skip
    times = models.PositiveIntegerField(_("times"))
    discount = models.BigIntegerField(_("discount in minor units"))
    counted = models.CharField(_("counted by"), max_length=20, blank=True, default="")
    day = models.DateField(_("day at the store"))
    at = models.DateTimeField(_("at"))
    returned_at = models.DateTimeField(_("returned at"), null=True, blank=True)

    class Meta:
        verbose_name = _("use of an offer")
        verbose_name_plural = _("uses of offers")
        constraints = [models.CheckConstraint(name="offer_use_some", condition=Q(times__gte=1))]
        indexes = [
            models.Index(
                name="offer_use_of_account",
                fields=["account", "offer"],
                condition=Q(account__isnull=False, returned_at=None),
            )
        ]

    def __str__(self):
        return f"{self.offer}: {self.times}"


class UseCounter(models.Model):
    """How often an offer that has a cap was given on a day, at a store or at all: the row on which tills queue, so that no
    cap is exceeded."""

    offer = models.CharField(_("offer"), max_length=80)
    scope = models.CharField(_("scope"), max_length=8)
    place = models.CharField(_("day or store"), max_length=20, blank=True, default="")
    used = models.PositiveIntegerField(_("used"))
    most = models.PositiveIntegerField(_("most"))

    class Meta:
        verbose_name = _("counter of uses")
        verbose_name_plural = _("counters of uses")
        constraints = [
            models.UniqueConstraint(name="use_counter_once", fields=["offer", "scope", "place"]),
            models.CheckConstraint(
                name="use_counter_scope_known", condition=Q(scope__in=["day", "store", "campaign"])
            ),
            models.CheckConstraint(
                name="use_counter_within_cap", condition=Q(used__gte=0) & Q(used__lte=F("most"))
            ),
        ]

    def __str__(self):
        return f"{self.offer}: {self.used}"
