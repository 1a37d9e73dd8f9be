"""What one offer does to a basket in a state. The search finds the best sequence of these steps; this is what they mean.

Within a step (``stack``) all offers look at the prices at its beginning; a line's price never falls below 0. Of an offer in
a pool only pieces count that no other offer of the pool has used:

    base of a line = price at the beginning of the step (or list price) × free ÷ quantity, rounded down
    times          = 0 below the threshold, else 1, or base ÷ threshold rounded down for ``every``; at most what caps allow

An offer never gains more in a later state than in an earlier one: bases, free pieces and prices only fall, and every
form is a non-decreasing function of them. The search relies on that; tests/campaigns/offers/test_meaning.py holds it.
"""

from collections.abc import Callable, Sequence
from operator import gt
from typing import NamedTuple

from campaigns.offers import forms, groups
from campaigns.offers.amounts import apportion
from campaigns.offers.compiling import KINDS, NOTHING, QUANTITY, Rule
from campaigns.offers.scales import PIECE, WHOLE

HALF = WHOLE // 2


class Goods:
    """The lines of a basket, in the order of their numbers."""

    __slots__ = ("amounts", "distinct", "numbers", "quantities", "skus")

    def __init__(
        self,
        *,
        numbers: Sequence[int],
        skus: Sequence[str],
        quantities: Sequence[int],
        amounts: Sequence[int],
    ) -> None:
        self.numbers, self.skus, self.quantities, self.amounts = numbers, skus, quantities, amounts
        self.distinct = len(set(skus)) == len(skus)


class Candidate:
    """An offer that could be about a basket. ``places``: its lines, ``mask``: the same as bits; ``most_times``: what all caps leave.
    ``depends``: whether what it does depends on prices that earlier steps leave."""

    __slots__ = ("coupons", "depends", "goods", "mask", "most_times", "places", "rule")

    def __init__(
        self,
        rule: Rule,
        goods: Goods,
        *,
        places: tuple[int, ...],
        most_times: int,
        coupons: tuple[str, ...] = (),
    ) -> None:
        self.rule, self.goods, self.places = rule, goods, places
        self.most_times, self.coupons = most_times, coupons
        mask = 0
        for place in places:
            mask |= 1 << place
        self.mask, self.depends = mask, False


class State:
    """Minor units by line: ``start`` at the beginning of the step, ``net`` now. By pool: ``free`` thousandths of each line, and
    what its offers took off there, ``before`` this step and with it (``given``); ``touched``: mask of the lines it used pieces of.
    ``taken``: coupons used, by template."""

    __slots__ = ("before", "free", "given", "net", "start", "taken", "touched")

    def __init__(self, start: list[int], net: list[int], of: "State | None" = None) -> None:
        self.start, self.net = start, net
        if of is None:
            self.free, self.before, self.given, self.taken, self.touched = {}, {}, {}, {}, {}
        else:
            self.free, self.before, self.given = of.free, of.before, of.given
            self.taken, self.touched = of.taken, of.touched


class Effect(NamedTuple):
    """``discount`` and ``worth`` in minor units; ``shares`` of the discount (of what is given: the bases) by ``places``; ``used``:
    thousandths; ``base`` as the threshold counts."""

    gain: int
    discount: int
    times: int
    places: tuple[int, ...]
    shares: Sequence[int]
    used: Sequence[int] | None
    base: int


class Seen(NamedTuple):
    """What an offer finds: its lines, their bases, the free thousandths (None: all), how often it may be applied, and the base as
    its threshold counts."""

    places: tuple[int, ...]
    bases: list[int]
    free: list[int] | None
    times: int
    base: int


def beginning(amounts: Sequence[int]) -> State:
    net = list(amounts)
    return State(net, net)


def next_step(state: State) -> State:
    """The same, seen by the offers of the next step."""
    after = State(state.net, state.net, state)
    after.before = state.given
    return after


