from django import forms
from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from members.admin.base import ScopedAdmin
from members.models import ChannelKey
from members.queries import scopes


class ChannelKeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label=_("May"), choices=ChannelKey.Scope.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = ChannelKey
        fields = ("name", "channel", "organization", "scopes", "expiry_date", "revoked")


@admin.register(ChannelKey)
class ChannelKeyAdmin(ScopedAdmin):
    """The key itself is shown once, when it is made; only its hash is kept."""

    form = ChannelKeyForm
    list_display = ("name", "prefix", "channel", "organization", "may", "created", "expiry_date", "state")
    list_select_related = ("channel", "organization")
    ordering = ("-created",)
    sortable_by = ()
    search_fields = ("prefix__exact", "name__startswith")

    def within(self, queryset, *, reach):
        return scopes.at_organization(queryset, reach=reach)

    def get_readonly_fields(self, request, obj=None):
        if obj is None:
            return ()
        fixed = ("channel", "organization", "scopes")
        return (*fixed, "name", "revoked", "expiry_date") if obj.revoked else fixed

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        if change:
            super().save_model(request, obj, form, change)
            return
        key = ChannelKey.objects.assign_key(obj)
        obj.save()
        shown = _("The key is %(key)s. Copy it now: it is not kept and will never be shown again.")
        self.message_user(request, shown % {"key": key}, messages.WARNING)

    @display(description=_("may"))
    def may(self, key):
        return ", ".join(key.scopes)

    @display(
        description=_("state"), label={_("valid"): "success", _("revoked"): "danger", _("expired"): "warning"}
    )
    def state(self, key):
        if key.revoked:
            return _("revoked")
        return _("expired") if key.has_expired else _("valid")
