"""The service desk: goods by serial number or by the owner's telephone, their warranty, and a ticket for them."""

import uuid

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold import widgets

from identity.queries import lookup, owners
from members.actions import access, postings, tickets
from members.admin.base import choices, reach
from members.models import Account, Channel, Member, Organization, Ticket
from members.queries import scopes, service

PERMISSION = "members.add_ticket"
QUIET = {"autocomplete": "off"}


class SearchForm(forms.Form):
    asked = forms.CharField(
        label=gettext_lazy("Serial number, or telephone of the owner"), max_length=100,
        widget=widgets.UnfoldAdminTextInputWidget(attrs=QUIET | {"autofocus": True}),
    )  # fmt: skip


class TicketForm(forms.Form):
    """``number`` is made with the page, so that pressing twice opens one ticket."""

    number = forms.UUIDField()
    serial = forms.CharField(max_length=100)
    kind = forms.ChoiceField(choices=Ticket.Kind.choices)
    organization = forms.ModelChoiceField(queryset=Organization.objects.none())
    text = forms.CharField(max_length=4000, required=False)

    def __init__(self, *given, places):
        super().__init__(*given)
        self.fields["organization"].queryset = places


def page(request: HttpRequest) -> HttpResponse:
    """Looks goods up; what was asked for is sent in the body, where no log keeps it."""
    _check(request)
    form = SearchForm(request.POST if request.method == "POST" else None)
    found = _found(request, form.cleaned_data["asked"]) if form.is_valid() else None
    context = {
        **admin.site.each_context(request), "title": _("Service desk"), "form": form, "found": found,
        "places": choices(Organization, request), "kinds": Ticket.Kind.choices,
    }  # fmt: skip
    return TemplateResponse(request, "identity/service.html", context, headers={"Cache-Control": "no-store"})


def open_ticket(request: HttpRequest) -> HttpResponse:
    """One ticket for an appliance, whoever owns it."""
    _check(request)
    form = TicketForm(request.POST, places=choices(Organization, request))
    if not form.is_valid():
        messages.error(request, _("The ticket was not opened: fill in what is wanted and who serves it."))
        return redirect("admin:service_desk")
    given = form.cleaned_data
    goods = service.by_serial(serial=given["serial"], node=reach(request).node, now=timezone.now())
    if goods is None:
        messages.error(request, _("Nobody is known who owns this appliance any more. Look it up again."))
        return redirect("admin:service_desk")
    try:
        ticket = _file(request, given, goods)
    except postings.KeyReused:
        messages.error(
            request, _("This page was used for another ticket already. Look the appliance up again.")
        )
        return redirect("admin:service_desk")
    messages.success(request, _("The ticket %(number)s is open.") % {"number": ticket.external_id})
    return redirect("admin:members_ticket_change", ticket.pk)


def _check(request):
    if not request.user.has_perm(PERMISSION) or not reach(request):
        raise PermissionDenied


def _file(request, given, goods):
    account = Account.objects.select_related("member", "channel").get(pk=goods.account)
    return tickets.file(
        channel=_channel(request) or account.channel, external_id=f"desk-{given['number'].hex[:12]}",
        kind=given["kind"], account=account, organization=given["organization"], serial=goods.serial,
        text=given["text"], now=timezone.now(), by=request.user,
    )  # fmt: skip


def _channel(request):
    """A channel of the desk's own organization, its tills before anything else."""
    if reach(request).everything:
        return None
    own = scopes.at_organization(Channel.objects.order_by("id"), reach=reach(request))
    return own.filter(source_class="offline").first() or own.first()


def _found(request, asked):
    """[(goods, the member if the reader's organization knows him, number of the ticket to be)]"""
    node, now = reach(request).node, timezone.now()
    by_serial = service.by_serial(serial=asked, node=node, now=now)
    goods = [by_serial] if by_serial else _by_phone(asked, node, now)
    people = {each.member for each in goods}
    known = scopes.members(reach=reach(request)).in_bulk(people)
    whose = Member.objects.get(pk=next(iter(people))) if len(people) == 1 else None
    access.looked_up(
        field="serial" if by_serial else "phone", member=whose, found=len(goods), by=request.user, now=now
    )
    return [(each, known.get(each.member), uuid.uuid4()) for each in goods]


def _by_phone(asked, node, now):
    try:
        people = owners.of_phone(phone=asked)
    except lookup.Malformed:
        return []
    return service.of_members(members=people, node=node, now=now)
