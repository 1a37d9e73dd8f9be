import json
from pathlib import PurePath

from django.contrib import admin
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from identity.admin import pretty, taking_back
from identity.models import IngestRun, IntakeRecord
from identity.records import verdicts
from members.admin.base import OpenAdmin, ReadOnlyAdmin
from members.admin.filters import ChannelFilter
from members.models import Channel
from members.queries import scopes

STATES = {
    "running": "info",
    "finished": "success",
    "failed": "danger",
    "undoing": "warning",
    "undone": "info",
}


@admin.register(IngestRun)
class IngestRunAdmin(ReadOnlyAdmin, OpenAdmin):
    list_display = ("file", "number", "shown_state", "progress", "counts", "started_at", "ended_at")
    list_filter = ("state",)
    list_filter_submit = False
    ordering = ("-id",)
    sortable_by = ()
    change_form_outer_before_template = "identity/run.html"
    fields = ("source", ("state", "progress"), "counts", ("started_at", "ended_at"), "error", "fingerprint")
    readonly_fields = ("progress", "counts")

    def get_urls(self):
        undo = self.admin_site.admin_view(self.undo_view)
        return [
            path("<int:object_id>/undo/", undo, name="identity_ingestrun_undo"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None):
        run = self.get_object(request, object_id)
        about = {"run": run, "may_undo": taking_back.offered(request, run)}
        if run:
            about["withdrawals"] = run.withdrawals.select_related("asked_by").order_by("-pk")
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **about})

    def undo_view(self, request: HttpRequest, object_id: int):
        """What undoing would change; after a reason, the worker does it."""
        run = get_object_or_404(self.get_queryset(request), pk=object_id)
        return taking_back.page(self, request, original=run, run=run, name=PurePath(run.source).name)

    @display(description=_("run"))
    def number(self, run):
        return run.pk

    @display(description=_("source"))
    def file(self, run):
        return PurePath(run.source).name

    @display(description=_("state"), label=STATES)
    def shown_state(self, run):
        return run.state, run.get_state_display()

    @display(description=_("read"))
    def progress(self, run):
        if not run.size:
            return f"{run.position:,}"
        return f"{min(run.position / run.size, 1):.0%}"

    @display(description=_("verdicts"))
    def counts(self, run):
        found = [(verdict, run.verdicts.get(verdict, 0)) for verdict in verdicts.ALL]
        return ", ".join(f"{count:,} {verdict}" for verdict, count in found if count) or "–"


@admin.register(IntakeRecord)
class IntakeRecordAdmin(ReadOnlyAdmin):
    """Every distinct version of every accepted record. Shown masked; the quarantine is where raw ones are opened."""

    list_display = ("masked_key", "type", "channel", "received_at", "run", "withdrawn")
    list_select_related = ("channel", "run", "withdrawal__asked_by")
    list_filter = (ChannelFilter, "type")
    search_fields = ("key",)
    search_help_text = _("the channel's number, in full")
    ordering = ("-id",)
    sortable_by = ()
    fields = (("channel", "type"), ("masked_key", "received_at"), "run", "withdrawn", "shown")
    readonly_fields = ("masked_key", "withdrawn", "shown")

    def within(self, queryset, *, reach):
        return scopes.at_organization(queryset, reach=reach, field="channel__organization")

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip():
            return queryset, False
        channels = list(Channel.objects.values_list("pk", flat=True))
        types = [choice for choice, _label in IntakeRecord._meta.get_field("type").choices]
        return queryset.filter(channel__in=channels, type__in=types, key=search_term.strip()), False

    @display(description=_("key"))
    def masked_key(self, record):
        return pretty.key(record)

    @display(description=_("withdrawn"))
    def withdrawn(self, record):
        said = record.withdrawal
        if said is None:
            return "–"
        who = said.asked_by or _("by command")
        return f"{timezone.localtime(said.asked_at):%Y-%m-%d} · {who} · {said.reason}"

    @display(description=_("record, masked"))
    def shown(self, record):
        text = json.dumps(pretty.masked(record.raw), ensure_ascii=False, indent=2)
        return format_html('<pre class="nf-code">{}</pre>', text)
