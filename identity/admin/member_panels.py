"""What identity knows of a member: who said what of him, his identifiers, why his accounts are one person."""

from django.conf import settings
from django.db.models import Max, Min, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from identity.cleaning import emails, phones
from identity.models import Binding, Identifier, LineageEntry
from identity.queries import hashing, links, portraits, sources
from members import masking
from members.admin import finding, revealing
from members.admin.base import reach
from members.admin.panels import Panel, register
from members.models import Member, MemberProfile
from members.queries import histories, relation

CONTACTS = ("phone", "email")
LABELS = {
    "name": _("Name"), "nickname": _("Nickname"), "gender": _("Gender"), "birth_date": _("Birth date"),
    "province": _("Province"), "city": _("City"), "address": _("Address"), "postcode": _("Postcode"),
    "phone_masked": _("Telephone, as a platform masks it"), "contact": _("Telephone or e-mail"),
    "phone_province": _("Province of the telephone"), "ip_province": _("Province of the IP address"),
}  # fmt: skip
STAGES = {
    "prospect": _("Prospect"), "new": _("New customer"), "growing": _("Growing"), "mature": _("Mature"),
    "dormant": _("Dormant"), "lost": _("Lost"),
}  # fmt: skip
SHOWN_WITH_A_REASON = {"name", "nickname", "birth_date"}


def _seen(member: Member, request: HttpRequest) -> list[int]:
    return list(histories.accounts(member=member, reach=reach(request)).values_list("pk", flat=True))


def _profile(member: Member, request: HttpRequest) -> dict:
    """Each field with its source, when it was said and how far it is trusted."""
    found = {each.name: each for each in sources.fields(member=member, seen=_seen(member, request))}
    rows = [_row(found[name], label) for name, label in LABELS.items() if name in found]
    return {"rows": rows}


def _row(said: sources.Field, label) -> dict:
    show = said.name if said.name in SHOWN_WITH_A_REASON else ""
    if said.name == "address" and said.said.account:
        show = f"address-{said.said.account}"
    others = [{"said": each, "text": _masked(said.name, each.value)} for each in said.differing]
    return {
        "field": said,
        "label": label,
        "text": _masked(said.name, said.value),
        "show": show,
        "others": others,
    }


def _masked(name: str, value: str) -> str:
    if name == "gender":
        return str(dict(MemberProfile.Gender.choices).get(value, value))
    if name == "birth_date":
        return f"{value[:4]}-**-**"
    if name in ("province", "city", "phone_masked", "phone_province", "ip_province"):
        return value
    return masking.name(value) if name in ("name", "nickname") else masking.identifier(value)


def _relation(member: Member, request: HttpRequest) -> dict | None:
    mine, now = reach(request), timezone.now()
    told = relation.of(member=member, reach=mine, now=now)
    if told is None:
        return None
    seen = _seen(member, request)
    fields = sources.fields(member=member, seen=seen)
    drawn = portraits.drawn(fields=fields, contacts=sources.contacts(accounts=seen), told=told)
    history = [{"stage": each, "name": STAGES[each.code]} for each in reversed(told.stages)]
    return {
        "relation": told, "history": history, "portrait": drawn,
        "completeness": round(drawn.completeness * 100), "confidence": round(drawn.confidence * 100),
        "missing": [LABELS[name] for name in drawn.missing],
    }  # fmt: skip


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
    told = {each.identifier: each for each in sources.contacts(accounts=_seen(member, request))}
    for row in found:
        row.masked = masking.contact(kind=row.kind_id, value=row.value)
        row.source = told.get(row.pk)
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


register(Panel(_("Profile"), "identity/panels/profile.html", _profile, position=10))
register(Panel(_("Relation and portrait"), "identity/panels/relation.html", _relation, position=20))
register(
    Panel(
        _("Contacts and identifiers"), "identity/panels/identifiers.html", _identifiers, place="side",
        position=10,
    )
)  # fmt: skip
register(
    Panel(
        _("How this OneID came about"), "identity/panels/lineage.html", _lineage, position=95, tab="identity"
    )
)
register(
    Panel(_("Why this is one person"), "identity/panels/reasons.html", _reasons, position=50, tab="identity")
)


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