def effect(candidate: Candidate, state: State) -> Effect | None:
    """What the offer would do now; None if nothing."""
    rule, goods = candidate.rule, candidate.goods
    if rule.pool and state.touched.get(rule.pool, 0) & candidate.mask:
        places, free, bases = _free(candidate, state)
        if not places:
            return None
    else:
        places, free = candidate.places, None
        prices = goods.amounts if rule.list_base else state.start
        bases = [prices[place] for place in places]
    base = measure(rule, goods, places, bases, free)
    times = _times(candidate, state, base)
    if not times:
        return None
    return FORMS[rule.kind](candidate, state, Seen(places, bases, free, times, base))


def measure(
    rule: Rule, goods: Goods, places: Sequence[int], bases: Sequence[int], free: Sequence[int] | None
) -> int:
    """Of its goods what the threshold counts: minor units, thousandths or kinds; minor units if there is none."""
    if rule.of == QUANTITY:
        return sum(free or [goods.quantities[place] for place in places])
    if rule.of == KINDS:
        return len(places) if goods.distinct else len({goods.skus[place] for place in places})
    return sum(bases)


def apply(candidate: Candidate, state: State, done: Effect) -> State:
    """The state afterwards; the one before is left as it is."""
    rule = candidate.rule
    after = State(state.start, state.net, state)
    if done.discount:
        after.net = net = state.net.copy()
        for place, share in zip(done.places, done.shares, strict=True):
            net[place] -= share
    if rule.pool:
        _use(candidate, after, done)
    if rule.template:
        after.taken = dict(state.taken)
        after.taken[rule.template] = after.taken.get(rule.template, 0) + coupons_taken(rule, done.times)
    return after


def coupons_taken(rule: Rule, times: int) -> int:
    """How many coupons an application takes."""
    if not rule.template:
        return 0
    return times if rule.every else 1


def _times(candidate: Candidate, state: State, base: int) -> int:
    rule = candidate.rule
    times = candidate.most_times
    if rule.template and state.taken:
        held = len(candidate.coupons) - state.taken.get(rule.template, 0)
        times = min(times, held) if rule.every or not held else times
    if rule.of == NOTHING:
        return times if rule.every or rule.kind in GROUPED else min(times, 1)
    if base < rule.least:
        return 0
    multiples = base // rule.least if rule.every else times if rule.kind in GROUPED else 1
    return min(times, multiples)


def _free(candidate: Candidate, state: State) -> tuple[tuple[int, ...], list[int], list[int]]:
    rule, quantities = candidate.rule, candidate.goods.quantities
    pool = state.free[rule.pool]
    places = tuple([place for place in candidate.places if pool[place]])
    free = [pool[place] for place in places]
    bases = worths_of(rule, candidate.goods, state, places)
    for position, place in enumerate(places):
        if free[position] != quantities[place]:
            bases[position] = bases[position] * free[position] // quantities[place]
    return places, free, bases


def worths_of(rule: Rule, goods: Goods, state: State, places: Sequence[int]) -> list[int]:
    """What all pieces of the lines would cost, were none used in the pool: what its offers took off was taken off used ones."""
    if rule.list_base:
        return [goods.amounts[place] for place in places]
    start, before = state.start, state.before.get(rule.pool)
    if before is None:
        return [start[place] for place in places]
    return [start[place] + before[place] for place in places]


def _use(candidate: Candidate, after: State, done: Effect) -> None:
    pool, goods = candidate.rule.pool, candidate.goods
    free = after.free.get(pool)
    free = list(goods.quantities) if free is None else free.copy()
    touched = after.touched.get(pool, 0)
    for position, place in enumerate(done.places):
        free[place] = 0 if done.used is None else free[place] - done.used[position]
        touched |= 1 << place
    after.free, after.touched = {**after.free, pool: free}, {**after.touched, pool: touched}
    if done.discount:
        given = after.given.get(pool)
        given = [0] * len(goods.quantities) if given is None else given.copy()
        for place, share in zip(done.places, done.shares, strict=True):
            given[place] += share
        after.given = {**after.given, pool: given}


def _cash(candidate: Candidate, state: State, seen: Seen) -> Effect | None:
    rule = candidate.rule
    if not rule.reduces:
        return _given(candidate, state, seen)
    return _reduced(min(rule.form.amount * seen.times, rule.most_amount), state, seen, seen.bases)


