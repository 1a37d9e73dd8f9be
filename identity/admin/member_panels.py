"""What identity knows of a member: his identifiers, why his accounts are one person, and how that came about."""

from django.conf import settings
from django.db.models import Max, Min, Q
from django.utils.translation import gettext_lazy as _

from identity.cleaning import emails, phones
from identity.models import Binding, Identifier, LineageEntry
from identity.queries import hashing, links
from members import masking
from members.admin import finding, revealing
from members.admin.base import reach
from members.admin.panels import Panel, register
from members.models import Member
from members.queries import histories

CONTACTS = ("phone", "email")


def _bindings(member, reach):
    """What his accounts carry, as holders or buyers or as contacts named on orders."""
    seen = list(histories.accounts(member=member, reach=reach).values_list("pk", flat=True))
    return Binding.objects.holding().filter(account__in=seen).exclude(role=Binding.Role.RECEIVER)


def _identifiers(member: Member, request) -> dict:
    """Every identifier that his accounts carry as their own, contacts first, then by strength."""
    rows = (
        Identifier.objects.filter(bindings__in=_bindings(member, reach(request)))
        .select_related("kind")
        .annotate(first_at=Min("bindings__first_at"), last_at=Max("bindings__last_at"))
    )
    found = sorted(rows, key=lambda row: (row.kind_id not in CONTACTS, -row.kind.strength, row.first_at))
    for row in found:
        row.masked = masking.contact(kind=row.kind_id, value=row.value)
    return {"identifiers": found}


def _reasons(member, request):
    """For each account the links that lead to it; only what the reader's organization knows itself."""
    seen = set(histories.accounts(member=member, reach=reach(request)).values_list("pk", flat=True))
    if len(seen) < 2:
        return None
    found = [reason for reason in links.why_linked(member=member) if reason.chain and _within(reason, seen)]
    return {
        "reasons": [
            {"account": each.account, "links": [_link(link) for link in each.chain]} for each in found
        ]
    }


def _within(reason, seen):
    return all(side.pk in seen for link in reason.chain for side in (link.left, link.right))


HOW = {
    "business": _("business link: an act of the customer, or a steward's word"),
    "observed": _("observed: channels saw it"),
    "model": _("model"),
}


def _link(link):
    """What joins two accounts, in words that give no value away."""
    known = link.identifier
    return {
        "left": link.left.channel,
        "right": link.right.channel,
        "kind": known.kind.name if known else "",
        "masked": masking.contact(kind=known.kind_id, value=known.value) if known else "",
        "verdict": link.verdict,
        "by_model": link.by == "model",
        "how": HOW[link.by],
    }


def _lineage(member, request):
    moves = LineageEntry.objects.filter(Q(from_member=member) | Q(to_member=member))
    rows = list(
        moves.select_related("account__channel", "from_member", "to_member").order_by("-at", "-id")[:30]
    )
    return {"moves": rows} if rows else None


register(
    Panel(
        _("Contacts and identifiers"),
        "identity/panels/identifiers.html",
        _identifiers,
        place="side",
        position=10,
    )
)
register(Panel(_("How this OneID came about"), "identity/panels/lineage.html", _lineage, position=95))


register(Panel(_("Why this is one person"), "identity/panels/reasons.html", _reasons, position=50))


def _reveal(member, rest, reach):
    mine = _bindings(member, reach).filter(identifier=int(rest) if rest.isdecimal() else 0)
    binding = mine.select_related("identifier__kind").first()
    if binding is None:
        return None
    found = binding.identifier
    return revealing.Value(
        field=found.kind_id, label=found.kind.name, text=found.value, details={"identifier": found.pk}
    )


revealing.register("identifier", _reveal)


@finding.register
def _by_contact(text):
    """Members who carry that phone, e-mail or other identifier: the value is normalised as intake does it, and hashed
    as platforms do it, which may know him by nothing else."""
    values = {text}
    if phone := phones.normalise(text, region=settings.DEFAULT_PHONE_REGION):
        values |= {phone, *hashing.hashes(kind="phone", value=phone)}
    if email := emails.normalise(text):
        values |= {email, *hashing.hashes(kind="email", value=email)}
    carried = Binding.objects.holding().filter(identifier__value__in=values, role__in=["holder", "buyer"])
    return carried.values_list("account__member", flat=True)
