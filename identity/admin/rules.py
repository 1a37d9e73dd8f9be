from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from identity.models import CleaningRule, Mapping
from members.admin.base import OpenAdmin
from members.admin.filters import ChannelFilter


@admin.register(CleaningRule)
class CleaningRuleAdmin(OpenAdmin):
    list_display = ("field", "pattern", "effect", "result", "channel", "reason")
    list_select_related = ("channel",)
    list_filter = ("effect", ChannelFilter)
    search_fields = ("field__exact", "pattern__startswith")
    search_help_text = _("field, or the beginning of a pattern")
    ordering = ("field", "pattern")
    fieldsets = (
        (None, {"fields": (("field", "pattern"), ("effect", "result"))}),
        (_("Where and why"), {"fields": ("channel", "reason")}),
    )


@admin.register(Mapping)
class MappingAdmin(OpenAdmin):
    list_display = ("name", "type", "channel", "time_zone", "column_count")
    list_select_related = ("channel",)
    list_filter = ("type",)
    search_fields = ("name__startswith",)
    ordering = ("name",)
    fields = (("name", "type"), ("channel", "time_zone"), "columns", "constants")

    @admin.display(description=_("columns"))
    def column_count(self, mapping):
        return len(mapping.columns)
