"""Drafts tried on past orders: asked for, watched, broken off, read; one order of them step by step."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django_q.tasks import async_task
from unfold.decorators import display

from campaigns.actions import simulating
from campaigns.admin import simulated_sale, simulation_told
from campaigns.admin.offer_choices import Offered
from campaigns.admin.simulation_form import AskForm, last_month
from campaigns.models import ActivityVersion, Simulation
from campaigns.queries.simulating import progress, samples
from members.admin.base import ScopedAdmin, number, reach
from members.admin.filters import OrganizationFilter
from members.queries import scopes

State = Simulation.State
BUSY = (State.WAITING, State.RUNNING)
LABELS = {
    "waiting": "warning", "running": "warning", "done": "success", "failed": "danger", "cancelled": "info",
}  # fmt: skip


def of_version(request: HttpRequest, version: ActivityVersion) -> dict:
    """Of ``campaigns/simulations.html``: what was tried of a version, as far as the reader sees it."""
    if not request.user.has_perm("campaigns.view_simulation"):
        return {}
    rows = scopes.at_organization(version.simulations.order_by("-pk"), reach=reach(request))
    return {
        "rows": [
            (each, simulation_told.last_day(each))
            for each in rows.select_related("organization", "asked_by")[:5]
        ],
        "may_ask": request.user.has_perm("campaigns.add_simulation"),
    }


@admin.register(Simulation)
class SimulationAdmin(ScopedAdmin):
    empty_words = _(
        "Try a draft on the orders of last month: what it would have cost, who gains, what other offers lose."
    )
    list_display = ("activity", "shown_state", "organization", "days", "asked_by", "asked_at")
    list_select_related = ("version__activity", "organization", "asked_by")
    list_filter = ("state", OrganizationFilter)
    ordering = ("-id",)
    sortable_by = ()

    def within(self, queryset, *, reach):
        return scopes.at_organization(queryset, reach=reach)

    def get_queryset(self, request):
        return super().get_queryset(request).defer("draft", "others", "found")

    def has_delete_permission(self, request, obj=None):
        return False

    def get_actions(self, request):
        return {}

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/cancel/", view(require_POST(self.cancel_view)), name="campaigns_simulation_cancel"
            ),
            path("<int:pk>/orders/<int:order>/", view(self.order_view), name="campaigns_simulation_order"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url="", extra_context=None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        version = self._version(request)
        initial = {**last_month(timezone.now()), "version": version}
        form = AskForm(request.POST or None, request=request, version=version, initial=initial)
        if form.is_valid() and (made := self._asked(request, form)):
            messages.success(request, _("A worker begins with it within a minute."))
            return redirect("admin:campaigns_simulation_change", made.pk)
        return self._page(request, "simulation_new", _("Try on past orders"), form=form, version=version)

    def _version(self, request) -> ActivityVersion | None:
        rows = ActivityVersion.objects.select_related("activity__organization")
        seen = scopes.around_organization(rows, reach=reach(request), field="activity__organization")
        return seen.filter(pk=number(request.GET.get("version"))).first()

    @transaction.atomic
    def _asked(self, request, form) -> Simulation | None:
        try:
            made = simulating.ask(by=request.user, now=timezone.now(), **form.asked())
        except simulating.Refused as refused:
            form.add_error(None, str(refused))
            return None
        self.log_addition(request, made, [{"added": {}}])
        transaction.on_commit(lambda: async_task("campaigns.tasks.simulate", group="simulations"))
        return made

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None) -> HttpResponse:
        simulation = self._simulation(request, number(object_id))
        busy = simulation.state in BUSY
        far = progress.of(simulation=simulation, now=timezone.now()) if busy else None
        told = {
            "simulation": simulation, "busy": busy, "last": simulation_told.last_day(simulation),
            "progress": far, "left": simulation_told.left(far) if far else "",
            "may_cancel": busy and self.has_change_permission(request, simulation),
            "may_ask": self.has_add_permission(request),
        }  # fmt: skip
        if simulation.state == State.DONE:
            told |= simulation_told.context(request, simulation)
        return self._page(request, "simulation", simulation.version.activity.name, **told)

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        simulation = self._simulation(request, pk)
        if not self.has_change_permission(request, simulation):
            raise PermissionDenied
        try:
            simulating.cancel(simulation=simulation, by=request.user, now=timezone.now())
        except simulating.Refused as refused:
            messages.error(request, str(refused))
        else:
            self.log_change(request, simulation, [{"changed": {"fields": ["cancelled"]}}])
            messages.success(request, _("It is broken off."))
        return redirect("admin:campaigns_simulation_change", pk)

    def order_view(self, request: HttpRequest, pk: int, order: int) -> HttpResponse:
        """Only of the orders of the simulation, which are within the reader's reach as it is."""
        simulation = self._simulation(request, pk)
        sample = samples.of(simulation=simulation, order=order, now=timezone.now())
        if sample is None:
            raise Http404
        offered = Offered(request=request, organization=simulation.version.activity.organization)
        told = simulated_sale.context(simulation, sample, offered=offered)
        return self._page(request, "simulated_sale", _("An order, tried"), simulation=simulation, **told)

    def _simulation(self, request, pk: int) -> Simulation:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        rows = self.within(Simulation.objects.all(), reach=reach(request))
        rows = rows.select_related("version__activity__organization", "organization", "channel", "asked_by")
        if (found := rows.filter(pk=pk).first()) is None:
            raise Http404
        return found

    def _page(self, request, name: str, title, **more) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **more}
        return TemplateResponse(request, f"campaigns/{name}.html", context)

    @display(description=_("activity"))
    def activity(self, simulation):
        return f"{simulation.version.activity.name} · {simulation.version.number}"

    @display(description=_("state"), label=LABELS)
    def shown_state(self, simulation):
        return simulation.state, simulation.get_state_display()

    @display(description=_("orders from … to"))
    def days(self, simulation):
        return f"{simulation_told.day(simulation.since)} – {simulation_told.last_day(simulation)}"
