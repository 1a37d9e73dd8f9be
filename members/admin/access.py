from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from members.admin.base import ReadOnlyAdmin
from members.admin.filters import RowFilter
from members.admin.member import link
from members.models import AccessRecord
from members.queries import scopes


class OfMemberFilter(RowFilter):
    title = _("member")
    parameter_name = "member"
    field = "member"


@admin.register(AccessRecord)
class AccessRecordAdmin(ReadOnlyAdmin):
    """Who was shown what, and why. Written by the house, readable by the auditor, changed by nobody."""

    list_display = ("at", "user", "key", "act", "field", "oneid", "reason")
    list_select_related = ("user", "key", "member")
    list_filter = (("at", RangeDateTimeFilter), OfMemberFilter)
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