def _percentage(candidate: Candidate, state: State, seen: Seen) -> Effect | None:
    off = candidate.rule.form.off
    return _line_by_line(candidate.rule, state, seen, [(base * off + HALF) // WHOLE for base in seen.bases])


def _per_piece(candidate: Candidate, state: State, seen: Seen) -> Effect | None:
    amount, quantities = candidate.rule.form.amount, candidate.goods.quantities
    counts = seen.free or [quantities[place] for place in seen.places]
    counted = zip(counts, seen.bases, strict=True)
    offs = [min((amount * count + PIECE // 2) // PIECE, base) for count, base in counted]
    return _line_by_line(candidate.rule, state, seen, offs)


def _price(candidate: Candidate, state: State, seen: Seen) -> Effect | None:
    form = candidate.rule.form
    return _grouped(candidate, state, seen, groups.for_price, pieces=form.pieces, amount=form.amount)


def _pieces(candidate: Candidate, state: State, seen: Seen) -> Effect | None:
    form = candidate.rule.form
    found = groups.cheapest_off
    return _grouped(candidate, state, seen, found, buy=form.buy, cheapest=form.cheapest, off=form.off)


def _grouped(candidate: Candidate, state: State, seen: Seen, found: Callable, **parts: int) -> Effect | None:
    """The discount falls on the pieces of the groups, in proportion to their price (of each line rounded down)."""
    rule, goods = candidate.rule, candidate.goods
    worths = worths_of(rule, goods, state, seen.places)
    quantities = [goods.quantities[place] for place in seen.places]
    total, times, used = found(worths, quantities, seen.free or quantities, times=seen.times, **parts)
    if not total:
        return None
    kept = [position for position, taken in enumerate(used) if taken]
    weights = [worths[position] * used[position] // quantities[position] for position in kept]
    places, used = tuple([seen.places[position] for position in kept]), [used[position] for position in kept]
    narrowed = Seen(places, seen.bases, used, times, seen.base)
    return _reduced(min(total, rule.most_amount), state, narrowed, weights, used)


def _reduced(
    total: int, state: State, seen: Seen, weights: Sequence[int], used: Sequence[int] | None = None
) -> Effect | None:
    """``total`` off in proportion to ``weights``, or, where that would take a line below 0, to what the lines still cost."""
    net, places = state.net, seen.places
    nets = [net[place] for place in places]
    total = min(total, sum(nets))
    if not total:
        return None
    shares = apportion(total, weights) if any(weights) else nets
    if any(map(gt, shares, nets)):
        shares = apportion(total, nets)
    return Effect(total, total, seen.times, places, shares, used, seen.base)


def _line_by_line(rule: Rule, state: State, seen: Seen, offs: list[int]) -> Effect | None:
    """``offs`` of the lines, none below 0, together at most the cap."""
    net, places = state.net, seen.places
    if net is not state.start or rule.list_base:
        offs = [off if off <= net[place] else net[place] for off, place in zip(offs, places, strict=True)]
    total = sum(offs)
    if total > rule.most_amount:
        total, offs = rule.most_amount, apportion(rule.most_amount, offs)
    return Effect(total, total, 1, places, offs, None, seen.base) if total else None


def _given(candidate: Candidate, state: State, seen: Seen) -> Effect | None:
    return Effect(candidate.rule.unit * seen.times, 0, seen.times, seen.places, seen.bases, None, seen.base)


def _multiplier(candidate: Candidate, state: State, seen: Seen) -> Effect | None:
    worth = max(1, (sum(seen.bases) * candidate.rule.form.worth + HALF) // WHOLE)
    return Effect(worth, 0, 1, seen.places, seen.bases, None, seen.base) if any(seen.bases) else None


GROUPED = (forms.Price, forms.Pieces)
FORMS: dict[type, Callable[..., Effect | None]] = {
    forms.Cash: _cash,
    forms.Percentage: _percentage,
    forms.PerPiece: _per_piece,
    forms.Price: _price,
    forms.Pieces: _pieces,
    forms.Packet: _given,
    forms.GivenPoints: _given,
    forms.Voucher: _given,
    forms.Article: _given,
    forms.Multiplier: _multiplier,
}
