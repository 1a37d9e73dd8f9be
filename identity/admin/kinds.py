from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from identity.admin import distinct
from identity.models import Identifier, IdentifierKind
from identity.queries import trials
from members.admin.base import OpenAdmin


@admin.register(IdentifierKind)
class IdentifierKindAdmin(OpenAdmin):
    """How close each kind of identifier stands to a person. What decides about links changes by a trial only."""

    list_display = ("name", "code", "strength", "links", "max_accounts", "max_per_channel", "max_members")
    ordering = ("-strength", "code")
    sortable_by = ()

    def get_fieldsets(self, request, obj=None):
        limits = {
            "description": _("These change by a trial of rules: it shows whom a change would touch."),
            "fields": (
                ("max_accounts", "max_per_channel"),
                ("max_members", "max_per_person"),
                "carriers_show" if obj else "max_distinct",
                ("validity_days", "agreement"),
            ),
        }
        first = {
            "description": _("How values are written is settled by the first value that is stored."),
            "fields": (("code", "name"), ("normaliser", "scoped"), ("strength", "links")),
        }
        return [(None, first), (_("Where its links end"), limits)]

    def get_readonly_fields(self, request, obj=None):
        """A new kind has no carriers yet; it may begin with any limits. Once a value is stored, another way of writing
        would make two identifiers of one."""
        if obj is None:
            return ()
        settled = ("normaliser", "scoped") if Identifier.objects.filter(kind=obj).exists() else ()
        return ("code", "carriers_show", *settled, *trials.fields())

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "max_distinct":
            label = db_field.verbose_name.capitalize()
            return distinct.DistinctField(*distinct.offered(), label=label)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_delete_permission(self, request, obj=None):
        return False

    @display(description=_("distinct values among its carriers, at most"))
    def carriers_show(self, kind):
        return distinct.told(
            kind.max_distinct, names=dict(IdentifierKind.objects.values_list("code", "name"))
        )
