from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from campaigns.admin.decisions import OUTCOMES, CampaignFilter, DecisionCampaignScope
from campaigns.models import CampaignEntry
from members.admin.base import ReadOnlyAdmin
from members.admin.filters import OfferedFilter
from members.admin.member import link

CAME = {"entered": "success", "there": "info", "too_soon": "warning"}


class InsideFilter(OfferedFilter):
    title = _("in the audience")
    parameter_name = "inside"

    def lookups(self, request, model_admin):
        return [("yes", _("in it now")), ("no", _("left"))]

    def queryset(self, request, queryset):
        return queryset.filter(left_at__isnull=self.value() == "yes") if self.value() else queryset


@admin.register(CampaignEntry)
class CampaignEntryAdmin(DecisionCampaignScope, ReadOnlyAdmin):
    organization = "campaign__organization"
    list_display = ("oneid", "campaign", "how", "entered_at", "left_at", "left_because", "result")
    list_display_links = None
    list_select_related = ("campaign", "member", "decision")
    list_filter = (CampaignFilter, InsideFilter, "came")
    ordering = ("-id",)
    sortable_by = ()
    fields = ("campaign", "oneid", ("came", "entered_at"), ("left_at", "left_because"), "result")
    readonly_fields = ("oneid", "result")

    @display(description=_("member"))
    def oneid(self, entry):
        return link(entry.member)

    @display(description=_("how he came"), label=CAME)
    def how(self, entry):
        return entry.came, entry.get_came_display()

    @display(description=_("message"), label=OUTCOMES)
    def result(self, entry):
        decision = entry.decision
        return (decision.outcome, decision.get_outcome_display()) if decision else None
