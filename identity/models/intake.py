from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.models import staff
from members.models.event import CurrentTransaction

UNBOUND = Q(state="open") & ~Q(serial="")


class RecordType(models.TextChoices):
    ACCOUNT = "account", _("account")
    ORDER = "order", _("order")
    RETURN = "return", _("return")
    REVIEW = "review", _("review")
    EVENT = "event", _("event")


class IngestRun(models.Model):
    """One file (or part of one) read into the pool: where it stands, so that it can go on after a crash."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        FINISHED = "finished", _("finished")
        FAILED = "failed", _("failed")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")

    source = models.TextField(_("source"), help_text=_("File name, or the API key that sent the records."))
    fingerprint = models.CharField(_("fingerprint"), max_length=64, unique=True)
    position = models.BigIntegerField(_("position"), default=0, help_text=_("Bytes or rows read so far."))
    parts = models.JSONField(
        _("parts"),
        default=dict,
        help_text=_("Verdicts of those parts of the batch at the position that are in."),
    )
    size = models.BigIntegerField(_("size"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.RUNNING)
    verdicts = models.JSONField(_("verdicts"), default=dict)
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True, default="")

    class Meta:
        verbose_name = _("intake run")
        verbose_name_plural = _("intake runs")

    def __str__(self):
        return self.source


class Withdrawal(models.Model):
    """The undoing of a run: who wanted it and why, and how far it is."""

    run = models.ForeignKey(
        IngestRun, verbose_name=_("run"), on_delete=models.PROTECT, related_name="withdrawals"
    )
    reason = models.CharField(_("reason"), max_length=300)
    asked_by = staff.somebody(_("asked by"))
    asked_at = models.DateTimeField(_("asked at"))
    position = models.BigIntegerField(
        _("position"), default=0, help_text=_("The last record that was looked at.")
    )
    counts = models.JSONField(_("what it changed"), default=dict)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("withdrawal")
        verbose_name_plural = _("withdrawals")
        constraints = [
            models.CheckConstraint(name="withdrawal_has_a_reason", condition=~Q(reason="")),
            models.UniqueConstraint(
                name="withdrawal_one_at_a_time", fields=["run"], condition=Q(ended_at=None)
            ),
        ]

    def __str__(self):
        return self.reason


class IntakeRecord(models.Model):
    """Every distinct version of every accepted record, as it came. Withdrawn ones are kept and tell nothing.

    `contact` is the contact account that a record of another type claims; `repeated` are the other runs that
    brought the same version again (0: another door), so that undoing one of them takes nothing from the others.
    """

    channel = models.ForeignKey(
        "members.Channel",
        verbose_name=_("channel"),
        on_delete=models.PROTECT,
        db_index=False,
        db_constraint=False,
    )
    type = models.CharField(_("type"), max_length=7, choices=RecordType)
    key = models.TextField(
        _("key"), help_text=_("The channel's own id; for an event without one, its digest.")
    )
    digest = models.UUIDField(_("digest"))
    raw = models.JSONField(_("record"))
    run = models.ForeignKey(
        IngestRun,
        verbose_name=_("run"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        db_index=False,
        db_constraint=False,
    )
    received_at = models.DateTimeField(_("received"), db_default=Now())
    contact = models.TextField(_("contact account"), blank=True, db_default="", default="")
    repeated = ArrayField(models.BigIntegerField(), verbose_name=_("repeated by runs"), null=True, blank=True)
    withdrawal = models.ForeignKey(
        Withdrawal,
        verbose_name=_("withdrawn by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="records",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        verbose_name = _("intake record")
        verbose_name_plural = _("intake records")
        constraints = [
            models.UniqueConstraint(
                name="intake_record_once",
                fields=["channel", "type", "key", "digest"],
                condition=Q(withdrawal=None),
            ),
        ]
        indexes = [
            models.Index(
                name="intake_record_contact", fields=["channel", "contact"], condition=~Q(contact="")
            ),
            BrinIndex(name="intake_record_run", fields=["run"], pages_per_range=32, autosummarize=True),
        ]

    def __str__(self):
        return f"{self.get_type_display()} {self.pk}"


class QuarantineItem(models.Model):
    """Something that was not let in: a whole record, or one value of a record that was accepted without it.

    ``serial``: the appliance whose owner it waits for, if that is why; ``tx`` kept it.
    """

    class Scope(models.TextChoices):
        RECORD = "record", _("whole record")
        VALUE = "value", _("one value")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        RETRIED = "retried", _("corrected and taken in")
        DISCARDED = "discarded", _("discarded")

    scope = models.CharField(_("scope"), max_length=6, choices=Scope)
    channel_code = models.TextField(_("channel"), blank=True, default="")
    type = models.TextField(_("type"), blank=True, default="")
    key = models.TextField(_("key"), blank=True, default="")
    digest = models.UUIDField(_("digest"))
    raw = models.TextField(_("record as it came"))
    code = models.CharField(_("reason"), max_length=40)
    place = models.CharField(_("place"), max_length=200, blank=True, default="")
    message = models.TextField(_("what is wrong, and the remedy"))
    run = models.ForeignKey(
        IngestRun, verbose_name=_("run"), null=True, blank=True, on_delete=models.SET_NULL
    )
    position = models.CharField(_("position in the source"), max_length=100, blank=True, default="")
    seen_count = models.PositiveIntegerField(_("times seen"), default=1)
    received_at = models.DateTimeField(_("received"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    decided_by = staff.somebody(_("decided by"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True, default="")
    serial = models.CharField(_("serial number"), max_length=100, blank=True, default="", db_default="")
    tx = models.BigIntegerField(_("transaction"), db_default=CurrentTransaction(), editable=False)

    class Meta:
        verbose_name = _("quarantined record")
        verbose_name_plural = _("quarantine")
        constraints = [
            models.UniqueConstraint(name="quarantine_once", fields=["digest", "code", "place"]),
            models.CheckConstraint(
                name="quarantine_decision_has_a_time",
                condition=Q(state="open", decided_at=None) | (~Q(state="open") & Q(decided_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(name="quarantine_open", fields=["received_at"], condition=Q(state="open")),
            models.Index(name="quarantine_unbound", fields=["serial"], condition=UNBOUND),
            models.Index(name="quarantine_unbound_lately", fields=["tx"], condition=UNBOUND),
        ]

    def __str__(self):
        return f"{self.code} {self.place}"


class CleaningRule(models.Model):
    """A cleaning rule as data: a value of a field that is translated, refused or treated as a test."""

    class Effect(models.TextChoices):
        TRANSLATE = "translate", _("translate")
        DROP = "drop", _("drop the value and list it")
        QUARANTINE = "quarantine", _("quarantine the record")

    field = models.CharField(
        _("field"), max_length=40, help_text=_("gender, category, phone, email, name, …")
    )
    pattern = models.CharField(
        _("pattern"), max_length=200, help_text=_("A value, or a regular expression in /…/.")
    )
    effect = models.CharField(_("effect"), max_length=10, choices=Effect)
    result = models.CharField(_("result"), max_length=200, blank=True, default="")
    channel = models.ForeignKey(
        "members.Channel", verbose_name=_("only for channel"), null=True, blank=True, on_delete=models.CASCADE
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("cleaning rule")
        verbose_name_plural = _("cleaning rules")
        constraints = [
            models.UniqueConstraint(
                name="cleaning_rule_unique", fields=["field", "pattern", "channel"], nulls_distinct=False
            )
        ]

    def __str__(self):
        return f"{self.field}: {self.pattern}"


class Mapping(models.Model):
    """How the columns of a platform's file become an intake record (``identity.files``)."""

    name = models.CharField(_("name"), max_length=64, unique=True)
    channel = models.ForeignKey(
        "members.Channel", verbose_name=_("channel"), null=True, blank=True, on_delete=models.CASCADE
    )
    type = models.CharField(_("type"), max_length=7, choices=RecordType)
    columns = models.JSONField(_("columns"), help_text=_("Column heading → place in the record."))
    constants = models.JSONField(_("constants"), default=dict, blank=True)
    time_zone = models.CharField(_("time zone of the file"), max_length=64, default="Asia/Shanghai")
    rows_are_lines = models.BooleanField(
        _("a row is one line of an order"),
        default=False,
        help_text=_("Rows that follow each other with the same order number are one order."),
    )

    class Meta:
        verbose_name = _("file mapping")
        verbose_name_plural = _("file mappings")

    def __str__(self):
        return self.name
