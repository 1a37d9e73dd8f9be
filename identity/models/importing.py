from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from identity.models.intake import IngestRun, Mapping, RecordType
from members.models import staff


class FileImport(models.Model):
    """A file that staff brought: how its columns are to be understood, the trial of it, and the run it became.

    The file itself is kept below NINEFOLD_VAR until `file_removed_at`; what was taken in stays in the archive.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("columns being mapped")
        CHECKING = "checking", _("being tried")
        CHECKED = "checked", _("tried")
        QUEUED = "queued", _("waiting for the worker")
        RUNNING = "running", _("being read")
        FINISHED = "finished", _("read")
        FAILED = "failed", _("failed")

    name = models.CharField(_("file"), max_length=200)
    path = models.CharField(_("kept as"), max_length=200, unique=True, editable=False)
    size = models.BigIntegerField(_("size in bytes"))
    form = models.CharField(_("form"), max_length=5)
    headings = models.JSONField(_("headings"), default=list, blank=True)
    channel = models.ForeignKey(
        "members.Channel", verbose_name=_("channel"), null=True, blank=True, on_delete=models.PROTECT
    )
    type = models.CharField(_("type"), max_length=7, choices=RecordType, default=RecordType.ACCOUNT)
    columns = models.JSONField(_("columns"), default=dict, blank=True)
    constants = models.JSONField(_("constants"), default=dict, blank=True)
    time_zone = models.CharField(_("time zone of the file"), max_length=64, default="Asia/Shanghai")
    rows_are_lines = models.BooleanField(
        _("a row is one line of an order"),
        default=False,
        help_text=_("Rows that follow each other with the same order number are one order."),
    )
    mapping = models.ForeignKey(
        Mapping, verbose_name=_("saved mapping"), null=True, blank=True, on_delete=models.SET_NULL
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DRAFT)
    report = models.JSONField(_("report of the trial"), default=dict, blank=True)
    uploaded_by = staff.somebody(_("brought by"), required=True)
    uploaded_at = models.DateTimeField(_("brought at"))
    run = models.ForeignKey(
        IngestRun,
        verbose_name=_("run"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="imports",
    )
    started_by = staff.somebody(_("started by"))
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True, default="")
    file_removed_at = models.DateTimeField(_("file removed"), null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.CheckConstraint(
                name="import_started_by_somebody",
                condition=Q(started_at=None, started_by=None)
                | Q(started_at__isnull=False, started_by__isnull=False),
            ),
        ]

    def __str__(self):
        return self.name
