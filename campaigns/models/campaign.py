from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Campaign(models.Model):
    """An active campaign: audience × message × touchpoint × time, approved by a second person."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("waiting for approval")
        APPROVED = "approved", _("approved")
        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        STOPPED = "stopped", _("stopped")
        FINISHED = "finished", _("finished")

    name = models.CharField(_("name"), max_length=100)
    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("organization"), on_delete=models.PROTECT
    )
    audience = models.ForeignKey("tags.Audience", verbose_name=_("audience"), on_delete=models.PROTECT)
    touchpoint = models.CharField(_("touchpoint"), max_length=32, help_text=_("sandbox, email, …"))
    purpose = models.CharField(_("purpose"), max_length=32, default="marketing")
    subject = models.CharField(_("subject"), max_length=200, blank=True, default="")
    body = models.TextField(_("message"), help_text=_("{name} becomes the member's name."))
    starts_at = models.DateTimeField(_("starts at"))
    holdout_share = models.DecimalField(
        _("holdout share"),
        max_digits=4,
        decimal_places=3,
        default=0,
        help_text=_("0.1 holds out one in ten."),
    )
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.DRAFT)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("created by"), on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("created at"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("approved by"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+",
    )  # fmt: skip
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    stop_reason = models.CharField(_("reason of the stop"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        permissions = [
            ("approve_campaign", _("Can approve campaigns of others")),
            ("run_campaign", _("Can pause, resume and stop campaigns")),
        ]
        constraints = [
            models.CheckConstraint(name="campaign_second_person", condition=~Q(approved_by=F("created_by"))),
            models.CheckConstraint(
                name="campaign_holdout_is_a_share", condition=Q(holdout_share__gte=0, holdout_share__lt=1)
            ),
            models.CheckConstraint(
                name="campaign_runs_only_approved",
                condition=Q(state__in=["draft", "submitted"])
                | Q(approved_by__isnull=False, approved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="campaign_stopped_with_a_reason", condition=~Q(state="stopped") | ~Q(stop_reason="")
            ),
        ]

    def __str__(self):
        return self.name


class Decision(models.Model):
    """What was decided for one member of one campaign, and why. One for every member of the audience."""

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

    campaign = models.ForeignKey(
        Campaign, verbose_name=_("campaign"), on_delete=models.PROTECT, related_name="decisions"
    )
    member = models.ForeignKey(
        "members.Member", verbose_name=_("member"), on_delete=models.PROTECT, related_name="decisions"
    )
    outcome = models.CharField(
        _("outcome"), max_length=11, choices=Outcome, db_default="pending", default="pending"
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True, db_default="", default="")
    address = models.TextField(_("address"), blank=True, db_default="", default="")
    account = models.ForeignKey(
        "members.Account",
        verbose_name=_("account"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    claimed_at = models.DateTimeField(_("claimed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.UniqueConstraint(name="decision_once_a_member", fields=["campaign", "member"]),
            models.UniqueConstraint(
                name="decision_once_an_address",
                fields=["campaign", "address"],
                condition=Q(outcome__in=["sending", "sent", "unknown"]) & ~Q(address=""),
            ),
        ]
        indexes = [
            models.Index(name="decision_to_do", fields=["campaign", "id"], condition=Q(outcome="pending")),
            models.Index(name="decision_of_member", fields=["member", "decided_at"]),
        ]

    def __str__(self):
        return f"{self.member_id}: {self.outcome}"
