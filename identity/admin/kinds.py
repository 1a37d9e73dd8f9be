from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from identity.models import IdentifierKind
from members.admin.base import OpenAdmin


@admin.register(IdentifierKind)
class IdentifierKindAdmin(OpenAdmin):
    """How close each kind of identifier stands to a person. A change counts from the next rebuild on."""

    list_display = ("name", "code", "strength", "links", "max_accounts", "max_members")
    ordering = ("-strength", "code")
    sortable_by = ()
    fieldsets = (
        (None, {"fields": (("code", "name"), ("strength", "links"))}),
        (
            _("Where its links end"),
            {"fields": (("max_accounts", "max_members", "max_per_person"), "max_distinct", "agreement")},
        ),
    )

    def get_readonly_fields(self, request, obj=None):
        return ("code",) if obj else ()

    def has_delete_permission(self, request, obj=None):
        return False
