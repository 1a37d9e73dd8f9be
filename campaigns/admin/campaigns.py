from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from campaigns.actions import campaigns
from campaigns.admin import outcomes, preview, verbs
from campaigns.admin.forms import CampaignForm
from campaigns.models import Campaign
from campaigns.queries import entries, progress
from members.admin.base import ScopedAdmin
from members.admin.filters import OrganizationFilter
from members.queries import scopes

STATES = {
    "draft": "info", "submitted": "warning", "approved": "success", "running": "primary",
    "paused": "warning", "stopped": "danger", "finished": "success",
}  # fmt: skip


@admin.register(Campaign)
class CampaignAdmin(ScopedAdmin):
    form = CampaignForm
    list_display = (
        "name",
        "shown_state",
        "organization",
        "audience",
        "touchpoint",
        "entering",
        "starts_at",
        "holdout",
        "ended_at",
    )
    list_select_related = ("organization", "audience")
    list_filter = ("state", "entering", "touchpoint", OrganizationFilter)
    search_fields = ("name__startswith",)
    search_help_text = _("the beginning of a name")
    ordering = ("-id",)
    sortable_by = ()
    change_form_outer_before_template = "campaigns/campaign.html"
    change_form_after_template = "campaigns/preview_card.html"
    fieldsets = (
        (_("Whom"), {"fields": ("name", ("organization", "audience"), ("holdout_share",))}),
        (_("What"), {"fields": (("touchpoint", "purpose"), "subject", "body")}),
        (
            _("When and how often"),
            {
                "fields": (
                    "entering",
                    ("starts_at", "ends_at"),
                    "reenter_after_days",
                    ("cap_count", "cap_days"),
                )
            },
        ),
    )

    def within(self, queryset, *, reach):
        return scopes.at_organization(queryset, reach=reach)

    def has_change_permission(self, request, obj=None):
        """Only a draft can be edited: what was approved is what runs."""
        draft = not isinstance(obj, Campaign) or obj.state == Campaign.State.DRAFT
        return draft and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return False

    def get_urls(self):
        verb = self.admin_site.admin_view(require_POST(self.verb_view))
        seen = self.admin_site.admin_view(require_POST(self.preview_view))
        return [
            path("preview/", seen, name="campaigns_campaign_preview"),
            path("<path:object_id>/do/<slug:verb>/", verb, name="campaigns_campaign_do"),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest):
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        return TemplateResponse(request, "campaigns/preview.html", preview.of(request))

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Somebody else may have submitted the campaign while this form was open."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except campaigns.Refused as refused:
            messages.error(request, str(refused))
            return redirect(request.path)

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None):
        campaign = self.get_object(request, object_id)
        about = self._about(request, campaign) if campaign and request.method == "GET" else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **about})

    def _about(self, request, campaign):
        done = progress.of(campaign=campaign)
        return {
            "campaign": campaign,
            "progress": done,
            "entered": entries.of(campaign=campaign) if campaign.follows else None,
            "parts": outcomes.parts(done),
            "samples": progress.samples(campaign=campaign, limit=3),
            "verbs": verbs.open_to(request.user, campaign),
        }

    def verb_view(self, request: HttpRequest, object_id, verb):
        """One press of a button: the action decides whether the state allows it."""
        campaign = self.get_object(request, object_id)
        if campaign is None:
            self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        chosen = verbs.ALL.get(verb)
        if chosen is None or not request.user.has_perm(chosen.permission):
            raise PermissionDenied
        try:
            chosen.do(campaign, request.user, request.POST.get("reason", ""), timezone.now())
        except campaigns.Refused as refused:
            messages.error(request, str(refused))
        else:
            self.log_change(
                request, campaign, [{"changed": {"fields": ["state"], "name": str(chosen.label)}}]
            )
            messages.success(
                request,
                _("“%(name)s” is now %(state)s.")
                % {"name": campaign.name, "state": campaign.get_state_display()},
            )
        return redirect("admin:campaigns_campaign_change", campaign.pk)

    def save_model(self, request, obj, form, change):
        fields = {name: form.cleaned_data[name] for name in form.changed_data if name in campaigns.EDITABLE}
        if change:
            campaigns.edit(campaign=obj, by=request.user, now=timezone.now(), **fields)
            return
        fields = {name: form.cleaned_data[name] for name in form.cleaned_data if name in campaigns.EDITABLE}
        made = campaigns.draft(by=request.user, now=timezone.now(), **fields)
        obj.pk, obj._state.adding = made.pk, False

    @display(description=_("state"), label=STATES)
    def shown_state(self, campaign):
        return campaign.state, campaign.get_state_display()

    @display(description=_("holdout"))
    def holdout(self, campaign):
        return f"{campaign.holdout_share:.0%}" if campaign.holdout_share else "–"
