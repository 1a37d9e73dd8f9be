from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import staff


class TierGrant(models.Model):
    """The fact that a tier was given to the person of these accounts, and why. Append-only (migration 0005).

    ``basis`` are the accounts whose growth, tiers and statements were looked at. The grant counts while all of them are
    one person: after an undo nobody has what only both together had earned, and each has again what was theirs.
    Migration 0005 looks up programmes and tiers once a statement, not once a grant.
    """

    class Reason(models.TextChoices):
        REACHED = "reached", _("reached")
        KEPT = "kept", _("kept")
        DROPPED = "dropped", _("not kept")
        RETURNED = "returned", _("the purchases came back")
        JOINED = "joined", _("accounts were joined")
        BY_HAND = "by_hand", _("by hand")
        CAMPAIGN = "campaign", _("by a campaign")

    key = models.TextField(_("key"))
    programme = models.ForeignKey(
        "members.Programme", verbose_name=_("programme"), on_delete=models.PROTECT, related_name="tier_grants",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), on_delete=models.PROTECT, related_name="tier_grants",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    basis = ArrayField(models.BigIntegerField(), verbose_name=_("accounts"))
    tier = models.ForeignKey(
        "members.Tier", verbose_name=_("tier"), null=True, on_delete=models.PROTECT, related_name="grants",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    reason = models.CharField(_("reason"), max_length=8, choices=Reason)
    plan = models.ForeignKey(
        "members.Plan", verbose_name=_("plan"), null=True, on_delete=models.PROTECT, related_name="+",
        db_index=False, db_constraint=False,
    )  # fmt: skip
    growth = models.BigIntegerField(_("growth"), null=True)
    from_at = models.DateTimeField(_("from"))
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"))
    by = staff.somebody(_("by"), db_index=False)
    note = models.CharField(_("note"), max_length=300, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("tier grant")
        verbose_name_plural = _("tier grants")
        constraints = [
            models.UniqueConstraint(name="tier_grant_once", fields=["key"]),
            models.CheckConstraint(name="tier_grant_key_given", condition=~Q(key="")),
            models.CheckConstraint(
                name="tier_grant_reason_known",
                condition=Q(
                    reason__in=["reached", "kept", "dropped", "returned", "joined", "by_hand", "campaign"]
                ),
            ),
            models.CheckConstraint(
                name="tier_grant_by_hand_signed",
                condition=~Q(reason="by_hand") | (Q(by__isnull=False) & ~Q(note="")),
            ),
        ]
        indexes = [
            models.Index(name="tier_grant_of_account", fields=["account", "programme"]),
            GinIndex(name="tier_grant_noted", fields=["basis"], condition=~Q(note__in=["", "erased"])),
        ]

    def __str__(self):
        return f"{self.from_at:%Y-%m-%d} {self.get_reason_display()}"
