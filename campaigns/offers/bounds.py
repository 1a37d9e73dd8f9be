"""How much the offers that are left can still gain at most, in minor units. Never too little."""

from collections.abc import Sequence

from campaigns.offers import forms
from campaigns.offers.compiling import AMOUNT, NOTHING, QUANTITY
from campaigns.offers.eligible import bits
from campaigns.offers.meaning import Candidate, Effect, State
from campaigns.offers.scales import PIECE, WHOLE

FINE = 1 << 20  # densities in minor units ÷ 2^20, rounded up


class Density:
    """Upper bound of an offer's gain by line: on any part of its pieces it gains at most Σ ``lines`` of this part + ``extra``."""

    __slots__ = ("extra", "lines")

    def __init__(self, lines: dict[int, int], extra: int) -> None:
        self.lines, self.extra = lines, extra


def density(candidate: Candidate, done: Effect, state: State) -> Density:
    """Of an offer in a pool. Sources: gain(part) ≤ rate × price(part) for each form, the rate at the threshold being the greatest."""
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


def most_by_line(candidate: Candidate, done: Effect, first: State) -> dict[int, int]:
    """What the offer takes off each line at most, in minor units, in any state."""
    rule = candidate.rule
    if rule.kind is forms.Percentage and rule.most_amount >= done.discount + 1:
        return dict(zip(done.places, done.shares, strict=True))
    by_line = rule.kind is forms.Percentage or rule.kind is forms.PerPiece
    if not by_line and (rule.list_base or (rule.kind is forms.Cash and rule.of != AMOUNT)):
        return {place: min(first.start[place], done.discount) for place in candidate.places}
    lines = density(candidate, done, first).lines
    return {place: rate // FINE + 1 for place, rate in lines.items()}


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
) -> int:
    """What the offers of ``mask`` gain at most from now on. ``pools``: masks of the offers of each pool."""
    total = 0
    for pool in pools:
        if members := mask & pool:
            mask ^= members
            most = separate(candidates, gains, members)
            if members & (members - 1):
                most = min(most, _packed(densities, members))
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
