"""Programmes: their tiers and policies."""

from django.contrib import admin
from django.utils import timezone
from unfold.admin import TabularInline

from identity.actions import conflicts
from members.actions import programmes
from members.admin.base import AroundAdmin
from members.models import Programme, Tier


class TierInline(TabularInline):
    model = Tier
    extra = 0
    ordering = ("-rank",)
    fields = ("code", "name", "rank")


@admin.register(Programme)
class ProgrammeAdmin(AroundAdmin):
    """Changed policies count at once: conflicts are opened and closed with them."""

    list_display = ("name", "organization", "tier_policy", "points_policy")
    list_select_related = ("organization",)
    ordering = ("organization__path",)
    sortable_by = ()
    inlines = (TierInline,)
    fields = (("name", "organization"), ("tier_policy", "points_policy"), "closed_at")

    def get_readonly_fields(self, request, obj=None):
        return ("organization",) if obj else ()

    def has_delete_permission(self, request, obj=None):
        """A tier of it may go; the programme stays."""
        return isinstance(obj, Tier) and self.has_change_permission(request)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change and {"tier_policy", "points_policy"} & set(form.changed_data):
            programmes.told(
                programme=obj,
                before={name: form.initial[name] for name in ("tier_policy", "points_policy")},
                now=timezone.now(),
            )

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        conflicts.keep_all(now=timezone.now())
