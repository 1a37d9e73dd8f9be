from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from members.admin.base import OpenAdmin, ReadOnlyAdmin
from members.admin.member import link
from members.models import BenefitGrant, PromiseText
from members.privacy.purposes import PURPOSES
from members.queries import scopes


@admin.register(PromiseText)
class PromiseTextAdmin(OpenAdmin):
    """Texts are added and never changed: consents refer to them."""

    list_display = ("purpose", "version", "language", "valid_from", "benefit", "beginning")
    list_filter = ("purpose", "language")
    ordering = ("purpose", "-valid_from", "language")
    sortable_by = ()
    fields = ("purpose", "language", "version", "text", "benefit", "valid_from", "shown_as")
    readonly_fields = ("shown_as",)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "purpose":
            asked = [(each.code, f"{each.code}: {each.name}") for each in PURPOSES.values() if each.asked]
            return forms.ChoiceField(choices=asked, label=_("Purpose"), widget=UnfoldAdminSelectWidget)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @display(description=_("text"))
    def beginning(self, promise):
        return promise.text[:80]

    @display(description=_("SHA-256 of the text"))
    def shown_as(self, promise):
        return promise.digest if promise.pk else ""


@admin.register(BenefitGrant)
class BenefitGrantAdmin(ReadOnlyAdmin):
    list_display = ("oneid", "benefit", "promise", "granted_at", "ended_at")
    list_display_links = None
    list_select_related = ("account__member", "promise")
    ordering = ("-id",)
    sortable_by = ()

    def within(self, queryset, *, reach):
        return scopes.of_account(queryset, reach=reach)

    @display(description=_("member"))
    def oneid(self, grant):
        return link(grant.account.member)
