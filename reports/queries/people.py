"""Nodes of the network as a report may name them: masked, and only who is known at the reader's organization."""

import dataclasses
from collections.abc import Iterable

from django.utils.translation import gettext as _

from members import masking
from members.models import MemberProfile, Organization
from members.queries import scopes
from tags.queries.network import Read


@dataclasses.dataclass(frozen=True)
class Person:
    """``member`` is None of a guide, a group chat, a live stream, and of people whom the reader may not see."""

    text: str
    role: str = "member"
    member: int | None = None
    oneid: str = ""


def of(read: Read, places: Iterable[int], *, node: Organization) -> dict[int, Person]:
    """Place among the network's nodes → who that is."""
    wanted = {int(place): int(read.network.nodes[place]) for place in places}
    members = names([each for each in wanted.values() if each > 0], node=node)
    return {place: _person(read, number, members) for place, number in wanted.items()}


def names(members: Iterable[int], *, node: Organization) -> dict[int, str]:
    """Member → OneID and masked name, of those known at the node."""
    seen = scopes.members(reach=scopes.of_node(node)).filter(pk__in=list(members)).values_list("pk", "oneid")
    called = dict(
        MemberProfile.objects.filter(member__in=[pk for pk, _oneid in seen]).values_list("member", "name")
    )
    return {pk: f"{oneid} {masking.name(called[pk])}" if called.get(pk) else oneid for pk, oneid in seen}


def role_name(role: str) -> str:
    known = {
        "member": _("Customer"), "guide": _("Guide"), "group": _("Group chat"), "live": _("Live stream"),
        "store": _("Store"), "kol": _("KOL"), "koc": _("KOC"),
    }  # fmt: skip
    return known.get(role, role)


def _person(read: Read, number: int, members: dict[int, str]) -> Person:
    role = read.role(number)
    if number < 0:
        return Person(f"{role_name(role)} {read.roles[number].name}", role)
    if number not in members:
        return Person(_("somebody not known here"), role)
    return Person(members[number], role, number, members[number].partition(" ")[0])
