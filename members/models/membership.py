from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Membership(models.Model):
    """What one account is to one organization node: known there, joined, visited.

    A membership at a store is one at its dealer, brand and group as well; only the node itself is stored, and
    ``members.queries.memberships`` derives the four levels of a member from the facts of all his accounts.
    Number, tier, points and growth are each of the latest statement that says something of it, made at its ``…_at``;
    ``stated_at`` is when anything was stated last.
    """

    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), on_delete=models.CASCADE, related_name="memberships"
    )
    organization = models.ForeignKey(
        "members.Organization",
        verbose_name=_("organization"),
        on_delete=models.PROTECT,
        db_constraint=False,
        related_name="memberships",
        db_index=False,
    )
    known_at = models.DateTimeField(
        _("known since"), null=True, blank=True, help_text=_("By the channel's word; empty for visits alone.")
    )
    joined_at = models.DateTimeField(_("joined"), null=True, blank=True)
    join_source = models.ForeignKey(
        "members.Organization", verbose_name=_("joined through"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_constraint=False, db_index=False,
    )  # fmt: skip
    first_visited_at = models.DateTimeField(_("first visit"), null=True, blank=True)
    last_visited_at = models.DateTimeField(_("last visit"), null=True, blank=True)
    number = models.CharField(_("member number"), max_length=64, blank=True, db_default="", default="")
    number_at = models.DateTimeField(_("number stated at"), null=True, blank=True)
    tier = models.CharField(
        _("tier as stated by the channel"), max_length=64, blank=True, db_default="", default=""
    )
    tier_at = models.DateTimeField(_("tier stated at"), null=True, blank=True)
    points = models.DecimalField(
        _("points as stated by the channel"), max_digits=18, decimal_places=4, null=True, blank=True
    )
    points_at = models.DateTimeField(_("points stated at"), null=True, blank=True)
    growth = models.DecimalField(
        _("growth as stated by the channel"), max_digits=18, decimal_places=4, null=True, blank=True
    )
    growth_at = models.DateTimeField(_("growth stated at"), null=True, blank=True)
    stated_at = models.DateTimeField(_("stated at"), null=True, blank=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(name="membership_unique", fields=["organization", "account"]),
            models.CheckConstraint(
                name="membership_known_or_visited",
                condition=Q(known_at__isnull=False) | Q(first_visited_at__isnull=False),
            ),
            models.CheckConstraint(
                name="membership_visits_in_order",
                condition=Q(first_visited_at=None, last_visited_at=None)
                | Q(last_visited_at__isnull=False, first_visited_at__lte=models.F("last_visited_at")),
            ),
        ]

    def __str__(self):
        return f"{self.account_id} @ {self.organization_id}"
