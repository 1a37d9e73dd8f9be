from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from members.admin.base import ReadOnlyAdmin
from members.admin.filters import ChannelFilter, OfferedFilter
from members.admin.member import link
from members.models import Consent
from members.privacy.purposes import PURPOSES
from members.queries import promises, scopes


class AccountChannelFilter(ChannelFilter):
    field = "account__channel"


class PurposeFilter(OfferedFilter):
    """The purposes that rest on consent."""

    title = _("purpose")
    parameter_name = "purpose"

    def lookups(self, request, model_admin):
        return [(each.code, each.name) for each in PURPOSES.values() if each.asked]

    def queryset(self, request, queryset):
        return queryset.filter(purpose=self.value()) if self.value() else queryset


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    """Each statement with its proof. IP address and device are told to the person alone, in the copy of everything."""

    list_display = ("oneid", "purpose", "way", "granted", "stated_at", "channel", "text_version")
    list_display_links = ("purpose",)
    list_select_related = ("account__member", "account__channel")
    list_filter = (AccountChannelFilter, PurposeFilter, "granted")
    ordering = ("-id",)
    sortable_by = ()
    fieldsets = (
        (None, {"fields": (("oneid", "channel"), ("meaning", "way"), ("granted", "stated_at"))}),
        (_("Proof"), {"fields": (("text_version", "language"), "words", "shown", ("whence", "record"))}),
    )
    readonly_fields = ("oneid", "channel", "meaning", "way", "words", "whence")

    def within(self, queryset, *, reach):
        return scopes.of_account(queryset, reach=reach)

    @display(description=_("member"))
    def oneid(self, consent):
        return link(consent.account.member)

    @display(description=_("stated at channel"))
    def channel(self, consent):
        return consent.account.channel

    @display(description=_("purpose"))
    def meaning(self, consent):
        known = PURPOSES.get(consent.purpose)
        return f"{consent.purpose}: {known.name}" if known else consent.purpose

    @display(description=_("way of contact"))
    def way(self, consent):
        return _("all ways of contact") if consent.touchpoint == "*" else consent.touchpoint

    @display(description=_("words agreed to"))
    def words(self, consent):
        found = promises.agreed_to(consent=consent)
        return found.text if found else _("This text is not among the promise texts.")

    @display(description=_("IP address and device"))
    def whence(self, consent):
        return _("on record") if consent.ip or consent.device else "–"
