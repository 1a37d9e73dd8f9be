from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class CandidateModel(models.Model):
    """What training found: how much each agreement weighs. Runs of scoring name the one they used."""

    name = models.CharField(_("name"), max_length=50, default="people")
    version = models.PositiveIntegerField(_("version"))
    structure = models.CharField(
        _("structure"), max_length=32, help_text=_("Digest of the comparisons that the parameters belong to.")
    )
    parameters = models.JSONField(_("parameters"))
    people = models.PositiveBigIntegerField(_("people trained on"))
    data_from = models.DateTimeField(_("first account seen"), null=True, blank=True)
    data_to = models.DateTimeField(_("last account seen"), null=True, blank=True)
    trained_at = models.DateTimeField(_("trained at"))

    class Meta:
        verbose_name = _("candidate model")
        verbose_name_plural = _("candidate models")
        constraints = [
            models.UniqueConstraint(name="candidate_model_version", fields=["name", "version"]),
            models.CheckConstraint(name="candidate_model_version_counts", condition=Q(version__gte=1)),
        ]

    def __str__(self):
        return f"{self.name} {self.version}"


class CandidateRun(models.Model):
    """One training, or one search for pairs of people that are probably one person."""

    class Kind(models.TextChoices):
        TRAINING = "training", _("training")
        SEARCH = "search", _("search")

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        FINISHED = "finished", _("finished")
        FAILED = "failed", _("failed")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.RUNNING)
    model = models.ForeignKey(
        CandidateModel, verbose_name=_("model"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="runs", help_text=_("Empty: the default model of a new installation."),
    )  # fmt: skip
    backend = models.CharField(_("computed by"), max_length=10, default="duckdb")
    threshold = models.FloatField(_("probability at least"), null=True, blank=True)
    people = models.PositiveBigIntegerField(_("people compared"), default=0)
    blocked = models.PositiveBigIntegerField(_("pairs compared"), default=0)
    proposed = models.PositiveBigIntegerField(_("pairs proposed"), default=0)
    opened = models.PositiveBigIntegerField(_("cases opened or changed"), default=0)
    closed = models.PositiveBigIntegerField(_("cases closed"), default=0)
    accepted = models.PositiveBigIntegerField(_("accepted by the model"), default=0)
    cluster_sizes = models.JSONField(
        _("people by size of their cluster"), default=dict, help_text=_("If every proposed pair were joined.")
    )
    blocking = models.JSONField(_("blocking"), default=dict)
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True, default="")

    class Meta:
        verbose_name = _("candidate run")
        verbose_name_plural = _("candidate runs")
        constraints = [
            models.CheckConstraint(
                name="candidate_run_ended_has_a_time",
                condition=Q(state="running", ended_at=None)
                | (~Q(state="running") & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="candidate_run_threshold_is_a_probability",
                condition=Q(threshold=None) | Q(threshold__gt=0, threshold__lt=1),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {timezone.localtime(self.started_at):%Y-%m-%d %H:%M}"

    @property
    def duration(self):
        return self.ended_at and self.ended_at - self.started_at
