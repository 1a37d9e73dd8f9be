"""Tickets of installation, repair and care, for whoever serves them: read, and moved on by buttons."""

import dataclasses
from collections.abc import Callable

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from members import masking
from members.actions import tickets
from members.admin.base import ReadOnlyAdmin, choices, number, reach
from members.admin.ledger import named
from members.admin.panels import Panel, register
from members.models import Member, Organization, Ticket
from members.queries import scopes

State = Ticket.State
CHANGE = "members.change_ticket"
STATES = {"filed": "warning", "dispatched": "info", "done": "success", "cancelled": "danger"}
SHOWN = 5


@dataclasses.dataclass(frozen=True)
class Verb:
    """A button. ``asks``: nothing, for an organization, or for a reason."""

    code: str
    label: str
    states: frozenset[str]
    action: Callable
    asks: str = ""
    tone: str = ""


OPEN = frozenset({State.FILED, State.DISPATCHED})
VERBS = {
    verb.code: verb
    for verb in (
        Verb("dispatch", _("Dispatch"), OPEN, tickets.dispatch, asks="organization", tone="nf-primary"),
        Verb("done", _("Done"), frozenset({State.DISPATCHED}), tickets.done, tone="nf-primary"),
        Verb("cancel", _("Cancel the ticket"), OPEN, tickets.cancel, asks="reason", tone="nf-danger"),
    )
}


@admin.register(Ticket)
class TicketAdmin(ReadOnlyAdmin):
    """Tickets that the reader's organization, or one below it, serves. The customer stays masked."""

    list_display = ("external_id", "kind", "shown_state", "goods", "organization", "filed_at", "stars")
    list_select_related = ("organization",)
    list_filter = ("state", "kind")
    search_fields = ("external_id__exact", "serial__exact")
    search_help_text = _("ticket number, or serial number of the appliance")
    ordering = ("-id",)
    sortable_by = ()
    change_form_outer_before_template = "members/ticket.html"
    fields = (
        ("external_id", "kind"), ("state", "stars"), ("goods", "organization"), "text",
        ("filed_at", "dispatched_at"), ("closed_at", "channel"), "clerk",
    )  # fmt: skip
    readonly_fields = ("stars", "goods", "clerk")
    clerk = named("by", _("by"))

    def within(self, queryset, *, reach):
        return scopes.at_organization(queryset, reach=reach)

    def get_urls(self):
        verb = self.admin_site.admin_view(require_POST(self.verb_view))
        return [path("<path:object_id>/do/<slug:verb>/", verb, name="members_ticket_do"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id, form_url="", extra_context=None):
        ticket = self.get_object(request, object_id)
        about = _about(request, ticket) if ticket else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **about})

    def verb_view(self, request: HttpRequest, object_id, verb):
        ticket = self.get_object(request, object_id)
        if ticket is None:
            self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if verb not in VERBS or not request.user.has_perm(CHANGE):
            raise PermissionDenied
        try:
            moved = VERBS[verb].action(
                ticket=ticket, by=request.user, now=timezone.now(), **_asked(request, VERBS[verb].asks)
            )
        except (tickets.NotNow, Organization.DoesNotExist) as refused:
            messages.error(request, str(refused))
            return redirect("admin:members_ticket_change", ticket.pk)
        said = {"number": moved.external_id, "state": moved.get_state_display()}
        messages.success(request, _("The ticket %(number)s is %(state)s.") % said)
        if moved.organization in choices(Organization, request):
            return redirect("admin:members_ticket_change", ticket.pk)
        return redirect("admin:members_ticket_changelist")

    @display(description=_("state"), label=STATES)
    def shown_state(self, ticket):
        return ticket.state, ticket.get_state_display()

    @display(description=_("rating"))
    def stars(self, ticket):
        return f"{ticket.rating} / 5" if ticket.rating else "–"

    @display(description=_("serial number"))
    def goods(self, ticket):
        return ticket.serial or "–"


def _about(request, ticket):
    """The customer stays masked; only a member whom the reader's organization knows itself has a link to his page."""
    whose = ticket.account.member
    return {
        "ticket": ticket,
        "customer": masking.name(getattr(getattr(whose, "profile", None), "name", "")),
        "known": scopes.members(reach=reach(request)).filter(pk=whose.pk).first(),
        "verbs": [verb for verb in VERBS.values() if _may(request.user, verb, ticket)],
        "places": choices(Organization, request),
    }


def _may(user, verb, ticket):
    return ticket.state in verb.states and user.has_perm(CHANGE)


def _asked(request, what):
    if what == "organization":
        chosen = number(request.POST.get("organization"))
        return {"organization": choices(Organization, request).get(pk=chosen)}
    return {what: request.POST.get(what, "")} if what else {}


def _tickets(member: Member, request) -> dict | None:
    own = Ticket.objects.filter(account__member=member).select_related("organization", "channel")
    seen = list(scopes.at_organization(own, reach=reach(request)).order_by("-filed_at", "-pk")[: SHOWN + 1])
    return {"tickets": seen[:SHOWN], "more": len(seen) > SHOWN} if seen else None


register(
    Panel(_("Tickets"), "members/panels/tickets.html", _tickets, place="main", position=40, tab="rights")
)
