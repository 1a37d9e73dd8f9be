"""What priced orders add up to: numbers that can be added part by part, in any order, as JSON.

Amounts in minor units. ``cost`` is what the draft's own offers take off and give; ``more`` is by how much customers gain more in
all: less than the cost where other offers do less beside it.
"""

import heapq
from collections.abc import Iterable

from campaigns.offers.quote import APPLIED, NEAR, Quote, Verdict
from campaigns.queries.simulating.pricing import Priced
from campaigns.queries.simulating.sales import Sale

SAMPLES = 20
CLOSE = 10  # per cent of a threshold
MIX = 2654435761  # Knuth's multiplier: samples are spread, and the same ones each time
ORDERS, TOUCHED, COST, MORE = range(4)


class Figures:
    """Of one part. ``found()`` is what is kept of it."""

    def __init__(self, own: Iterable[str]) -> None:
        self.sums = dict.fromkeys(
            ("orders", "priced", "list", "given", "touched", "gainers", "losers", "unproven", "gap"), 0
        )
        self.before, self.after = [0, 0], [0, 0]
        self.left_out: dict[str, int] = {}
        self.own = {code: _of_own() for code in own}
        self.others: dict[str, list[int]] = {}
        self.days: dict[str, list[int]] = {}
        self.places: dict[str, list[int]] = {}
        self.tiers: dict[str, list[int]] = {}
        self.buyers: dict[str, list[int]] = {}
        self.members: dict[int, list[int]] = {}
        self.samples: list[tuple[int, ...]] = []

    def leave_out(self, reason: str) -> None:
        self.sums["orders"] += 1
        self.left_out[reason] = self.left_out.get(reason, 0) + 1

    def add(self, sale: Sale, priced: Priced, *, tier: str, kind: str) -> None:
        """``kind``: guest, new or back, of the buyer."""
        before, after = priced.before, priced.after
        day = sale.at.date().isoformat()
        cost = sum(use.discount + use.worth for use in after.uses if use.offer in self.own)
        more = after.gain - before.gain
        touched = any(use.offer in self.own for use in after.uses)
        self._sum(sale, before, after, touched, more)
        row = (1, int(touched), cost, more)
        _add(self.days, day, row)
        _add(self.places, str(sale.place), row)
        _add(self.buyers, kind, row)
        if sale.member is not None:
            _add(self.tiers, tier, row)
            _add(self.members, sale.member, (before.total, more))
        self._count_offers(priced)
        self._tell_own(sale, priced, day)
        if touched:
            self._sample(sale, before, after, cost)

    def _sum(self, sale: Sale, before: Quote, after: Quote, touched: bool, more: int) -> None:
        sums = self.sums
        sums["orders"] += 1
        sums["priced"] += 1
        sums["list"] += before.total_list
        sums["given"] += sale.given
        sums["touched"] += touched
        sums["gainers"] += more > 0
        sums["losers"] += more < 0
        sums["unproven"] += not (before.proven and after.proven)
        sums["gap"] += after.bound - after.gain
        for quote, into in ((before, self.before), (after, self.after)):
            into[0] += quote.discount
            into[1] += quote.gain - quote.discount

    def _count_offers(self, priced: Priced) -> None:
        for quote, place in ((priced.before, 0), (priced.after, 3)):
            for use in quote.uses:
                if place and use.offer in self.own:
                    continue
                row = self.others.setdefault(use.offer, [0] * 6)
                row[place] += 1
                row[place + 1] += use.discount
                row[place + 2] += use.worth

    def _tell_own(self, sale: Sale, priced: Priced, day: str) -> None:
        for verdict in priced.verdicts:
            told = self.own[verdict.offer]
            reason = verdict.reason or APPLIED
            told["reasons"][reason] = told["reasons"].get(reason, 0) + 1
            told["missed"] += _just_missed(verdict)
            told["reached"] += _just_reached(verdict)
        for use in priced.after.uses:
            if (told := self.own.get(use.offer)) is not None:
                _add(told["days"], day, (use.times, use.discount + use.worth))
                _add(told["places"], str(sale.place), (use.times,))
                for name, amount in (
                    ("uses", 1),
                    ("times", use.times),
                    ("discount", use.discount),
                    ("worth", use.worth),
                ):
                    told[name] += amount

    def _sample(self, sale: Sale, before: Quote, after: Quote, cost: int) -> None:
        """Twenty of those that the draft touches: the largest by a number that has nothing to do with them."""
        rank = sale.order * MIX % 2**32
        row = (rank, sale.order, before.total_list, before.total, after.total, cost)
        if len(self.samples) < SAMPLES:
            heapq.heappush(self.samples, row)
        else:
            heapq.heappushpop(self.samples, row)

    def found(self) -> dict:
        return {
            **self.sums, "before": self.before, "after": self.after, "left_out": self.left_out, "own": self.own,
            "others": self.others, "days": self.days, "places": self.places, "tiers": self.tiers, "buyers": self.buyers,
            "spending": _spending(self.members.values()), "samples": [list(row) for row in self.samples],
        }  # fmt: skip


def merged(parts: Iterable[dict]) -> dict:
    """All that the parts found: the same in whatever order they come."""
    found: dict = Figures(()).found()
    samples: list[list[int]] = []
    for part in parts:
        samples += part["samples"]
        found = _merged(found, {**part, "samples": []})
    return {**found, "samples": heapq.nlargest(SAMPLES, samples)}


def bucket(amount: int) -> int:
    """Amounts that differ by a sixteenth at most share one: 4 bits after the first. In the order of amounts."""
    if amount < 16:
        return max(0, amount)
    shift = amount.bit_length() - 5
    return 16 + shift * 16 + (amount >> shift) - 16


def _spending(members: Iterable[list[int]]) -> dict[str, list[int]]:
    """{bucket of what a member paid in all: members, what they paid, what they gain more}."""
    found: dict[str, list[int]] = {}
    for paid, more in members:
        _add(found, str(bucket(paid)), (1, paid, more))
    return found


def _of_own() -> dict:
    return {
        "uses": 0, "times": 0, "discount": 0, "worth": 0, "missed": 0, "reached": 0,
        "reasons": {}, "days": {}, "places": {},
    }  # fmt: skip


def _just_missed(verdict: Verdict) -> bool:
    if verdict.state != NEAR or "missing" not in verdict.params:
        return False
    return verdict.params["missing"] * 100 <= CLOSE * verdict.params["least"]


def _just_reached(verdict: Verdict) -> bool:
    steps = verdict.steps
    return bool(steps and steps.least) and (steps.base - steps.least) * 100 <= CLOSE * steps.least


def _add(table: dict, key: object, row: tuple[int, ...]) -> None:
    found = table.get(key)
    if found is None:
        table[key] = list(row)
    else:
        for place, amount in enumerate(row):
            found[place] += amount


def _merged(one, other):
    if isinstance(one, dict):
        return {
            key: _merged(one[key], other[key])
            if key in one and key in other
            else one.get(key, other.get(key))
            for key in one.keys() | other.keys()
        }
    if isinstance(one, list):
        return [first + second for first, second in zip(one, other, strict=True)]
    return one + other
