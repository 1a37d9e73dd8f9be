from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from members.admin.base import ReadOnlyAdmin
from members.admin.filters import ChannelFilter
from members.admin.member import link
from members.models import Consent
from members.queries import scopes


class AccountChannelFilter(ChannelFilter):
    field = "account__channel"


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ("oneid", "purpose", "touchpoint", "granted", "stated_at", "channel", "text_version")
    list_display_links = None
    list_select_related = ("account__member", "account__channel")
    list_filter = (AccountChannelFilter, "granted")
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        "oneid", "purpose", "touchpoint", "granted", "stated_at", ("text_version", "language"), "shown", "record",
    )  # fmt: skip
    readonly_fields = ("oneid",)

    def within(self, queryset, *, reach):
        return scopes.of_account(queryset, reach=reach)

    @display(description=_("member"))
    def oneid(self, consent):
        return link(consent.account.member)

    @display(description=_("stated at channel"))
    def channel(self, consent):
        return consent.account.channel
