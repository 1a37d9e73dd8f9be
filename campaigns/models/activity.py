from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.elements import FourElements
from members.models import staff

CODE = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"


class Activity(models.Model):
    """What staff set up for the shops of an organization and all below it. Its content stands in its versions."""

    organization = models.ForeignKey(
        "members.Organization", verbose_name=_("organization"), on_delete=models.PROTECT, related_name="+"
    )
    code = models.CharField(_("code"), max_length=48, unique=True)
    name = models.CharField(_("name"), max_length=100)
    purpose = models.CharField(_("purpose"), max_length=300, blank=True, default="")
    created_by = staff.somebody(_("created by"), required=True)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        permissions = [
            ("approve_activity", _("Can approve activities of others")),
            ("stop_activity", _("Can stop activities at once")),
        ]
        constraints = [models.CheckConstraint(name="activity_code_plain", condition=Q(code__regex=CODE))]

    def __str__(self):
        return self.name


class ActivityVersionQuerySet(models.QuerySet):
    def live(self, at):
        """At that instant. No two of one activity ever are."""
        begun = self.exclude(published_at=None).filter(starts_at__lte=at)
        return begun.filter(Q(closes_at=None) | Q(closes_at__gt=at))


class ActivityVersion(models.Model):
    """One wording of an activity. Once submitted it stays as it is; once published it can only be stopped, or be
    closed by the start of the next version (migration 0003).

    It is live from ``starts_at`` up to ``closes_at``: its end as approved, its stop, or its successor's start.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("waiting for approval")
        PUBLISHED = "published", _("published")
        STOPPED = "stopped", _("stopped")

    activity = models.ForeignKey(
        Activity, verbose_name=_("activity"), on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveSmallIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.DRAFT)
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True, help_text=_("Empty: until stopped."))
    closes_at = models.DateTimeField(_("closes at"), null=True, blank=True, editable=False)
    created_by = staff.somebody(_("created by"), required=True)
    created_at = models.DateTimeField(_("created at"))
    changed_by = staff.somebody(_("last changed by"))
    submitted_by = staff.somebody(_("submitted by"))
    approved_by = staff.somebody(_("approved by"))
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    stopped_by = staff.somebody(_("stopped by"))
    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True)
    stop_reason = models.CharField(_("reason of the stop"), max_length=300, blank=True, default="")

    objects = ActivityVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of an activity")
        verbose_name_plural = _("versions of activities")
        indexes = [models.Index(name="activity_version_closing", fields=["closes_at"])]
        constraints = [
            models.UniqueConstraint(name="activity_version_number", fields=["activity", "number"]),
            models.UniqueConstraint(
                name="activity_version_one_open",
                fields=["activity"],
                condition=Q(state__in=["draft", "submitted"]),
            ),
            models.CheckConstraint(
                name="activity_version_lasts", condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="activity_version_closes_in_time",
                condition=Q(closes_at=None) | Q(closes_at__gte=F("starts_at"), published_at__isnull=False),
            ),
            models.CheckConstraint(
                name="activity_version_second_person",
                condition=Q(approved_by=None)
                | (
                    ~Q(approved_by=F("created_by"))
                    & ~Q(approved_by=F("submitted_by"))
                    & (Q(changed_by=None) | ~Q(approved_by=F("changed_by")))
                ),
            ),
            models.CheckConstraint(
                name="activity_version_submitted_by_somebody",
                condition=Q(state="draft", submitted_by=None)
                | (~Q(state="draft") & Q(submitted_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="activity_version_published_by_two",
                condition=Q(state__in=["draft", "submitted"], approved_by=None, published_at=None)
                | Q(
                    state__in=["published", "stopped"], approved_by__isnull=False, published_at__isnull=False
                ),
            ),
            models.CheckConstraint(
                name="activity_version_stopped_with_a_reason",
                condition=Q(state="stopped", stopped_at__isnull=False, stopped_by__isnull=False)
                & ~Q(stop_reason="")
                | ~Q(state="stopped") & Q(stopped_at=None, stopped_by=None, stop_reason=""),
            ),
        ]

    def __str__(self):
        return f"{self.activity_id}: {self.number}"


class ActivityOffer(FourElements):
    """One offer of a version, for everybody or for one audience. Tills know it as {code of the activity}-{position}."""

    version = models.ForeignKey(
        ActivityVersion, verbose_name=_("version"), on_delete=models.PROTECT, related_name="offers"
    )
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("name"), max_length=100)
    audience = models.ForeignKey(
        "tags.Audience", verbose_name=_("for"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="+", help_text=_("Empty: everybody."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("offer of an activity")
        verbose_name_plural = _("offers of activities")
        constraints = [
            models.UniqueConstraint(name="activity_offer_position", fields=["version", "position"]),
            models.CheckConstraint(
                name="activity_offer_execution_known",
                condition=Q(execution__in=["", "add", "reduce", "return", "exchange"]),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def code(self) -> str:
        """The same in every version."""
        return f"{self.version.activity.code}-{self.position}"


class RuleRevision(models.Model):
    """One row: raised by whatever changes what tills price, in the same transaction. Processes keep rules by it."""

    number = models.BigIntegerField(_("number"), default=0)

    class Meta:
        verbose_name = _("revision of the rules")
        verbose_name_plural = _("revisions of the rules")
        constraints = [models.CheckConstraint(name="rule_revision_one_row", condition=Q(id=1))]

    def __str__(self):
        return str(self.number)
