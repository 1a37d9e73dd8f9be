from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models import staff


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

    class Entering(models.TextChoices):
        ONCE = "once", _("once: whoever is in the audience at the start")
        ALL = "all", _("whoever is in the audience at the start, and whoever comes in later")
        NEW = "new", _("only whoever comes in after the start")

    name = models.CharField(_("name"), max_length=100)
    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("organization"), on_delete=models.PROTECT
    )
    audience = models.ForeignKey("tags.Audience", verbose_name=_("audience"), on_delete=models.PROTECT)
    touchpoint = models.CharField(_("touchpoint"), max_length=32, help_text=_("sandbox, email, …"))
    purpose = models.CharField(_("purpose"), max_length=32, default="marketing")
    subject = models.CharField(_("subject"), max_length=200, blank=True, default="")
    body = models.TextField(_("message"), help_text=_("{name} becomes the member's name."))
    entering = models.CharField(
        _("who enters"), max_length=4, choices=Entering, default=Entering.ONCE, db_default="once",
        help_text=_("Whoever comes in later enters within seconds, and leaves when the condition holds no longer."),
    )  # fmt: skip
    reenter_after_days = models.PositiveSmallIntegerField(
        _("enters again after days"), null=True, blank=True,
        help_text=_("Who left and comes in again enters anew if so many days have passed. Empty: each enters once."),
    )  # fmt: skip
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(
        _("ends at"), null=True, blank=True,
        help_text=_("From then on nobody enters any more. Empty: until it is stopped."),
    )  # fmt: skip
    holdout_share = models.DecimalField(
        _("holdout share"),
        max_digits=4,
        decimal_places=3,
        default=0,
        help_text=_("0.1 holds out one in ten."),
    )
    cap_count = models.PositiveSmallIntegerField(
        _("messages a member at most"),
        null=True,
        blank=True,
        default=3,
        help_text=_("Counted over all campaigns within the days of the cap. Empty: no cap."),
    )
    cap_days = models.PositiveSmallIntegerField(_("days of the cap"), default=7)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.DRAFT)
    created_by = staff.somebody(_("created by"), required=True)
    created_at = models.DateTimeField(_("created at"))
    submitted_by = staff.somebody(_("submitted by"))
    approved_by = staff.somebody(_("approved by"))
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    stop_reason = models.CharField(_("reason of the stop"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        indexes = [models.Index(name="campaign_by_state", fields=["state", "starts_at"])]
        permissions = [
            ("approve_campaign", _("Can approve campaigns of others")),
            ("run_campaign", _("Can pause, resume and stop campaigns")),
        ]
        constraints = [
            models.CheckConstraint(
                name="campaign_second_person",
                condition=Q(approved_by=None)
                | (~Q(approved_by=F("created_by")) & ~Q(approved_by=F("submitted_by"))),
            ),
            models.CheckConstraint(
                name="campaign_submitted_by_somebody",
                condition=Q(state="draft") | Q(submitted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="campaign_holdout_is_a_share", condition=Q(holdout_share__gte=0, holdout_share__lt=1)
            ),
            models.CheckConstraint(
                name="campaign_runs_only_approved",
                condition=Q(state__in=["draft", "submitted"])
                | Q(approved_by__isnull=False, approved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="campaign_started_has_a_time",
                condition=Q(state__in=["draft", "submitted", "approved", "stopped"])
                | Q(started_at__isnull=False),
            ),
            models.CheckConstraint(
                name="campaign_ended_has_a_time",
                condition=~Q(state__in=["stopped", "finished"]) | Q(ended_at__isnull=False),
            ),
            models.CheckConstraint(name="campaign_caps_of_some_days", condition=Q(cap_days__gte=1)),
            models.CheckConstraint(
                name="campaign_once_has_no_terms_of_entry",
                condition=~Q(entering="once") | Q(reenter_after_days=None, ends_at=None),
            ),
            models.CheckConstraint(
                name="campaign_enters_again_after_some_days",
                condition=Q(reenter_after_days=None) | Q(reenter_after_days__gte=1),
            ),
            models.CheckConstraint(
                name="campaign_stopped_with_a_reason", condition=~Q(state="stopped") | ~Q(stop_reason="")
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def follows(self) -> bool:
        """Whether people come in and leave while it runs."""
        return self.entering != self.Entering.ONCE
