"""Offers that bear upon one another, and those that don't: the problem falls into parts that are solved apart.

Two offers are of one part if they share an exclusion group, a pool and a line, or coupons; if together they could take a line
below 0 within a step; or if one reduces a line whose price the other, in a later step, depends on. An offer whose effect would be
the same at the lowest prices that all others could leave depends on none.
"""

from collections.abc import Sequence

from campaigns.offers import bounds, meaning
from campaigns.offers.meaning import Candidate, Effect, State

Found = tuple[Candidate, Effect]  # with what it would do alone


class Component:
    """Candidates in the order of the rules. By position, as masks: ``clashes`` with others of the same step, with which it does not
    commute, ``hard`` among them those that don't just share lines of a pool; ``rivals``: never in one basket with it.
    ``levels``: the steps; ``pooled``: those in pools, ``pools`` one by one. ``clipped``: a line could reach 0 within a step."""

    __slots__ = ("candidates", "clashes", "clipped", "hard", "levels", "pooled", "pools", "rivals")

    def __init__(self, candidates: Sequence[Candidate], risky: frozenset[tuple[int, int]]) -> None:
        self.candidates = candidates
        self.clipped = any((each.rule.stack, place) in risky for each in candidates for place in each.places)
        count = range(len(candidates))
        self.rivals, self.clashes, self.hard = ([0 for _ in count] for _ in range(3))
        for one in count:
            for other in range(one):
                self._relate(one, other, risky)
        stacks = sorted({candidate.rule.stack for candidate in candidates})
        self.levels = [self._mask(lambda rule, stack=stack: rule.stack == stack) for stack in stacks]
        names = sorted({candidate.rule.pool for candidate in candidates} - {""})
        self.pools = [self._mask(lambda rule, name=name: rule.pool == name) for name in names]
        self.pooled = sum(self.pools)

    def _relate(self, one: int, other: int, risky: frozenset[tuple[int, int]]) -> None:
        a, b = self.candidates[one], self.candidates[other]
        if not a.rule.groups.isdisjoint(b.rule.groups):
            _both(self.rivals, one, other)
        if a.rule.stack == b.rule.stack:
            if shares_coupons(a, b) or _may_clip(a, b, risky):
                _both(self.hard, one, other)
                _both(self.clashes, one, other)
            elif shares_pool(a, b):
                _both(self.clashes, one, other)

    def _mask(self, true) -> int:
        return sum(1 << position for position, each in enumerate(self.candidates) if true(each.rule))


def split(found: Sequence[Found], first: State) -> list[Component]:
    """In the order of their first rules."""
    candidates = [candidate for candidate, _done in found]
    risky = _risky(found, first)
    leaders = list(range(len(found)))
    dependent = _dependent(found, first)
    for one, a in enumerate(candidates):
        for other in range(one):
            b = candidates[other]
            if _bear(a, b, a_depends=one in dependent, b_depends=other in dependent, risky=risky):
                _join(leaders, one, other)
    parts: dict[int, list[Candidate]] = {}
    for position, candidate in enumerate(candidates):
        parts.setdefault(_leader(leaders, position), []).append(candidate)
    return [Component(part, risky) for part in parts.values()]


def shares_pool(a: Candidate, b: Candidate) -> bool:
    return bool(a.rule.pool) and a.rule.pool == b.rule.pool and not set(a.places).isdisjoint(b.places)


def shares_coupons(a: Candidate, b: Candidate) -> bool:
    return bool(a.rule.template) and a.rule.template == b.rule.template


def _bear(a: Candidate, b: Candidate, *, a_depends: bool, b_depends: bool, risky: frozenset) -> bool:
    if not a.rule.groups.isdisjoint(b.rule.groups) or shares_coupons(a, b) or shares_pool(a, b):
        return True
    early, late, depends = (a, b, b_depends) if a.rule.stack < b.rule.stack else (b, a, a_depends)
    if early.rule.stack == late.rule.stack:
        return _may_clip(a, b, risky)
    return early.rule.reduces and depends and not set(early.places).isdisjoint(late.places)


def _may_clip(a: Candidate, b: Candidate, risky: frozenset) -> bool:
    if not (risky and a.rule.reduces and b.rule.reduces and a.rule.stack == b.rule.stack):
        return False
    return any((a.rule.stack, place) in risky for place in set(a.places) & set(b.places))


def _risky(found: Sequence[Found], first: State) -> frozenset[tuple[int, int]]:
    """Steps and places where all offers of the step together could take off more than the line costs then."""
    lowest = first.net
    risky = set()
    stacks = sorted({candidate.rule.stack for candidate, _done in found})
    for stack in stacks:
        falls = _falls([each for each in found if each[0].rule.stack == stack], first)
        after = [low - fall for low, fall in zip(lowest, falls, strict=True)]
        risky |= {(stack, place) for place, low in enumerate(after) if low < 0 and falls[place]}
        lowest = [max(low, 0) for low in after]
    return frozenset(risky)


def _falls(found: Sequence[Found], first: State) -> list[int]:
    """How much they could take off each line at most: in a pool its greatest density, else all of them together."""
    falls = [0] * len(first.net)
    pools: dict[str, dict[int, int]] = {}
    for candidate, done in found:
        if candidate.rule.reduces:
            pooled = pools.setdefault(candidate.rule.pool, {})
            for place, rate in bounds.density(candidate, done, first).lines.items():
                falls[place] += 1
                rate //= bounds.FINE
                known = pooled.get(place, 0)
                pooled[place] = max(known, rate) if candidate.rule.pool else known + rate
    for pooled in pools.values():
        for place, rate in pooled.items():
            falls[place] += rate
    return falls


def _dependent(found: Sequence[Found], first: State) -> set[int]:
    """Positions of those whose effect depends on what earlier steps leave."""
    falls = _falls(found, first)
    lowest = meaning.beginning([max(net - fall, 0) for net, fall in zip(first.net, falls, strict=True)])
    dependent, read = set(), set()
    for position in reversed(range(len(found))):
        candidate, done = found[position]
        worst = meaning.effect(candidate, lowest)
        steady = worst is not None and worst.gain == done.gain
        if not steady or (candidate.rule.reduces and not read.isdisjoint(candidate.places)):
            dependent.add(position)
            read |= set(candidate.places)
    return dependent


def _both(masks: list[int], one: int, other: int) -> None:
    masks[one] |= 1 << other
    masks[other] |= 1 << one


def _leader(leaders: list[int], position: int) -> int:
    while leaders[position] != position:
        position = leaders[position]
    return position


def _join(leaders: list[int], one: int, other: int) -> None:
    a, b = _leader(leaders, one), _leader(leaders, other)
    leaders[max(a, b)] = min(a, b)
