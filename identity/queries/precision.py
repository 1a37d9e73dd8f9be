"""How right past decisions were, and from which probability on candidates could be joined without asking.

A decision was wrong if its verdict was withdrawn later, or if a second look by somebody else came out otherwise. What
an erasure withdrew, and nobody did, was neither right nor wrong.
Intervals are Wilson's (1927), of which the lower end at 95 % is taken: few decisions prove little.
"""

import dataclasses
import math
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from identity.models import ReviewCase, ReviewDecision
from identity.queries import queue
from members.queries.scopes import Reach

Z = 1.959964  # 95 %, two-sided
BANDS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
OF_PEOPLE = (ReviewCase.Decision.MERGE, ReviewCase.Decision.NOT_SAME)


@dataclasses.dataclass(frozen=True)
class Row:
    """Decisions of one group: ``right`` of ``count`` stand; ``looked`` of them were looked at twice."""

    label: str
    count: int
    right: int
    looked: int

    @property
    def share(self) -> float | None:
        return self.right / self.count if self.count else None

    @property
    def lower(self) -> float:
        return wilson_lower(right=self.right, count=self.count)


@dataclasses.dataclass(frozen=True)
class Band:
    """Candidates decided at a probability from ``at_least`` to below ``below``: ``same`` of ``count`` are one person.

    ``same_above`` and ``count_above`` count this band and all above it: what a threshold here would join.
    """

    at_least: float
    below: float
    count: int
    same: int
    count_above: int
    same_above: int

    @property
    def lower_above(self) -> float:
        return wilson_lower(right=self.same_above, count=self.count_above)


@dataclasses.dataclass(frozen=True)
class Suggestion:
    """The lowest threshold whose lower bound reaches the target, or None with how many right ones would prove it."""

    target: float
    threshold: float | None
    lower: float
    same: int
    count: int
    needed: int


@dataclasses.dataclass(frozen=True)
class _Decided:
    sort: str
    decision: str
    probability: float | None
    stands: bool
    looked: bool

    @property
    def same(self) -> bool:
        """Whether the two are one person, as far as is known by now."""
        return (self.decision == ReviewCase.Decision.MERGE) == self.stands


def wilson_lower(*, right: int, count: int, z: float = Z) -> float:
    """The lower end of Wilson's score interval of ``right`` in ``count``; 0 without any."""
    if not count or not right:
        return 0.0
    share, square = right / count, z * z
    middle = share + square / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    return max(0.0, (middle - spread) / (1 + square / count))


def needed(*, target: float, z: float = Z) -> int:
    """How many decisions, all of them right, prove the target: Wilson's lower end for n of n is n / (n + z²)."""
    return math.ceil(target * z * z / (1 - target))


def by_sort(*, reach: Reach) -> list[Row]:
    """Decisions about people, by sort of case and decision."""
    groups: dict[tuple[str, str], list[_Decided]] = {}
    for each in _decided(reach):
        groups.setdefault((each.sort, each.decision), []).append(each)
    return [
        Row(f"{sort}:{decision}", len(rows), sum(row.stands for row in rows), sum(row.looked for row in rows))
        for (sort, decision), rows in sorted(groups.items())
    ]


def by_band(*, reach: Reach) -> list[Band]:
    """Decided candidates by probability, highest band first."""
    scored = [row for row in _decided(reach) if row.probability is not None]
    found, count_above, same_above = [], 0, 0
    for at_least, below in reversed(list(zip(BANDS, (*BANDS[1:], math.inf), strict=True))):
        rows = [row for row in scored if at_least <= row.probability < below]
        same = sum(row.same for row in rows)
        count_above, same_above = count_above + len(rows), same_above + same
        found.append(Band(at_least, min(below, 1.0), len(rows), same, count_above, same_above))
    return found


def suggestion(*, bands: Iterable[Band], target: float) -> Suggestion:
    """The lowest probability from which on at least ``target`` of the candidates are one person, at 95 %."""
    bands = list(bands)
    enough = [band for band in bands if band.count and band.lower_above >= target]
    best = enough[-1] if enough else max(bands, key=lambda band: band.lower_above)
    return Suggestion(
        target=target,
        threshold=best.at_least if enough else None,
        lower=best.lower_above,
        same=best.same_above,
        count=best.count_above,
        needed=needed(target=target),
    )


def to_look_at(*, reach: Reach, by) -> QuerySet[ReviewDecision]:
    """Standing decisions about people that somebody else took and nobody has looked at again, in random order."""
    cases = set(queue.visible(reach=reach).filter(decisions__isnull=False).values_list("pk", flat=True))
    open_ones = ReviewDecision.objects.filter(
        case__in=cases, decision__in=OF_PEOPLE, verdict__withdrawn_at=None, second_look=None
    )
    return open_ones.exclude(by=by).exclude(bulk__confirmed_by=by).select_related("case").order_by("?")


def _decided(reach: Reach) -> Iterable[_Decided]:
    cases = set(queue.visible(reach=reach).filter(decisions__isnull=False).values_list("pk", flat=True))
    decided = ReviewDecision.objects.filter(case__in=cases, decision__in=OF_PEOPLE)
    forgotten = Q(verdict__withdrawn_at__isnull=False, verdict__withdrawn_by=None)
    rows = decided.exclude(forgotten).values_list(
        "case__sort", "decision", "probability", "verdict__withdrawn_at", "second_look__answer"
    )
    for sort, decision, probability, withdrawn, answer in rows:
        stands = withdrawn is None if answer is None else answer == decision
        yield _Decided(sort, decision, probability, stands, answer is not None)
