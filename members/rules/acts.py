"""What an action of a customer (a sign-in, a review) earns under a long plan and the short plans on top of it. Pure.

In each book the first rule of each ``per``, in the order of their positions, that is for the action gives its ``fixed``
amount: every time, on the first time of a day, or once. A short plan's rule with ``times`` gives
(times − 1) × what the long plan gives, as often as that does.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from members.rules.earning import DOWN

EACH, DAY, ONCE = "each", "day", "once"


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """``organizations``: codes of the node where it happened and of those above it."""

    event: str
    channel: str
    organizations: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule of a plan: ``fixed`` units, or ``times`` what the long plan gives; ``scale``: decimals of the book. Empty
    ``channels`` or ``organizations``: everywhere."""

    book: int
    scale: int
    event: str
    per: str = EACH
    fixed: Decimal = Decimal(0)
    times: Decimal | None = None
    rounding: str = DOWN
    channels: frozenset[str] = frozenset()
    organizations: frozenset[str] = frozenset()

    def is_for(self, act: Act) -> bool:
        return (
            self.event == act.event
            and (not self.channels or act.channel in self.channels)
            and (not self.organizations or not self.organizations.isdisjoint(act.organizations))
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """Of one plan, in the order of their positions."""

    plan: int
    rules: tuple[Rule, ...]


class Due(NamedTuple):
    """``steps`` of a book by one plan, each time, once a day or once. ``follows``: only where the long plan gives its
    own ``per`` for the same action."""

    plan: int
    book: int
    per: str
    steps: int
    follows: bool = False


def due(act: Act, *, long: Rules, shorts: Sequence[Rules] = ()) -> list[Due]:
    """What the action earns if it is the first one that counts; what the long plan gives comes first."""
    given = [Due(long.plan, *each) for each in _fixed(long, act)]
    found = list(given)
    for plan in shorts:
        found += [Due(plan.plan, *each) for each in _fixed(plan, act)]
        found += _multiplied(plan, act, given)
    return [each for each in found if each.steps]


def _fixed(plan: Rules, act: Act) -> Iterator[tuple[int, str, int]]:
    seen = set()
    for rule in plan.rules:
        if rule.times is None and rule.is_for(act) and (rule.book, rule.per) not in seen:
            seen.add((rule.book, rule.per))
            yield rule.book, rule.per, _steps(Fraction(rule.fixed), rule)


def _multiplied(plan: Rules, act: Act, given: list[Due]) -> Iterator[Due]:
    first: dict[int, Rule] = {}
    for rule in plan.rules:
        if rule.times is not None and rule.is_for(act):
            first.setdefault(rule.book, rule)
    for each in given:
        if rule := first.get(each.book):
            exact = Fraction(each.steps, 10**rule.scale) * (Fraction(rule.times) - 1)
            yield Due(plan.plan, each.book, each.per, _steps(exact, rule), follows=True)


def _steps(amount: Fraction, rule: Rule) -> int:
    exact = amount * 10**rule.scale
    return math.floor(exact) if rule.rounding == DOWN else math.floor(exact + Fraction(1, 2))
