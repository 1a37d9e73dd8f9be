from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from members.admin.base import ScopedAdmin
from members.models import Channel, Organization
from members.queries import scopes


@admin.register(Organization)
class OrganizationAdmin(ScopedAdmin):
    list_display = ("indented", "code", "kind", "parent")
    list_display_links = ("indented",)
    list_select_related = ("parent",)
    list_filter = ("kind",)
    search_fields = ("code__exact", "name__startswith")
    search_help_text = _("code, or the beginning of a name")
    ordering = ("path",)
    sortable_by = ()
    fields = ("code", "name", "kind", "parent")

    def within(self, queryset, *, reach):
        return scopes.around_organization(queryset, reach=reach, field="pk")

    def get_readonly_fields(self, request, obj=None):
        """A node keeps its kind and its place: everybody's reach hangs on it."""
        return ("kind", "parent") if obj else ()

    def has_delete_permission(self, request, obj=None):
        return False

    @display(description=_("organization"))
    def indented(self, node):
        depth = max(node.path.count("/") - 2, 0)
        return format_html('<span style="padding-left: {}rem">{}</span>', depth * 1.5, node.name)


@admin.register(Channel)
class ChannelAdmin(ScopedAdmin):
    list_display = ("name", "code", "kind", "shown_class", "first_party", "organization", "named")
    list_select_related = ("organization",)
    list_filter = ("source_class", "first_party", "kind")
    list_filter_submit = False
    search_fields = ("code__exact", "name__startswith")
    search_help_text = _("code, or the beginning of a name")
    ordering = ("name",)
    fieldsets = (
        (None, {"fields": (("code", "name"), ("kind", "source_class"), "organization")}),
        (_("What it is to us"), {"fields": ("first_party", "named", "one_account_a_person")}),
    )

    def within(self, queryset, *, reach):
        return scopes.around_organization(queryset, reach=reach)

    def get_readonly_fields(self, request, obj=None):
        return ("code",) if obj else ()

    def has_delete_permission(self, request, obj=None):
        return False

    @display(description=_("source class"), ordering="source_class", label=True)
    def shown_class(self, channel):
        return channel.get_source_class_display()
