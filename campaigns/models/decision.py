from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Decision(models.Model):
    """What was decided for one member of one campaign, and why. One for every member of the audience; where people may
    enter again (``CampaignEntry``), one a round.

    The arm is drawn when the audience is; whether the member could have been reached is decided in both arms
    alike, so that ``held_out`` means: would have been sent (docs/adr/040). Decisions and accounts are never
    deleted, so a reference to them is not checked again at each of a million writes (docs/adr/004).
    """

    class Arm(models.TextChoices):
        TREATED = "treated", _("treated")
        HOLDOUT = "holdout", _("holdout")

    class Outcome(models.TextChoices):
        PENDING = "pending", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        HELD_OUT = "held_out", _("held out")
        NO_CONSENT = "no_consent", _("no consent")
        UNREACHABLE = "unreachable", _("unreachable")
        CAPPED = "capped", _("capped")
        FAILED = "failed", _("failed")
        UNKNOWN = "unknown", _("sent or not: unknown")
        STOPPED = "stopped", _("campaign stopped before")
        LEFT = "left", _("left the audience before")

    REACHED = [Outcome.SENDING, Outcome.SENT, Outcome.UNKNOWN]
    ELIGIBLE = [*REACHED, Outcome.FAILED, Outcome.HELD_OUT]

    campaign = models.ForeignKey(
        "campaigns.Campaign", verbose_name=_("campaign"), on_delete=models.PROTECT, related_name="decisions",
        db_index=False,
    )  # fmt: skip
    member = models.ForeignKey(
        "members.Member", verbose_name=_("member"), on_delete=models.PROTECT, related_name="decisions",
        db_index=False,
    )  # fmt: skip
    round = models.PositiveSmallIntegerField(
        _("which time"), db_default=0, default=0, help_text=_("0: the first time that he entered.")
    )
    arm = models.CharField(_("arm"), max_length=7, choices=Arm, db_default="treated", default="treated")
    outcome = models.CharField(
        _("outcome"), max_length=11, choices=Outcome, db_default="pending", default="pending"
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True, db_default="", default="")
    address = models.TextField(_("address"), blank=True, db_default="", default="")
    account = models.ForeignKey(
        "members.Account", verbose_name=_("account"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", db_index=False, db_constraint=False,
    )  # fmt: skip
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    claimed_at = models.DateTimeField(_("claimed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.UniqueConstraint(name="decision_once_a_member", fields=["member", "campaign", "round"]),
            models.UniqueConstraint(
                name="decision_once_an_address",
                fields=["address", "campaign", "round"],
                condition=Q(outcome__in=["sending", "sent", "unknown", "failed", "held_out"]),
            ),
            models.CheckConstraint(
                name="decision_eligible_has_an_address",
                condition=~Q(outcome__in=["sending", "sent", "unknown", "failed", "held_out"])
                | (~Q(address="") & Q(account__isnull=False)),
            ),
            models.CheckConstraint(
                name="decision_has_a_time", condition=Q(outcome="pending") | Q(decided_at__isnull=False)
            ),
            models.CheckConstraint(
                name="decision_held_out_only_in_the_holdout",
                condition=~Q(outcome__in=["sending", "sent", "unknown", "failed", "held_out"])
                | Q(arm="holdout", outcome="held_out")
                | (Q(arm="treated") & ~Q(outcome="held_out")),
            ),
            models.CheckConstraint(
                name="decision_being_sent_is_claimed",
                condition=~Q(outcome="sending") | Q(claimed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="decision_by_outcome", fields=["campaign", "outcome", "id"]),
            models.Index(
                name="decision_reached_account",
                fields=["account", "decided_at"],
                condition=Q(outcome__in=["sending", "sent", "unknown"]),
            ),
        ]

    def __str__(self):
        return f"{self.member_id}: {self.outcome}"
