from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from campaigns.admin.decisions import DecisionCampaignScope, masked
from campaigns.models import OutboxMessage
from members.admin.base import ReadOnlyAdmin
from members.admin.member import link


@admin.register(OutboxMessage)
class OutboxMessageAdmin(DecisionCampaignScope, ReadOnlyAdmin):
    """What the sandbox touchpoint would have sent."""

    organization = "decision__campaign__organization"
    list_display = ("written_at", "campaign", "oneid", "masked_address", "subject", "text")
    list_select_related = ("decision__campaign", "decision__member")
    ordering = ("-decision_id",)
    sortable_by = ()
    fields = ("campaign", "oneid", "masked_address", "subject", "text", "written_at")
    readonly_fields = ("campaign", "oneid", "masked_address", "text")

    @display(description=_("campaign"))
    def campaign(self, message):
        return message.decision.campaign

    @display(description=_("member"))
    def oneid(self, message):
        return link(message.decision.member)

    @display(description=_("to"))
    def masked_address(self, message):
        return masked(message.address)

    @display(description=_("message"))
    def text(self, message):
        return message.body
