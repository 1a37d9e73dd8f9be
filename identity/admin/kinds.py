from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from identity.models import IdentifierKind
from identity.queries import trials
from members.admin.base import OpenAdmin


@admin.register(IdentifierKind)
class IdentifierKindAdmin(OpenAdmin):
    """How close each kind of identifier stands to a person. What decides about links changes by a trial only."""

    list_display = ("name", "code", "strength", "links", "max_accounts", "max_per_channel", "max_members")
    ordering = ("-strength", "code")
    sortable_by = ()
    fieldsets = (
        (None, {"fields": (("code", "name"), ("normaliser", "scoped"), ("strength", "links"))}),
        (
            _("Where its links end"),
            {
                "description": _("These change by a trial of rules: it shows whom a change would touch."),
                "fields": (
                    ("max_accounts", "max_per_channel", "max_members", "max_per_person"),
                    ("max_distinct", "validity_days", "agreement"),
                ),
            },
        ),
    )

    def get_readonly_fields(self, request, obj=None):
        """A new kind has no carriers yet; it may begin with any limits."""
        return ("code", *trials.fields()) if obj else ()

    def has_delete_permission(self, request, obj=None):
        return False
