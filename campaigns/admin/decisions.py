from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from campaigns.models import Campaign, Decision
from members import masking
from members.admin.base import ReadOnlyAdmin, reach
from members.admin.filters import OfferedFilter
from members.admin.member import link
from members.queries import scopes

OUTCOMES = {
    "sent": "success", "held_out": "info", "pending": "warning", "sending": "warning", "unknown": "warning",
    "no_consent": "danger", "unreachable": "danger", "capped": "danger", "failed": "danger", "stopped": "danger", "left": "info",
}  # fmt: skip


class CampaignFilter(OfferedFilter):
    title = _("campaign")
    parameter_name = "campaign"

    def lookups(self, request, model_admin):
        rows = scopes.at_organization(Campaign.objects.order_by("-id"), reach=reach(request))
        return [(campaign.pk, campaign.name) for campaign in rows[:100]]

    def queryset(self, request, queryset):
        return queryset.filter(campaign=self.value()) if self.value() else queryset


class DecisionCampaignScope:
    """A decision is seen by whoever sees its campaign, so that nobody meets members beyond the reach."""

    def within(self, queryset, *, reach):
        return scopes.at_organization(queryset, reach=reach, field=self.organization)


@admin.register(Decision)
class DecisionAdmin(DecisionCampaignScope, ReadOnlyAdmin):
    organization = "campaign__organization"
    list_display = ("oneid", "campaign", "result", "reason", "arm", "masked_address", "decided_at")
    list_display_links = None
    list_select_related = ("campaign", "member")
    list_filter = (CampaignFilter, "outcome", "arm")
    ordering = ("-id",)
    sortable_by = ()
    fields = ("campaign", "oneid", ("outcome", "reason"), "arm", "masked_address", "decided_at")
    readonly_fields = ("oneid", "masked_address")

    @display(description=_("member"))
    def oneid(self, decision):
        return link(decision.member)

    @display(description=_("outcome"), label=OUTCOMES)
    def result(self, decision):
        return decision.outcome, decision.get_outcome_display()

    @display(description=_("address"))
    def masked_address(self, decision):
        return masked(decision.address)


def masked(address: str) -> str:
    return masking.contact(kind="email" if "@" in address else "phone", value=address) if address else ""
