import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from members import masking
from members.admin.base import OpenAdmin, ReadOnlyAdmin
from members.admin.filters import ChannelFilter, MemberFilter
from members.admin.member import link
from members.models import Event, EventCursor
from members.queries import scopes


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("name", "occurred_at", "recorded_at", "channel", "oneid", "touchpoint")
    list_select_related = ("channel", "account__member")
    list_filter = (ChannelFilter, MemberFilter)
    search_fields = ("name",)
    search_help_text = _("name of the event, in full")
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        "name",
        ("occurred_at", "recorded_at"),
        ("channel", "organization"),
        "oneid",
        "touchpoint",
        "shown",
    )
    readonly_fields = ("oneid", "shown")

    def within(self, queryset, *, reach):
        return scopes.at_organization(queryset, reach=reach)

    def get_search_results(self, request, queryset, search_term):
        return (queryset.filter(name=search_term.strip()) if search_term.strip() else queryset), False

    @display(description=_("member"))
    def oneid(self, event):
        return link(event.account.member) if event.account else "–"

    @display(description=_("properties"))
    def shown(self, event):
        text = json.dumps(masking.record(event.properties), ensure_ascii=False, indent=2)
        return format_html('<pre class="nf-code">{}</pre>', text)


@admin.register(EventCursor)
class EventCursorAdmin(ReadOnlyAdmin, OpenAdmin):
    list_display = ("reader", "event_id", "moved_at")
    list_display_links = None
    ordering = ("reader",)
