"""A basket on its way through the offers: what the lines cost, which pieces and coupons are used."""

from collections.abc import Sequence
from typing import NamedTuple

from campaigns.offers.compiling import Rule


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
    ``depends``: whether what it does depends on prices that earlier steps leave. ``dense``: its density at the beginning, once
    somebody asked."""

    __slots__ = ("coupons", "dense", "depends", "goods", "mask", "most_times", "places", "rule")

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
        self.dense: tuple[State, object] | None = None


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
