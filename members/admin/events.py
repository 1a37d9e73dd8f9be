import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from members import masking
from members.admin import event_words
from members.admin.base import OpenAdmin, ReadOnlyAdmin
from members.admin.filters import ChannelFilter, MemberFilter
from members.admin.member import link
from members.models import Event, EventCursor
from members.queries import scopes


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("said", "occurred_at", "recorded_at", "channel", "oneid", "touchpoint")
    list_select_related = ("channel", "account__member")
    list_filter = (ChannelFilter, MemberFilter)
    search_fields = ("name",)
    search_help_text = _("name of the event, in full")
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        ("said", "name"),
        ("occurred_at", "recorded_at"),
        ("channel", "organization"),
        "oneid",
        "touchpoint",
        "shown",
    )
    readonly_fields = ("said", "oneid", "shown")

    def get_list_display(self, request):
        return [_said() if name == "said" else name for name in super().get_list_display(request)]

    def within(self, queryset, *, reach):
        return scopes.at_organization(queryset, reach=reach)

    def get_search_results(self, request, queryset, search_term):
        return (queryset.filter(name=search_term.strip()) if search_term.strip() else queryset), False

    @display(description=_("what happened"))
    def said(self, event):
        return event_words.Naming().get(event.name)

    @display(description=_("member"))
    def oneid(self, event):
        return link(event.account.member) if event.account else "–"

    @display(description=_("properties"))
    def shown(self, event):
        text = json.dumps(masking.record(event.properties), ensure_ascii=False, indent=2)
        return format_html('<pre class="nf-code">{}</pre>', text)


def _said():
    """The titles are read once a page."""
    naming = event_words.Naming()

    @display(description=_("what happened"))
    def said(event):
        return naming.get(event.name)

    return said


@admin.register(EventCursor)
class EventCursorAdmin(ReadOnlyAdmin, OpenAdmin):
    list_display = ("reader", "event_id", "moved_at")
    list_display_links = None
    ordering = ("reader",)
