from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from members.admin.base import ReadOnlyAdmin, at_the_top
from tags.models import TagRun


@admin.register(TagRun)
class TagRunAdmin(ReadOnlyAdmin):
    """Runs tell of tags and members of every branch: they are seen from the top of the house."""

    list_display = ("started_at", "scope", "took", "members", "gained", "lost", "freshness", "outcome")
    list_filter = ("scope",)
    list_filter_submit = False
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        ("scope", "tags"),
        ("started_at", "ended_at"),
        ("members", "gained", "lost"),
        "oldest_event_at",
        "error",
    )

    def within(self, queryset, *, reach):
        return queryset if at_the_top(reach) else queryset.none()

    @display(description=_("took"))
    def took(self, run):
        return f"{(run.ended_at - run.started_at).total_seconds():.2f} s" if run.ended_at else "–"

    @display(description=_("from event to tag"))
    def freshness(self, run):
        if not (run.ended_at and run.oldest_event_at):
            return "–"
        return f"{(run.ended_at - run.oldest_event_at).total_seconds():.1f} s"

    @display(description=_("result"), label={"done": "success", "failed": "danger", "running": "info"})
    def outcome(self, run):
        if run.error:
            return "failed", _("failed")
        return ("done", _("done")) if run.ended_at else ("running", _("running"))
