"""The best allowed sequence of offers, proven: depth first, with a bound on what is left (branch and bound).

Offers of a step commute unless they clash (share a pool and a line, share coupons, or could take a line to 0 together). So
in a node each offer is either next, or *delayed*: it comes later only after one that clashed with it, which enumerates
a set of commuting offers once (sleep sets, Godefroid 1996). What is left gains at most:

    Σ gains now (of each exclusion group only the greatest), and within a pool at most  Σ over lines of the greatest density

where the densities of an offer add up to at least its gain on any part of its goods (a feasible dual solution of the
packing problem). A node whose bound is below the best found holds nothing better. All numbers are whole.
"""

from collections.abc import Mapping, Sequence

from campaigns.offers import bounds, meaning, states
from campaigns.offers.bounds import Later
from campaigns.offers.components import Component
from campaigns.offers.effects import GROUPED
from campaigns.offers.eligible import bits
from campaigns.offers.keys import EMPTY, Key, added
from campaigns.offers.outlook import Node, Outlook
from campaigns.offers.states import Candidate, Effect, State


class Search:
    """The best sequence of one component. ``single``: what each would do alone, so also at the beginning of the first step;
    ``nodes``: how often an offer was looked at, of at most ``budget``."""

    def __init__(
        self,
        component: Component,
        single: Mapping[Candidate, Effect],
        first: State,
        *,
        nodes: int,
        budget: int,
    ) -> None:
        self.component, self.nodes, self.budget = component, nodes, budget
        self.first, self.single = first, [single[candidate] for candidate in component.candidates]
        self.key, self.chosen, self.open = (-1, 0, 0, 0), (), 0
        self.seen: dict[tuple, int] = {}

    def run(self) -> None:
        self._step(0, self.first, (), EMPTY, (1 << len(self.component.candidates)) - 1, 1 << 62)

    @property
    def bound(self) -> int:
        return max(self.key[0], self.open)

    def _step(self, level: int, state: State, chosen: tuple, key: Key, left: int, most: int) -> None:
        """From the beginning of a step on. ``left``: those that nothing excludes."""
        component = self.component
        if level == len(component.levels):
            self._keep(chosen, key)
            return
        state = states.next_step(state) if level else state
        step, free = component.levels[level], component.free
        for position in bits(left & step & free):
            done = self._begin(position, state, level)
            if done:
                state = states.apply(component.candidates[position], state, done)
                chosen, key = (*chosen, position), added(key, component.candidates[position], done)
        now, later = left & step & ~free, left & ~step
        if not now:
            self._step(level + 1, state, chosen, key, later, most)
            return
        node = self._opened(level, state, chosen, key, now, later)
        self._within(node, most)

    def _opened(self, level: int, state: State, chosen: tuple, key: Key, now: int, later: int) -> Node:
        """What every offer that is left would do at the beginning of the step."""
        candidates, count = self.component.candidates, len(self.component.candidates)
        effects, gains, densities, outside = [None] * count, [0] * count, [None] * count, [()] * count
        for position in bits(now | later):
            done = self._begin(position, state, level)
            if done:
                effects[position], gains[position] = done, done.gain
            else:
                now, later = now & ~(1 << position), later & ~(1 << position)
        beyond = Later(candidates, effects, later)
        seen = state if level else self.first
        for position in bits(now & self.component.pooled):
            densities[position] = bounds.density(candidates[position], effects[position], seen)
        for position in bits(now & self.component.reducing):
            outside[position] = self._outside(position, beyond, effects[position])
        taken = [0] * len(beyond.masks)
        order = self._order(now, effects, gains, densities)
        parts = (beyond, taken, order, effects, gains, densities, outside)
        return Node(level, state, chosen, key, now, 0, later, *parts)

    def _outside(self, position: int, beyond: Later, done: Effect) -> tuple[int, ...]:
        component = self.component
        fixed = not component.clipped and not component.clashes[position]
        return beyond.outside(done, component.candidates[position], fixed=fixed)

    def _within(self, node: Node, most: int) -> None:
        """``most``: what is known already to bound the gain."""
        component = self.component
        awake, delayed = node.awake, node.delayed
        outlook = Outlook(component, node)
        most = min(most, outlook.most())
        if most < self.key[0] or self._was_seen(node):
            return
        for position in node.order:
            one = 1 << position
            if not awake & one:
                continue
            if self.nodes >= self.budget and self.key[0] >= 0:
                self.open = max(self.open, most)
                return
            awake ^= one
            self.nodes += 1
            if node.effects[position] is not None:
                self._take(node, position, awake, delayed, most)
            clashing = component.clashes[position] & (awake | delayed)
            without = outlook.without(position)
            if clashing:
                lost = self._loss(node, position, clashing, awake | delayed | one)
                without = max(without, outlook.woken(position, lost))
                delayed |= one
            else:
                outlook.drop(position)
            most = min(most, without)
            if most < self.key[0]:
                return
        self._step(node.level + 1, node.state, node.chosen, node.key, node.later, most)

    def _take(self, node: Node, position: int, awake: int, delayed: int, most: int) -> None:
        """``position`` is next."""
        component, beyond, taken = self.component, node.beyond, node.taken
        candidate, done = component.candidates[position], node.effects[position]
        state = states.apply(candidate, node.state, done)
        allowed = ~component.rivals[position]
        if done.discount and taken:
            taken = [gone + more for gone, more in zip(taken, beyond.inside(done), strict=True)]
        after = node._replace(
            state=state,
            chosen=(*node.chosen, position),
            key=added(node.key, candidate, done),
            awake=awake & allowed,
            delayed=delayed & allowed,
            later=node.later & allowed,
            taken=taken,
        )
        met = component.hard[position]
        lines = _lines(done.places)
        for other in bits(component.clashes[position] & (after.awake | after.delayed) & ~met):
            if lines & component.candidates[other].mask:
                met |= 1 << other
        met &= after.awake | after.delayed
        self._within(self._again(after, met) if met else after, most)

    def _again(self, node: Node, met: int) -> Node:
        """Those that clashed with what was just taken are looked at again, and no longer delayed."""
        component, awake, delayed = self.component, node.awake | met, node.delayed & ~met
        effects, gains, densities = node.effects.copy(), node.gains.copy(), node.densities.copy()
        outside = node.outside.copy()
        for other in bits(met):
            one, again = 1 << other, self._look(other, node.state)
            effects[other] = again
            if component.clipped:
                continue
            if again is None:
                awake ^= one
                continue
            gains[other] = again.gain
            if component.reducing & one:
                outside[other] = self._outside(other, node.beyond, again)
            if component.pooled & one:
                densities[other] = bounds.density(component.candidates[other], again, node.state)
        for other in bits(delayed):
            if not component.clashes[other] & (awake | delayed):
                delayed ^= 1 << other
        order = self._order(awake | delayed, effects, gains, densities)
        return node._replace(
            awake=awake,
            delayed=delayed,
            order=order,
            effects=effects,
            gains=gains,
            densities=densities,
            outside=outside,
        )

    def _begin(self, position: int, state: State, level: int) -> Effect | None:
        """At the beginning of a step. What was taken then at the beginning of the first one takes nothing from any other."""
        if level:
            return self._look(position, state)
        self.nodes += 1
        return self.single[position]

    def _look(self, position: int, state: State) -> Effect | None:
        self.nodes += 1
        return meaning.effect(self.component.candidates[position], state)

    def _loss(self, node: Node, position: int, clashing: int, members: int) -> int:
        """How much the bound falls if one of ``clashing`` comes before ``position``."""
        component = self.component
        if component.clipped or component.hard[position] & clashing:
            return 0
        members &= next(pool for pool in component.pools if pool >> position & 1) & component.reducing
        if clashing & ~members:
            return 0
        delayed = node.densities[position]
        return min(
            bounds.loss(node.densities, members, delayed, other, whole=self._is_whole(other))
            for other in bits(clashing)
        )

    def _is_whole(self, position: int) -> bool:
        return self.component.candidates[position].rule.kind not in GROUPED

    def _order(self, mask: int, effects: list, gains: list[int], densities: list) -> list[int]:
        """Those without a pool first, the greatest first; then those of pools that spoil least."""
        component, pooled = self.component, mask & self.component.pooled
        positions = sorted(bits(mask & ~pooled), key=lambda position: -gains[position])
        if not pooled or component.clipped:
            return positions + sorted(bits(pooled), key=lambda position: -gains[position])
        spoiled = {}
        for pool in component.pools:
            best = bounds.greatest(densities, mask & pool)
            for position in bits(mask & pool):
                places = effects[position].places
                spoiled[position] = (
                    sum(best.get(place, 0) for place in places) - gains[position] * bounds.FINE
                )
        return positions + sorted(
            spoiled, key=lambda position: (spoiled[position], -gains[position], position)
        )

    def _was_seen(self, node: Node) -> bool:
        """Whether the same was reached before with at least as much freedom."""
        if not any(self.component.clashes):
            return False
        state = node.state
        pools = tuple((pool, *free, *state.given.get(pool, ())) for pool, free in sorted(state.free.items()))
        taken = tuple(sorted(state.taken.items()))
        chosen = frozenset(node.chosen)
        mark = (node.level, chosen, node.key, tuple(state.start), tuple(state.net), pools, taken)
        before = self.seen.get(mark)
        if before is not None:
            awake, either = before
            if not (node.awake & ~awake or node.delayed & ~either):
                return True
        self.seen[mark] = (node.awake, node.awake | node.delayed)
        return False

    def _keep(self, chosen: tuple[int, ...], key: Key) -> None:
        if key > self.key or (key == self.key and sorted(chosen) < sorted(self.chosen)):
            self.key, self.chosen = key, chosen


def first_bound(
    component: Component, single: Mapping[Candidate, Effect], first: State, *, nodes: int
) -> tuple[int, int]:
    """What the component gains at most, at a glance, and how often offers have been looked at then."""
    search = Search(component, single, first, nodes=nodes, budget=0)
    search.key = EMPTY
    search.run()
    return search.bound, search.nodes


def _lines(places: Sequence[int]) -> int:
    mask = 0
    for place in places:
        mask |= 1 << place
    return mask
