import datetime as dt

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from members.admin.base import ReadOnlyAdmin
from members.admin.filters import OfferedFilter, RowFilter
from members.admin.member import link
from members.models import AccessRecord
from members.queries import scopes


class OfMemberFilter(RowFilter):
    title = _("member")
    parameter_name = "member"
    field = "member"


class SinceFilter(OfferedFilter):
    title = _("time")
    parameter_name = "days"

    def lookups(self, request, model_admin):
        return [("1", _("the last day")), ("7", _("the last 7 days")), ("30", _("the last 30 days"))]

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        return queryset.filter(at__gte=timezone.now() - dt.timedelta(days=int(self.value())))


class ActionFilter(OfferedFilter):
    title = _("action")
    parameter_name = "act"

    def lookups(self, request, model_admin):
        return [("unmask", _("value shown")), ("open", _("record opened")), ("export", _("report exported"))]

    def queryset(self, request, queryset):
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(AccessRecord)
class AccessRecordAdmin(ReadOnlyAdmin):
    """Who was shown what, and why. Written by the house, readable by the auditor, changed by nobody."""

    list_display = ("at", "user", "key", "act", "field", "oneid", "reason")
    list_select_related = ("user", "key", "member")
    list_filter = (SinceFilter, ActionFilter, OfMemberFilter)
    ordering = ("-id",)
    sortable_by = ()
    fields = ("at", ("user", "key"), ("action", "field"), "oneid", "reason", "details")
    readonly_fields = ("oneid",)

    def within(self, queryset, *, reach):
        return scopes.of_member(queryset, reach=reach)

    @display(description=_("action"), label={"unmask": "info", "export": "warning", "open": "info"})
    def act(self, record):
        return record.action

    @display(description=_("member"))
    def oneid(self, record):
        return link(record.member) if record.member else ""
