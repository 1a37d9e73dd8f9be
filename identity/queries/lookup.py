"""Who carries an identifier, among the members that one organization node may see."""

import dataclasses
from collections.abc import Callable
from functools import reduce
from operator import or_

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from identity.cleaning import faults, identifiers, rules
from identity.models import Binding, IdentifierKind
from identity.queries import cards, hashing
from identity.records.problems import Problem
from members.models import Member, Organization
from members.queries import people

CANDIDATES = 5
# A contact account is its contact: what a till was told there is the account's own.
FIRM = Q(role__in=[Binding.Role.HOLDER, Binding.Role.BUYER]) | Q(
    role=Binding.Role.CONTACT, account__is_contact=True
)


class Malformed(ValueError):
    """The value can be no identifier of its kind; ``problems`` says why, and the remedy."""

    def __init__(self, problems: list[Problem]):
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


class Ambiguous(LookupError):
    """Several members carry the identifier; ``members`` are the first of them, with contacts."""

    def __init__(self, members: list[Member]):
        super().__init__(f"{len(members)} members carry this identifier")
        self.members = members


def asked(*, kind: str, value: str, namespace: str, channel: str) -> dict[str, str]:
    """{"kind", "namespace", "value"} of an identifier as intake would have stored it. Raises Malformed.

    Ids that mean something within one application only belong to the asking channel, unless it names another.
    """
    known = _settings(kind)
    _normaliser, scoped = known or ("", kind in rules.SCOPED)
    place = namespace.strip() or (channel if scoped else "")
    return {"kind": kind, "namespace": place, "value": _normalised(kind, value, known)}


def normalised(*, kind: str, value: str) -> str:
    """The canonical value, as intake would have stored it. Raises Malformed."""
    return _normalised(kind, value, _settings(kind))


def reader(*, kind: str) -> Callable[[str], str | None]:
    """What gives the canonical value of a text, or None where it can be none; the kind is read once."""
    known = _settings(kind)

    def read(text: str) -> str | None:
        try:
            return _normalised(kind, text, known)
        except Malformed:
            return None

    return read


def _settings(kind: str) -> tuple[str, bool] | None:
    """How values of this kind are written, and whether they mean something within one application only."""
    return IdentifierKind.objects.filter(code=kind).values_list("normaliser", "scoped").first()


def _normalised(kind, value, known):
    own = {kind: known[0]} if known else {}
    found = faults.Faults(
        dataclasses.replace(
            rules.DEFAULT,
            default_region=settings.DEFAULT_PHONE_REGION,
            normalisers=rules.NORMALISERS | own,
        )
    )
    text = value.strip()
    if not text.isprintable():
        found.add("identifier.hostile", "value")
        raise Malformed(found.found)
    clean = identifiers.normalise(kind, text, place="value", faults=found) if text else None
    if not clean:
        if not found.found:
            found.add("identifier.blank", "value")
        raise Malformed(found.found)
    return clean


def carrier(*, kind: str, value: str, namespace: str, node: Organization) -> Member:
    """The one member of ``node`` that carries the normalised identifier. Raises people.Unknown, Ambiguous.

    Where nobody does, the one whom a platform named by nothing but a hash of it, as far as a recipe in force tells.
    Who is only named as a contact on an order counts if nobody holds the identifier himself; receivers never do.
    """
    found = _carriers(_named(kind, namespace, value), node) or _known_by_hash(kind, value, node)
    if not found:
        raise people.Unknown
    if len(found) > 1:
        raise Ambiguous(found)
    return found[0]


def _known_by_hash(kind, value, node) -> list[Member]:
    """Hashes that were derived from somebody's plain value say no more than that value."""
    forms = sorted(hashing.forms(kind=kind, value=value))
    said = reduce(or_, (_named(*form) for form in forms), Q())
    return _carriers(said & Q(source=None), node) if forms else []


def _named(kind: str, namespace: str, value: str) -> Q:
    return Q(identifier__kind=kind, identifier__namespace=namespace, identifier__value=value)


def _carriers(said: Q, node: Organization) -> list[Member]:
    """The first members who carry what was said; those who hold it themselves, if there are any."""
    held = Binding.objects.holding().filter(said, account__revoked_at=None)
    firm = Exists(held.filter(FIRM, account__member=OuterRef("pk")))
    carriers = held.exclude(role=Binding.Role.RECEIVER).values("account__member")
    members = cards.cards(node=node).known_at(node=node).filter(pk__in=carriers)
    found = list(members.annotate(firm=firm).order_by("-firm", "id")[:CANDIDATES])
    return [member for member in found if member.firm] or found
