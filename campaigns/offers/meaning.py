"""What one offer does to a basket in a state. The search finds the best sequence of these steps; this is what they mean.

Within a step (``stack``) all offers look at the prices at its beginning; a line's price never falls below 0. Of an offer in
a pool only pieces count that no other offer of the pool has used:

    base of a line = price at the beginning of the step (or list price) × free ÷ quantity, rounded down
    times          = 0 below the threshold, else 1, or base ÷ threshold rounded down for ``every``; at most what caps allow

An offer never gains more in a later state than in an earlier one: bases, free pieces and prices only fall, and every
form is a non-decreasing function of them. The search relies on that; tests/campaigns/offers/test_meaning.py holds it.
"""

from collections.abc import Sequence

from campaigns.offers.compiling import KINDS, NOTHING, QUANTITY, Rule
from campaigns.offers.effects import FORMS, GROUPED, worths_of
from campaigns.offers.states import Candidate, Effect, Goods, Seen, State


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
