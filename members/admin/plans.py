"""Plans of programmes: drafts with their rules, and the buttons that publish, stop and copy them."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from members.actions import plans
from members.admin import plan_words, tier_words
from members.admin.base import ScopedAdmin, reach
from members.admin.plan_rules import EarningRuleInline, SpendRuleInline, TierRuleInline, books
from members.models import Book, Plan, Programme
from members.queries import plan_previews, scopes

PUBLISH = "members.publish_plan"
STATES = {"draft": "info", "published": "success", "stopped": "danger"}
FIELDS = (
    "programme", "cycle", "name", "starts_at", "ends_at", "calendar", "season_from", "season_to", "holiday", "days_before",
    "days_after", "growth_book", "window_months", "downgrade", "tier_grace_days", "falls_with_returns",
    "join_needs", "number_prefix", "number_digits",
)  # fmt: skip
PLAN = (_("Plan"), {"fields": (("name", "programme"), "cycle", "starts_at", "ends_at")})
SHORT = (
    _("Short cycle: when"),
    {"fields": ("calendar", ("season_from", "season_to"), "holiday", ("days_before", "days_after"))},
)
TIERS = (
    _("Long cycle: tiers"),
    {"fields": (("growth_book", "window_months"), ("downgrade", "tier_grace_days"), "falls_with_returns")},
)

JOINING = (
    _("Long cycle: joining"),
    {"fields": ("join_needs", ("number_prefix", "number_digits"))},
)


class PlanForm(forms.ModelForm):
    holiday = forms.ChoiceField(
        label=_("Holiday"), choices=plan_words.HOLIDAYS, required=False, widget=UnfoldAdminSelectWidget
    )
    join_needs = forms.MultipleChoiceField(
        label=_("Who joins must give"), choices=plan_words.NEEDS, required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget, help_text=_("Who lacks one of them is told which."),
    )  # fmt: skip


@admin.register(Plan)
class PlanAdmin(ScopedAdmin):
    """A draft is free; what was published can only be stopped, or copied into the next draft."""

    form = PlanForm
    list_display = ("name", "number", "programme", "cycle", "shown_state", "starts_at", "ends_at", "on")
    list_select_related = ("programme",)
    list_filter = ("state", "cycle")
    ordering = ("-starts_at", "-id")
    sortable_by = ()
    inlines = (EarningRuleInline, TierRuleInline, SpendRuleInline)
    change_form_outer_before_template = "members/plan.html"

    def within(self, queryset, *, reach):
        return scopes.around_organization(queryset, reach=reach, field="programme__organization")

    def has_change_permission(self, request, obj=None):
        allowed = super().has_change_permission(request, obj)
        return allowed and (
            not isinstance(obj, Plan) or (obj.state == "draft" and self._is_his(request, obj))
        )

    def has_delete_permission(self, request, obj=None):
        """Only one draft at a time, from its page."""
        allowed = isinstance(obj, Plan) and obj.state == "draft" and self._is_his(request, obj)
        return allowed and super().has_delete_permission(request, obj)

    def _is_his(self, request, plan):
        mine, node = reach(request), plan.programme.organization
        return mine.everything or (mine.node is not None and node.path.startswith(mine.node.path))

    def get_readonly_fields(self, request, obj=None):
        return ("programme", "cycle") if obj else ()

    def get_fieldsets(self, request, obj=None):
        """A plan that is there has only what its cycle has."""
        if obj is None:
            return PLAN, SHORT, TIERS, JOINING
        return (PLAN, SHORT) if obj.cycle == Plan.Cycle.SHORT else (PLAN, TIERS, JOINING)

    def get_inlines(self, request, obj):
        short = obj is not None and obj.cycle == Plan.Cycle.SHORT
        return [each for each in self.inlines if not (short and each is TierRuleInline)]

    def get_actions(self, request):
        return {}

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "programme":
            every = Programme.objects.order_by("name")
            kwargs["queryset"] = scopes.at_organization(every, reach=reach(request))
        if db_field.name == "growth_book":
            kwargs["queryset"] = books(request).filter(kind=Book.Kind.GROWTH)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_urls(self):
        verb = self.admin_site.admin_view(require_POST(self.verb_view))
        return [path("<path:object_id>/do/<slug:verb>/", verb, name="members_plan_do"), *super().get_urls()]

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Somebody else may have published the plan while this form was open."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except plans.Refused as refused:
            messages.error(request, str(refused))
            return redirect(request.path)

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None):
        plan = self.get_object(request, object_id)
        about = self._about(request, plan) if plan and request.method == "GET" else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **about})

    def _about(self, request, plan):
        may = self._verbs(request, plan)
        seen = "preview" in request.GET and plan.state == Plan.State.DRAFT and self._is_his(request, plan)
        preview = plan_previews.of(plan=plan, now=timezone.now()) if seen else None
        return {
            "plan": plan, "may": may, "preview": preview, "on": plan_words.when(plan),
            "seen": self._seen(request, preview) if preview else (),
            "moves": self._moves(plan, preview) if preview else (),
        }  # fmt: skip

    def _moves(self, plan, preview) -> list[dict]:
        names = dict(plan.programme.tiers.values_list("code", "name"))
        return [
            {"before": names.get(move.before, move.before), "after": names.get(move.after, move.after),
             "why": tier_words.reason(move.reason), "members": move.members,
             "about": round(move.members * preview.tiers.factor)}
            for move in preview.tiers.moves
        ]  # fmt: skip

    def _seen(self, request, preview) -> set[int]:
        """Who of the people in it is known within reach."""
        named = {share.member.pk for change in preview.changes for share in change.largest}
        known = scopes.members(reach=reach(request)).filter(pk__in=named)
        return set(known.values_list("pk", flat=True))

    def _verbs(self, request, plan) -> set[str]:
        if not self._is_his(request, plan):
            return set()
        short = plan.cycle == Plan.Cycle.SHORT
        found = {"copy"} if self.has_add_permission(request) else set()
        if request.user.has_perm(PUBLISH):
            found |= {"publish"} if plan.state == "draft" else set()
            found |= {"stop"} if plan.state == "published" and short else set()
        return found

    def verb_view(self, request: HttpRequest, object_id, verb):
        """One press of a button: the action decides whether the state allows it."""
        plan = self.get_object(request, object_id)
        if plan is None:
            self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if verb not in self._verbs(request, plan):
            raise PermissionDenied
        try:
            done = self._do(request, plan, verb)
        except plans.Refused as refused:
            messages.error(request, str(refused))
            return redirect("admin:members_plan_change", plan.pk)
        self.log_change(request, done, [{"changed": {"fields": ["state"], "name": verb}}])
        messages.success(
            request, _("“%(name)s” is now: %(state)s.") % {"name": done, "state": done.get_state_display()}
        )
        return redirect("admin:members_plan_change", done.pk)

    def _do(self, request, plan, verb) -> Plan:
        given = {"plan": plan, "by": request.user, "now": timezone.now()}
        if verb == "stop":
            return plans.stop(**given, reason=request.POST.get("reason", ""))
        return plans.publish(**given) if verb == "publish" else plans.copy(**given)

    def save_model(self, request, obj, form, change):
        if change:
            plans.lock_draft(plan=obj)
            super().save_model(request, obj, form, change)
            return
        fields = {name: form.cleaned_data[name] for name in FIELDS if name in form.cleaned_data}
        made = plans.draft(by=request.user, now=timezone.now(), **fields)
        obj.pk, obj.number, obj._state.adding = made.pk, made.number, False

    @display(description=_("state"), label=STATES)
    def shown_state(self, plan):
        return plan.state, plan.get_state_display()

    @display(description=_("on"))
    def on(self, plan):
        return plan_words.when(plan)
