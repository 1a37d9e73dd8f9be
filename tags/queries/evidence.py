"""What a value that a member carries stands on: the statement of a channel or of staff, or the facts that its rule reads."""

import datetime as dt
from dataclasses import dataclass

from members.models import LabelStatement, Member
from members.queries import labels
from tags.conditions import parse
from tags.conditions.faults import Fault
from tags.conditions.leaves.label import Called
from tags.conditions.nodes import All, Any, Not
from tags.models import TagValue
from tags.queries import catalogue

PROFILE = "profile."


@dataclass(frozen=True)
class Ground:
    """``statements`` that call the member so, and ``traits`` of the profile that the rule of the value reads."""

    value: TagValue
    statements: list[LabelStatement]
    traits: list[str]


def of(*, member: Member, value: TagValue, as_of: dt.datetime) -> Ground:
    """A value given by hand stands on that alone."""
    given = labels.current(member=member, as_of=as_of, source=f"tag:{value.tag.code}")
    if mine := [each for each in given[:1] if value.code in each.labels]:
        return Ground(value, mine, [])
    if value.condition is None:
        return Ground(value, [], [])
    try:
        rule = parse.condition(value.condition, catalogue=catalogue.at(node=value.tag.organization))
    except Fault:
        return Ground(value, [], [])
    leaves = list(_leaves(rule))
    called = [leaf for leaf in leaves if isinstance(leaf, Called)]
    said = [each for leaf in called for each in _said(leaf, member, as_of)]
    signals = {name for leaf in leaves if hasattr(leaf, "signals") for name in leaf.signals()}
    traits = sorted(name.removeprefix(PROFILE) for name in signals if name.startswith(PROFILE))
    return Ground(value, said, traits)


def _said(leaf: Called, member: Member, as_of: dt.datetime) -> list[LabelStatement]:
    found = labels.current(member=member, as_of=as_of, source=leaf.channel)
    return [each for each in found if not leaf.names or set(leaf.names) & set(each.labels)]


def _leaves(node: object):
    match node:
        case All(parts) | Any(parts):
            for part in parts:
                yield from _leaves(part)
        case Not(part):
            yield from _leaves(part)
        case _:
            yield node
