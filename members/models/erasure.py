from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import staff


class Erasure(models.Model):
    """The wish that a person be forgotten, who agreed to it, and what was done. It names nobody once it is done.

    ``running`` exists only inside the transaction that erases: the append-only tables yield to nothing else.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("waiting for a second person")
        APPROVED = "approved", _("approved")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")

    class Door(models.TextChoices):
        SCREEN = "screen", _("asked by staff")
        API = "api", _("asked by the customer")
        COMMAND = "command", _("command of the operator")

    member = models.ForeignKey(
        "members.Member", verbose_name=_("member"), on_delete=models.PROTECT, related_name="erasures"
    )
    reason = models.CharField(_("reason"), max_length=300)
    door = models.CharField(_("asked through"), max_length=7, choices=Door)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.REQUESTED)
    requested_at = models.DateTimeField(_("requested at"))
    requested_by = staff.somebody(_("requested by"))
    requested_with = models.ForeignKey(
        "members.ChannelKey", verbose_name=_("requested with key"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = staff.somebody(_("decided by"))
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    accounts = ArrayField(models.BigIntegerField(), verbose_name=_("accounts"), default=list, blank=True)
    counts = models.JSONField(_("rows erased"), default=dict, blank=True)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        permissions = [("approve_erasure", _("Can approve erasures that others asked for"))]
        constraints = [
            models.UniqueConstraint(
                name="erasure_asked_once", fields=["member"], condition=Q(state__in=["requested", "approved"])
            ),
            models.CheckConstraint(
                name="erasure_second_person",
                condition=Q(decided_by=None) | Q(requested_by=None) | ~Q(decided_by=F("requested_by")),
            ),
            models.CheckConstraint(
                name="erasure_decided_by_somebody",
                condition=Q(state="requested")
                | Q(door="command")
                | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="erasure_done_has_a_time",
                condition=Q(state="done", done_at__isnull=False) | (~Q(state="done") & Q(done_at=None)),
            ),
            models.CheckConstraint(name="erasure_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self):
        return f"{self.get_state_display()} {timezone.localtime(self.requested_at):%Y-%m-%d}"


class ErasureSalt(models.Model):
    """The salt of this installation's tombstones; drawn at the first erasure."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    salt = models.BinaryField(_("salt"))

    class Meta:
        constraints = [models.CheckConstraint(name="erasure_salt_once", condition=Q(id=1))]

    def __str__(self):
        return "salt"


class Tombstone(models.Model):
    """A salted hash of what an erased person was known by, so that old records do not bring him back.

    ``lifted_at``: he came again of his own accord, with a new registration or consent.
    """

    class Kind(models.TextChoices):
        ACCOUNT = "account", _("account")
        IDENTIFIER = "identifier", _("identifier")
        ONEID = "oneid", _("OneID")

    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="tombstones")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    digest = models.BinaryField(_("salted hash"), max_length=32)
    erased_at = models.DateTimeField(_("erased at"))
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    seen_count = models.PositiveIntegerField(_("records kept out"), db_default=0, default=0)
    last_seen_at = models.DateTimeField(_("last record kept out"), null=True, blank=True)

    class Meta:
        verbose_name = _("tombstone")
        verbose_name_plural = _("tombstones")
        constraints = [models.UniqueConstraint(name="tombstone_unique", fields=["digest", "kind"])]

    def __str__(self):
        return self.get_kind_display()


class RetentionRun(models.Model):
    """One carrying out of the retention periods: how many rows of each sort were past theirs."""

    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    counts = models.JSONField(_("rows past their time"), default=dict)

    class Meta:
        verbose_name = _("retention run")
        verbose_name_plural = _("retention runs")

    def __str__(self):
        return f"{timezone.localtime(self.started_at):%Y-%m-%d %H:%M}"
