from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from members.admin.base import AroundAdmin
from members.models import Channel, Organization


@admin.register(Organization)
class OrganizationAdmin(AroundAdmin):
    organization = "pk"
    list_display = ("indented", "code", "kind", "parent")
    list_display_links = ("indented",)
    list_select_related = ("parent",)
    list_filter = ("kind",)
    search_fields = ("code__exact", "name__startswith")
    search_help_text = _("code, or the beginning of a name")
    ordering = ("path",)
    sortable_by = ()
    fields = ("code", "name", "kind", "parent")

    def get_readonly_fields(self, request, obj=None):
        """A node keeps its kind and its place: everybody's reach hangs on it. And its code, by which offers, held coupons and
        tills name it."""
        return ("code", "kind", "parent") if obj else ()

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        """There is one group; everything else is part of something."""
        kinds = Organization.Kind.choices
        if Organization.objects.filter(kind=Organization.Kind.GROUP).exists():
            kinds = [choice for choice in kinds if choice[0] != Organization.Kind.GROUP]
        if db_field.name == "kind":
            kwargs["choices"] = [("", "---------"), *kinds]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_delete_permission(self, request, obj=None):
        return False

    @display(description=_("organization"))
    def indented(self, node):
        depth = max(node.path.count("/") - 2, 0)
        return format_html('<span style="padding-left: {}rem">{}</span>', depth * 1.5, node.name)


@admin.register(Channel)
class ChannelAdmin(AroundAdmin):
    list_display = ("name", "code", "kind", "shown_class", "first_party", "organization", "named")
    list_select_related = ("organization",)
    list_filter = ("source_class", "first_party", "kind")
    list_filter_submit = False
    search_fields = ("code__exact", "name__startswith")
    search_help_text = _("code, or the beginning of a name")
    ordering = ("name",)
    fieldsets = (
        (None, {"fields": (("code", "name"), ("kind", "source_class"), "organization")}),
        (
            _("What it is to us"),
            {
                "fields": ("first_party", "named", "one_account_a_person"),
                "description": _(
                    "“Named” and “one account a person” change by a trial of rules: it shows whom a change would touch."
                ),
            },
        ),
    )

    def get_readonly_fields(self, request, obj=None):
        """A new channel has no accounts yet: whatever it says of them, nobody is parted, joined or renamed by that."""
        return ("code", "named", "one_account_a_person") if obj else ()

    def has_delete_permission(self, request, obj=None):
        return False

    @display(description=_("source class"), ordering="source_class", label=True)
    def shown_class(self, channel):
        return channel.get_source_class_display()
