from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from campaigns.admin.decisions import DecisionCampaignScope, masked
from campaigns.models import OutboxMessage
from members import masking
from members.admin.base import ReadOnlyAdmin
from members.admin.member import link


@admin.register(OutboxMessage)
class OutboxMessageAdmin(DecisionCampaignScope, ReadOnlyAdmin):
    """What the sandbox touchpoint would have sent."""

    organization = "decision__campaign__organization"
    list_display = ("written_at", "campaign", "oneid", "masked_address", "heading", "text")
    list_select_related = ("decision__campaign", "decision__member", "decision__account__member__profile")
    ordering = ("-decision_id",)
    sortable_by = ()
    fields = ("campaign", "oneid", "masked_address", "heading", "text", "written_at")
    readonly_fields = ("campaign", "oneid", "masked_address", "heading", "text")

    @display(description=_("campaign"))
    def campaign(self, message):
        return message.decision.campaign

    @display(description=_("member"))
    def oneid(self, message):
        return link(message.decision.member)

    @display(description=_("to"))
    def masked_address(self, message):
        return masked(message.address)

    @display(description=_("subject"))
    def heading(self, message):
        return _without_names(message, message.subject)

    @display(description=_("message"))
    def text(self, message):
        return _without_names(message, message.body)


def _without_names(message, text):
    """The text with the member's names masked, as they stand in his profile now."""
    account = message.decision.account
    profile = getattr(account.member, "profile", None) if account else None
    for name in filter(None, (profile and profile.name, profile and profile.nickname)):
        text = text.replace(name, masking.name(name))
    return text
