"""What one offer does to a basket in a state. The search finds the best sequence of these steps; this is what they mean.

Within a step (``stack``) all offers look at the prices at its beginning; a line's price never falls below 0. Of an offer in
a pool only pieces count that no other offer of the pool has used:

    base of a line = price at the beginning of the step (or list price) × free ÷ quantity, rounded down
    times          = 0 below the threshold, else 1, or base ÷ threshold rounded down for ``every``; at most what caps allow

An offer never gains more in a later state than in an earlier one: bases, free pieces and prices only fall, and every
form is a non-decreasing function of them. The search relies on that; tests/campaigns/offers/test_meaning.py holds it.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from campaigns.offers import forms, groups
from campaigns.offers.amounts import apportion
from campaigns.offers.compiling import KINDS, NOTHING, QUANTITY, Rule
from campaigns.offers.scales import PIECE, WHOLE


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
    what its offers took off there, ``before`` this step and with it (``given``). ``taken``: coupons used, by template."""

    __slots__ = ("before", "free", "given", "net", "start", "taken")

    def __init__(
        self, start: list[int], net: list[int], free: dict, before: dict, given: dict, taken: dict
    ) -> None:
        self.start, self.net, self.free = start, net, free
        self.before, self.given, self.taken = before, given, taken


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


def beginning(amounts: Sequence[int]) -> State:
    net = list(amounts)
    return State(net, net, {}, {}, {}, {})


def next_step(state: State) -> State:
    """The same, seen by the offers of the next step."""
    return State(state.net, state.net, state.free, state.given, state.given, state.taken)


def effect(candidate: Candidate, state: State) -> Effect | None:
    """What the offer would do now; None if nothing."""
    rule, goods = candidate.rule, candidate.goods
    if rule.pool and rule.pool in state.free:
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
    found = FORMS[rule.kind](candidate, state, places, bases, free, times)
    return found and found._replace(base=base)


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
    after = State(state.start, state.net, state.free, state.before, state.given, state.taken)
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
    rule, goods = candidate.rule, candidate.goods
    pool, before = state.free[rule.pool], state.before.get(rule.pool)
    places = tuple(place for place in candidate.places if pool[place])
    free = [pool[place] for place in places]
    worths = worths_of(rule, goods, state.start, before, places)
    quantities = goods.quantities
    bases = [
        worth * left // quantities[place] for worth, left, place in zip(worths, free, places, strict=True)
    ]
    return places, free, bases


def worths_of(
    rule: Rule, goods: Goods, start: Sequence[int], before: Sequence[int] | None, places: Sequence[int]
) -> list[int]:
    """What all pieces of the lines would cost, were none used in the pool: what its offers took off was taken off used ones."""
    if rule.list_base:
        return [goods.amounts[place] for place in places]
    if before is None:
        return [start[place] for place in places]
    return [start[place] + before[place] for place in places]


def _use(candidate: Candidate, after: State, done: Effect) -> None:
    pool, goods = candidate.rule.pool, candidate.goods
    free = after.free.get(pool)
    free = list(goods.quantities) if free is None else free.copy()
    for position, place in enumerate(done.places):
        free[place] = 0 if done.used is None else free[place] - done.used[position]
    after.free = {**after.free, pool: free}
    if done.discount:
        given = after.given.get(pool)
        given = [0] * len(goods.quantities) if given is None else given.copy()
        for place, share in zip(done.places, done.shares, strict=True):
            given[place] += share
        after.given = {**after.given, pool: given}


def _reduced(
    total: int,
    times: int,
    places: tuple[int, ...],
    weights: Sequence[int],
    state: State,
    used: Sequence[int] | None,
) -> Effect | None:
    """``total`` off in proportion to ``weights``, or, where that would take a line below 0, to what the lines still cost."""
    nets = [state.net[place] for place in places]
    total = min(total, sum(nets))
    if not total:
        return None
    shares = apportion(total, weights) if any(weights) else nets
    if any(share > net for share, net in zip(shares, nets, strict=True)):
        shares = apportion(total, nets)
    return Effect(total, total, times, places, shares, used, 0)


def _line_by_line(rule: Rule, places: tuple[int, ...], offs: Sequence[int], state: State) -> Effect | None:
    """``offs`` of the lines, none below 0, together at most the cap."""
    net = state.net
    shares = [off if off <= net[place] else net[place] for off, place in zip(offs, places, strict=True)]
    total = sum(shares)
    if total > rule.most_amount:
        total, shares = rule.most_amount, apportion(rule.most_amount, shares)
    return Effect(total, total, 1, places, shares, None, 0) if total else None


def _cash(candidate, state, places, bases, free, times) -> Effect | None:
    rule = candidate.rule
    if not rule.reduces:
        return _given(candidate, state, places, bases, free, times)
    return _reduced(min(rule.form.amount * times, rule.most_amount), times, places, bases, state, None)


def _percentage(candidate, state, places, bases, free, times) -> Effect | None:
    off = candidate.rule.form.off
    offs = [(base * off + WHOLE // 2) // WHOLE for base in bases]
    return _line_by_line(candidate.rule, places, offs, state)


def _per_piece(candidate, state, places, bases, free, times) -> Effect | None:
    amount = candidate.rule.form.amount
    counts = free or [candidate.goods.quantities[place] for place in places]
    offs = [
        min((amount * count + PIECE // 2) // PIECE, base) for count, base in zip(counts, bases, strict=True)
    ]
    return _line_by_line(candidate.rule, places, offs, state)


def _price(candidate, state, places, bases, free, times) -> Effect | None:
    form = candidate.rule.form
    return _grouped(
        candidate, state, places, free, groups.for_price, pieces=form.pieces, amount=form.amount, times=times
    )


def _pieces(candidate, state, places, bases, free, times) -> Effect | None:
    form = candidate.rule.form
    parts = {"buy": form.buy, "cheapest": form.cheapest, "off": form.off}
    return _grouped(candidate, state, places, free, groups.cheapest_off, times=times, **parts)


def _grouped(candidate, state, places, free, found: Callable, **parts: int) -> Effect | None:
    """The discount falls on the pieces of the groups, in proportion to their price (of each line rounded down)."""
    rule, goods = candidate.rule, candidate.goods
    worths = worths_of(rule, goods, state.start, state.before.get(rule.pool), places)
    quantities = [goods.quantities[place] for place in places]
    total, times, used = found(worths, quantities, free or quantities, **parts)
    weights = [
        worth * taken // quantity for worth, taken, quantity in zip(worths, used, quantities, strict=True)
    ]
    kept = [position for position, taken in enumerate(used) if taken]
    places, weights, used = (tuple(each[position] for position in kept) for each in (places, weights, used))
    return _reduced(min(total, rule.most_amount), times, places, weights, state, used)


def _given(candidate, state, places, bases, free, times) -> Effect | None:
    return Effect(candidate.rule.unit * times, 0, times, places, bases, None, 0)


def _multiplier(candidate, state, places, bases, free, times) -> Effect | None:
    worth = max(1, (sum(bases) * candidate.rule.form.worth + WHOLE // 2) // WHOLE)
    return Effect(worth, 0, 1, places, bases, None, 0) if any(bases) else None


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
