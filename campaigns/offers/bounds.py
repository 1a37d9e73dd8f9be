"""How much the offers that are left can still gain at most, in minor units. Never too little."""

from collections.abc import Sequence

from campaigns.offers import forms
from campaigns.offers.compiling import AMOUNT, NOTHING, QUANTITY
from campaigns.offers.eligible import bits
from campaigns.offers.scales import PIECE, WHOLE
from campaigns.offers.states import Candidate, Effect, State

UNBOUNDED = 1 << 62
MULTIPLES = 8  # of a threshold that are followed one by one; beyond, the gain counts as constant
FINE = 1 << 20  # densities in minor units ÷ 2^20, rounded up


class Density:
    """Upper bound of an offer's gain by line: on any part of its pieces it gains at most Σ ``lines`` of this part + ``extra``."""

    __slots__ = ("extra", "lines")

    def __init__(self, lines: dict[int, int], extra: int) -> None:
        self.lines, self.extra = lines, extra


def density(candidate: Candidate, done: Effect, state: State) -> Density:
    """Of an offer in a pool; kept for the state for which it was asked first, the beginning."""
    if candidate.dense is None:
        candidate.dense = state, _density(candidate, done, state)
    known, found = candidate.dense
    return found if known is state else _density(candidate, done, state)


def _density(candidate: Candidate, done: Effect, state: State) -> Density:
    """Sources: gain(part) ≤ rate × price(part) for each form, the rate at the threshold being the greatest."""
    rule, form = candidate.rule, candidate.rule.form
    quantities = candidate.goods.quantities
    pool = state.free.get(rule.pool, quantities)
    prices = candidate.goods.amounts if rule.list_base else state.start
    before = None if rule.list_base else state.before.get(rule.pool)
    lines: dict[int, int] = {}
    for place in candidate.places:
        free, quantity = pool[place], quantities[place]
        if free:
            price = prices[place] + (before[place] if before else 0)
            lines[place] = FINE * price if free == quantity else -(-FINE * price * free // quantity)
    kind = rule.kind
    if kind is forms.Percentage:
        return Density({place: FINE * _off(base, form.off) for place, base in lines.items()}, 0)
    if kind is forms.PerPiece:
        return Density(
            {
                place: min(base, FINE * ((form.amount * pool[place] + PIECE // 2) // PIECE))
                for place, base in lines.items()
            },
            0,
        )
    if kind is forms.Pieces:
        rate, whole = form.cheapest * form.off, form.buy * WHOLE
        return Density({place: -(-base * rate // whole) for place, base in lines.items()}, FINE // 2)
    if kind is forms.Price:
        each = form.pieces * PIECE
        return Density(
            {
                place: max(0, base - FINE * form.amount * pool[place] // each + 1)
                for place, base in lines.items()
            },
            0,
        )
    return _of_threshold(candidate, done, lines, pool)


def _of_threshold(candidate: Candidate, done: Effect, lines: dict[int, int], pool: Sequence[int]) -> Density:
    """Cash and what is given: so much for each threshold."""
    rule = candidate.rule
    if not rule.unit or (rule.of == NOTHING and not rule.reduces):
        return Density(dict.fromkeys(lines, 0), FINE * done.gain)
    if rule.of == AMOUNT:
        rates = {place: -(-base * rule.unit // rule.least) for place, base in lines.items()}
    elif rule.of == QUANTITY:
        rates = {place: -(-FINE * pool[place] * rule.unit // rule.least) for place in lines}
    elif rule.of == NOTHING:
        rates = lines
    else:
        rates = {place: -(-FINE * rule.unit // rule.least) for place in lines}
    if rule.reduces:
        rates = {place: min(rate, lines[place]) for place, rate in rates.items()}
    return Density(rates, 0)


def _off(base: int, off: int) -> int:
    """Half up, of a base rounded down, as the form does it."""
    return ((base // FINE) * off + WHOLE // 2) // WHOLE


def most_by_line(candidate: Candidate, done: Effect, first: State) -> tuple[bool, dict[int, int]]:
    """What the offer takes off each line at most, in minor units, in any state (but for rounding up); and whether it is in proportion to
    the line's price, so that it is less where that is less."""
    rule, start = candidate.rule, first.start
    if rule.kind is forms.Percentage and rule.most_amount > done.discount:
        return not rule.list_base, dict(zip(done.places, done.shares, strict=True))
    by_line = rule.kind is forms.Percentage or rule.kind is forms.PerPiece
    if not by_line and (rule.list_base or (rule.kind is forms.Cash and rule.of != AMOUNT)):
        return False, {place: min(start[place], done.discount) for place in candidate.places}
    lines = density(candidate, done, first).lines
    proportional = rule.kind is not forms.PerPiece and not rule.list_base
    return proportional, {place: min(start[place], rate // FINE) for place, rate in lines.items()}


def separate(candidates: Sequence[Candidate], gains: Sequence[int], mask: int) -> int:
    """Σ gains; of those that share an exclusion group only the greatest (each counts in its first group)."""
    total, greatest = 0, {}
    for position in bits(mask):
        gain, group = gains[position], candidates[position].rule.first_group
        if group is None:
            total += gain
        elif gain > greatest.get(group, 0):
            greatest[group] = gain
    return total + sum(greatest.values()) if greatest else total


def left(
    candidates: Sequence[Candidate],
    pools: Sequence[int],
    gains: Sequence[int],
    densities: Sequence[Density | None],
    mask: int,
    lost: tuple[int, int] = (0, 0),
) -> int:
    """What the offers of ``mask`` gain at most from now on. ``pools``: masks of the offers of each pool. ``lost``: (mask, minor units) of
    what the lines of the pool with this offer give less."""
    total = 0
    for pool in pools:
        if members := mask & pool:
            mask ^= members
            most = separate(candidates, gains, members)
            if members & (members - 1):
                most = min(most, _packed(densities, members) - (lost[1] if members & lost[0] else 0))
            total += most
    return total + separate(candidates, gains, mask)


def _packed(densities: Sequence[Density | None], members: int) -> int:
    total = 0
    for position in bits(members):
        total += densities[position].extra
    return (total + sum(greatest(densities, members).values())) // FINE


def greatest(densities: Sequence[Density | None], members: int) -> dict[int, int]:
    """Of each line the greatest density."""
    found: dict[int, int] = {}
    for position in bits(members):
        for place, rate in densities[position].lines.items():
            if rate > found.get(place, 0):
                found[place] = rate
    return found


class Later:
    """What the offers of later steps gain at most, as a function of what this step still takes off.

    With ``discount`` taken off in the step, of which at most ``outside`` does not fall on its goods, an offer finds at most
    base − max(0, discount − outside). So the step together with the later ones gains at most

        max over d ≤ most of  d + Σ over exclusion groups of the greatest gain at base − max(0, d − outside)

    Between the drops of thresholds this is convex in d, so the greatest value lies at a drop, at 0 or at ``most``.
    """

    __slots__ = ("constant", "groups", "masks", "sensitive")

    def __init__(self, candidates: Sequence[Candidate], effects: Sequence[Effect | None], later: int) -> None:
        self.sensitive: list[tuple[int, int, int, int, int]] = []
        self.masks: list[int] = []
        self.groups: list[object] = []
        self.constant: dict[object, int] = {}
        for position in bits(later):
            candidate, done = candidates[position], effects[position]
            group = candidate.rule.first_group or position
            known = _dependence(candidate, done) if candidate.depends else None
            if known:
                self.sensitive.append(known)
                self.masks.append(candidate.mask)
                self.groups.append(group)
            elif done.gain > self.constant.get(group, 0):
                self.constant[group] = done.gain

    def outside(self, done: Effect, candidate: Candidate, *, fixed: bool) -> tuple[int, ...]:
        """Of what the offer takes off, how much at most does not fall on the goods of each that depends. ``fixed``: its shares can't
        change within the step."""
        found = []
        for mask in self.masks:
            if not candidate.mask & ~mask:
                found.append(0)
            elif not fixed or not candidate.mask & mask:
                found.append(done.discount)
            else:
                parts = zip(done.places, done.shares, strict=True)
                found.append(sum(share for place, share in parts if not mask >> place & 1))
        return tuple(found)

    def inside(self, done: Effect) -> list[int]:
        """What the offer takes off the goods of each that depends."""
        parts = list(zip(done.places, done.shares, strict=True))
        return [sum(share for place, share in parts if mask >> place & 1) for mask in self.masks]

    def most(self, discount: int, outside: Sequence[int], taken: Sequence[int]) -> int:
        """``discount``: at most still taken off, ``outside`` of it at most not on their goods; ``taken`` already from their goods."""
        if not self.sensitive:
            return discount + sum(self.constant.values())
        points = {0, discount}
        for (base, least, _unit, times, _most), free, gone in zip(
            self.sensitive, outside, taken, strict=True
        ):
            if least:
                reserve = free + base - gone
                for multiple in range(
                    max(1, -(-(reserve - discount) // least)), min(times, reserve // least) + 1
                ):
                    points.add(reserve - least * multiple)
        return max(point + self._gain(point, outside, taken) for point in points)

    def _gain(self, discount: int, outside: Sequence[int], taken: Sequence[int]) -> int:
        best = self.constant.copy()
        for position, (base, least, unit, times, most) in enumerate(self.sensitive):
            fall = discount - outside[position]
            left = base - taken[position] - (fall if fall > 0 else 0)
            if left > 0:
                gain = unit * min(times, left // least) if least else left * unit // WHOLE + times
                group = self.groups[position]
                if gain > most:
                    gain = most
                if gain > best.get(group, 0):
                    best[group] = gain
        return sum(best.values())


def _dependence(candidate: Candidate, done: Effect) -> tuple[int, int, int, int, int] | None:
    """(base, least, worth of a time, times, gain) of a threshold; (base, 0, rate, rounding, –) of a percentage; else None."""
    rule = candidate.rule
    if rule.list_base or rule.pool:
        return None
    if rule.of == AMOUNT and rule.unit and done.times <= MULTIPLES:
        return done.base, rule.least, rule.unit, done.times, done.gain
    if rule.kind is forms.Percentage and rule.of in (NOTHING, AMOUNT) and rule.most_amount > done.gain:
        return done.base, 0, rule.form.off, (len(done.places) + 1) // 2 + 1, UNBOUNDED
    return None


def loss(
    densities: Sequence[Density | None], members: int, delayed: Density, other: int, *, whole: bool
) -> int:
    """What is lost at least, of the bound of a pool, if ``other`` comes before the ``delayed`` one and takes one of its lines."""
    if not whole:
        return 0
    lines = densities[other].lines
    losses = [
        max(densities[each].lines.get(place, 0) for each in bits(members)) - rate
        for place, rate in lines.items()
        if place in delayed.lines
    ]
    return min(losses, default=0) // FINE
