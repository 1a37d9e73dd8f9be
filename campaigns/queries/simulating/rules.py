"""The rules that past orders are priced by: without the draft, and with it in place of the version before it."""

import datetime as dt
from bisect import bisect_right
from dataclasses import dataclass

import msgspec
from django.db.models import Q
from django.utils import timezone

from campaigns.models import ActivityOffer, ActivityVersion, CouponTemplate, Simulation
from campaigns.offers import compiling, reading
from campaigns.offers.compiling import Compiled
from campaigns.offers.offer import Offer
from members.models import Organization

Beside = Simulation.Beside
BEFORE_ALL = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True)
class Rule:
    """An offer that holds at ``path`` and below, from ``since`` on, before ``until`` (None: without end)."""

    path: str
    since: dt.datetime | None
    until: dt.datetime | None
    offer: Offer

    def holds(self, at: dt.datetime) -> bool:
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


@dataclass(frozen=True)
class Pair:
    """``draft``: its offers alone; ``own``: the mask of them in ``with_draft``. Where it takes the place of a version that holds,
    every order is priced ``afresh``."""

    without: Compiled
    with_draft: Compiled
    draft: Compiled
    own: int
    afresh: bool


def beside(
    *, version: ActivityVersion, node: Organization, how: str, at: dt.datetime, since: dt.datetime
) -> list[Rule]:
    """What holds at the node, above or below it: at ``at``, where the draft begins (then without windows, as if that moment
    lasted), or with its times, whatever was not over ``since``."""
    rules = [rule for rule in _every(since=min(since, at)) if _meet(rule.path, node.path)]
    rules = [rule for rule in rules if not _is_of(rule.offer, version)]
    if how == Beside.THEN:
        return rules
    wall = timezone.make_naive(at)
    return [
        Rule(rule.path, None, None, unbound(rule.offer))
        for rule in rules
        if rule.holds(at) and _in_window(rule.offer, wall)
    ]


def unbound(offer: Offer) -> Offer:
    """Without its window: days of the week and hours still count."""
    return msgspec.structs.replace(
        offer, trigger=msgspec.structs.replace(offer.trigger, starts=None, ends=None)
    )


def to_json(rules: list[Rule]) -> list[dict]:
    return [
        {
            "path": rule.path,
            "since": rule.since and rule.since.isoformat(),
            "until": rule.until and rule.until.isoformat(),
            "offer": reading.to_builtins(rule.offer),
        }
        for rule in rules
    ]


def from_json(rows: list[dict]) -> list[Rule]:
    return [
        Rule(
            row["path"], _time(row["since"]), _time(row["until"]), reading.from_builtins(row["offer"], Offer)
        )
        for row in rows
    ]


class Rules:
    """The rule sets of a simulation by store and time. Each is compiled once."""

    def __init__(self, simulation: Simulation) -> None:
        self.draft = tuple(reading.from_builtins(each, Offer) for each in simulation.draft)
        self.own = frozenset(offer.code for offer in self.draft)
        self.others = from_json(simulation.others)
        self.activity = self.draft[0].activity
        self.alone = compiling.compile(self.draft)
        self._pairs: dict[tuple[int, ...], Pair] = {}
        self._of_path: dict[str, tuple[list[dt.datetime], list[Pair]]] = {}

    @property
    def every(self) -> list[Offer]:
        return [*self.draft, *(rule.offer for rule in self.others)]

    def at(self, path: str, when: dt.datetime) -> Pair:
        found = self._of_path.get(path)
        if found is None:
            found = self._of_path[path] = self._made(path)
        turns, pairs = found
        return pairs[bisect_right(turns, when)]

    def _made(self, path: str) -> tuple[list[dt.datetime], list[Pair]]:
        """Pairs between the moments at which something begins or ends there."""
        here = [(number, rule) for number, rule in enumerate(self.others) if path.startswith(rule.path)]
        turns = sorted({turn for _number, rule in here for turn in (rule.since, rule.until) if turn})
        moments = [BEFORE_ALL, *turns]
        return turns, [
            self._pair(tuple(number for number, rule in here if rule.holds(moment))) for moment in moments
        ]

    def _pair(self, numbers: tuple[int, ...]) -> Pair:
        if numbers not in self._pairs:
            offers = [self.others[number].offer for number in numbers]
            others = [offer for offer in offers if offer.activity != self.activity]
            with_draft = compiling.compile([*self.draft, *others])
            self._pairs[numbers] = Pair(
                without=compiling.compile(offers),
                with_draft=with_draft,
                draft=self.alone,
                own=with_draft.mask(self.own),
                afresh=len(others) < len(offers),
            )
        return self._pairs[numbers]


def _every(*, since: dt.datetime) -> list[Rule]:
    live = Q(version__closes_at=None) | Q(version__closes_at__gt=since)
    published = ActivityOffer.objects.exclude(version__published_at=None).filter(live).order_by("pk")
    columns = ("version__activity__organization__path", "version__starts_at", "version__closes_at", "frozen")
    coupons = CouponTemplate.objects.exclude(frozen=None).order_by("pk")
    rows = [
        *published.values_list(*columns),
        *(
            (path, opened, None, frozen)
            for path, opened, frozen in coupons.values_list("organization__path", "opened_at", "frozen")
        ),
    ]
    return [
        Rule(path, begins, ends, reading.from_builtins(frozen, Offer)) for path, begins, ends, frozen in rows
    ]


def _meet(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _is_of(offer: Offer, version: ActivityVersion) -> bool:
    return offer.activity == version.activity.code and offer.version == version.number


def _in_window(offer: Offer, wall: dt.datetime) -> bool:
    trigger = offer.trigger
    return (trigger.starts is None or trigger.starts <= wall) and (
        trigger.ends is None or wall < trigger.ends
    )


def _time(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None
