from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from identity.models import CandidateModel, CandidateRun
from members.admin.base import OpenAdmin, ReadOnlyAdmin

STATES = {"running": "info", "finished": "success", "failed": "danger"}


@admin.register(CandidateModel)
class CandidateModelAdmin(ReadOnlyAdmin, OpenAdmin):
    """Trained figures by version. They hold no personal data."""

    list_display = ("__str__", "people", "data_from", "data_to", "trained_at")
    ordering = ("-version",)
    sortable_by = ()
    fields = (
        ("name", "version"),
        ("people", "trained_at"),
        ("data_from", "data_to"),
        "structure",
        "parameters",
    )


@admin.register(CandidateRun)
class CandidateRunAdmin(ReadOnlyAdmin, OpenAdmin):
    list_display = (
        "__str__",
        "shown_state",
        "used",
        "people",
        "blocked",
        "proposed",
        "opened",
        "recall",
        "took",
    )
    list_select_related = ("model",)
    list_filter = ("kind", "state")
    list_filter_submit = False
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        ("kind", "state"),
        ("used", "backend"),
        ("people", "threshold"),
        ("blocked", "proposed"),
        ("opened", "closed"),
        ("accepted", "took"),
        "recall",
        "unaided",
        "clusters",
        "rules",
        ("started_at", "ended_at"),
        "error",
    )
    readonly_fields = ("used", "recall", "unaided", "clusters", "rules", "took")

    @display(description=_("state"), label=STATES)
    def shown_state(self, run):
        return run.state, run.get_state_display()

    @display(description=_("model"))
    def used(self, run):
        return run.model or _("default")

    @display(description=_("known pairs that blocking brings together"))
    def recall(self, run):
        return _share(run.blocking.get("known", {}).get("recall"))

    @display(description=_("without telephones, e-mails and numbers"))
    def unaided(self, run):
        return _share(run.blocking.get("known", {}).get("without_identifiers"))

    @display(description=_("clusters if every proposed pair were joined"))
    def clusters(self, run):
        told = [f"{count:,} × {size}" for size, count in run.cluster_sizes.items()]
        return ", ".join(told) or "–"

    @display(description=_("pairs by the rule that first brought them together"))
    def rules(self, run):
        told = [
            f"{rule.replace('_', ' ')} {count:,}" for rule, count in run.blocking.get("first_by", {}).items()
        ]
        return ", ".join(told) or "–"

    @display(description=_("took"))
    def took(self, run):
        return f"{run.duration.total_seconds():,.0f} s" if run.duration else "–"


def _share(value):
    return "–" if value is None else f"{value:.1%}"
