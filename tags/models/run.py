from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class TagRun(models.Model):
    """One computation of tags: what was computed, for how many, how long, and why it failed if it did."""

    class Scope(models.TextChoices):
        ALL = "all", _("all members")
        CHANGED = "changed", _("changed members")

    scope = models.CharField(_("scope"), max_length=7, choices=Scope)
    tags = ArrayField(models.CharField(max_length=64), verbose_name=_("tags"))
    members = models.PositiveIntegerField(_("members looked at"), default=0)
    gained = models.PositiveIntegerField(_("values gained"), default=0)
    lost = models.PositiveIntegerField(_("values lost"), default=0)
    oldest_event_at = models.DateTimeField(_("oldest event taken in"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True, default="")

    class Meta:
        verbose_name = _("tag run")
        verbose_name_plural = _("tag runs")

    def __str__(self):
        return f"{self.get_scope_display()} {self.started_at:%Y-%m-%d %H:%M}"


class ModelRun(models.Model):
    """One fit of a model over all members: what it found, by which others are measured until the next, and how good it
    is on data that it had not seen. A model that may not tag says why, and its tag keeps what it had."""

    class State(models.TextChoices):
        FITTED = "fitted", _("fitted")
        REFUSED = "refused", _("not fitted")

    tag = models.ForeignKey(
        "tags.Tag", verbose_name=_("tag"), on_delete=models.CASCADE, related_name="model_runs"
    )
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.FITTED)
    version = models.CharField(_("version of the model"), max_length=20, blank=True, default="")
    parameters = models.JSONField(_("parameters"))
    fitted = models.JSONField(_("what it found"), default=dict)
    quality = models.JSONField(
        _("quality"), default=dict, help_text=_("Figures on later or unseen data, beside a plain guess.")
    )
    reason = models.CharField(_("why not"), max_length=500, blank=True, default="")
    members = models.PositiveIntegerField(_("members"))
    as_of = models.DateTimeField(_("as of"))

    class Meta:
        verbose_name = _("model run")
        verbose_name_plural = _("model runs")
        indexes = [models.Index(name="model_run_of_tag", fields=["tag", "id"])]
        constraints = [
            models.CheckConstraint(
                name="model_run_refused_with_a_reason", condition=~Q(state="refused") | ~Q(reason="")
            )
        ]

    def __str__(self):
        return f"{self.tag_id} {self.as_of:%Y-%m-%d}"
