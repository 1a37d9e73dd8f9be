"""The super ID of a person: child IDs by channel, keys, temperature, where he came from; revoking and restoring."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from identity.actions import children
from identity.admin import drawing
from identity.queries import children as outcomes
from identity.queries import conversions, first_contact, graph, keys, origins, temperature
from members.admin.base import reach
from members.admin.panels import Panel, register
from members.models import Account, Member
from members.queries import histories, scopes

PERMISSION = "members.revoke_account"
WHOLE_KEYS = 8
KNOWN_FROM = {
    "account": gettext_lazy("the channel's own record"),
    "event": gettext_lazy("an event that shows who it is"),
    "order": gettext_lazy("the contact on an order"),
    "return": gettext_lazy("the contact on a return"),
    "review": gettext_lazy("the contact on a review"),
}


def _children(member: Member, request: HttpRequest) -> dict:
    accounts = list(
        histories.accounts(member=member, reach=reach(request)).order_by(
            "channel__name", "first_seen_at", "id"
        )
    )
    known = graph.of(accounts=accounts)
    told = origins.of(accounts=[account.pk for account in accounts])
    rows = [
        {"account": account, "carried": _carried(known, account), "origin": _known_from(told[account.pk])}
        for account in accounts
    ]
    revoked = sum(account.revoked_at is not None for account in accounts)
    return {"rows": rows, "active": len(rows) - revoked, "revoked": revoked}


def _known_from(origin: origins.Origin) -> dict:
    return {"label": KNOWN_FROM.get(origin.source, ""), "percent": round(origin.confidence * 100)}


def _carried(known: graph.Graph, account: Account) -> list:
    carried = [known.identifiers[edge.identifier] for edge in known.edges if edge.account == account.pk]
    return sorted(carried, key=lambda each: (-each.kind.strength, each.kind_id, each.value))


def _standing(member: Member, request: HttpRequest) -> dict:
    seen = list(histories.accounts(member=member, reach=reach(request)).values_list("pk", flat=True))
    held = keys.of(member=member, accounts=seen)
    standing = conversions.of(member=member, as_of=timezone.now(), accounts=seen)
    return {
        "keys": held,
        "secondary": held.secondary[:WHOLE_KEYS],
        "temperature": temperature.of(held=held),
        "first": first_contact.of(member=member, accounts=seen),
        "standing": standing,
        "act": conversions.Act(standing.act).label if standing.act else "",
        "source": conversions.source_of(standing),
    }


def _graph(member: Member, request: HttpRequest) -> dict | None:
    accounts = histories.accounts(member=member, reach=reach(request))
    known = graph.of(accounts=accounts)
    if not known.accounts:
        return None
    drawn = drawing.draw(known)
    return {
        "drawing": drawn,
        "rows": _told(known),
        "left_out": len(known.identifiers) - len(drawn.identifiers),
    }


def _told(known: graph.Graph) -> list[dict]:
    """The drawing in words: a row a line, and one for an account that nothing joins."""
    accounts = {account.pk: account for account in known.accounts}
    alone = accounts.keys() - {edge.account for edge in known.edges} - {said.left for said in known.said}
    rows = [{"account": accounts[pk]} for pk in alone]
    rows += [
        {"account": accounts[each.left], "other": accounts[each.right], "edge": each} for each in known.said
    ]
    rows += [
        {"account": accounts[edge.account], "identifier": known.identifiers[edge.identifier], "edge": edge}
        for edge in known.edges
    ]
    rows.sort(key=_place)
    met: set = set()
    for row in rows:
        for name in ("account", "identifier"):
            if name in row:
                row[f"names_{name}"] = (name, row[name].pk) not in met
                met.add((name, row[name].pk))
    return rows


def _place(row: dict) -> tuple:
    strength = row["identifier"].kind.strength if "identifier" in row else 0
    return row["account"].first_seen_at, row["account"].pk, -strength


register(
    Panel(
        gettext_lazy("Super ID and its child IDs"), "identity/panels/children.html", _children, position=5,
        tab="identity",
    )
)  # fmt: skip
register(
    Panel(
        gettext_lazy("Keys"), "identity/panels/keys.html", _standing, place="side", position=5, tab="identity"
    )
)
register(
    Panel(gettext_lazy("Identity graph"), "identity/panels/graph.html", _graph, position=48, tab="identity")
)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        min_length=3,
        help_text=gettext_lazy("Such as: the customer closed this account. It is kept with your name."),
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True, "autocomplete": "off"}),
    )


def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    return _turn(request, pk, verb=children.revoke, revoked=False)


def restore(request: HttpRequest, pk: int) -> HttpResponse:
    return _turn(request, pk, verb=children.restore, revoked=True)


def _turn(request: HttpRequest, pk: int, *, verb, revoked: bool) -> HttpResponse:
    """GET asks for the reason and says what will change, POST does it."""
    account = _account(request, pk)
    if (account.revoked_at is not None) != revoked:
        messages.info(request, _("Nothing was changed: somebody else was faster."))
        return _back(account)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        verb(account=account, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
        messages.success(
            request, _("The child ID was restored.") if revoked else _("The child ID was revoked.")
        )
        return _back(account)
    context = {
        **admin.site.each_context(request),
        "title": _("Restore a child ID") if revoked else _("Revoke a child ID"),
        "account": account,
        "member": account.member,
        "revoked": revoked,
        "form": form,
        "outcome": outcomes.outcome(account=account),
    }
    return TemplateResponse(request, "identity/revoke.html", context)


def _account(request: HttpRequest, pk: int) -> Account:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    seen = scopes.of_account(
        Account.objects.select_related("channel", "member"), reach=reach(request), field="pk"
    )
    found = seen.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _back(account: Account) -> HttpResponse:
    page = reverse("admin:members_member_change", args=[account.member.oneid])
    return redirect(f"{page}?tab=identity")
