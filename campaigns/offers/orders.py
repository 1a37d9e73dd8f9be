"""Of all orders of a set that are equally good the smallest, so that the answer is one."""

from collections.abc import Mapping, Sequence

from campaigns.offers import meaning, states
from campaigns.offers.components import Component
from campaigns.offers.eligible import bits
from campaigns.offers.keys import EMPTY, Key, added
from campaigns.offers.states import Candidate, Effect, State


def smallest_order(
    component: Component, single: Mapping[Candidate, Effect], first: State, chosen: Sequence[int], key: Key, *,
    budget: int,
) -> tuple[int, ...]:  # fmt: skip
    """Of all orders of ``chosen`` that give ``key`` the smallest; as it is, if that takes more than ``budget`` looks."""
    ordered = tuple(sorted(chosen))
    if not any(component.clashes[one] >> other & 1 for one in chosen for other in chosen):
        return ordered
    known = {position: single[component.candidates[position]] for position in chosen}
    found = _Order(component, key, budget - len(known)).find(
        first, (), EMPTY, sum(1 << one for one in chosen), 0, known
    )
    return found or tuple(chosen)


class _Order:
    def __init__(self, component: Component, key: Key, budget: int) -> None:
        self.component, self.key, self.budget = component, key, budget

    def find(
        self,
        state: State,
        order: tuple[int, ...],
        key: Key,
        left: int,
        level: int,
        known: dict[int, Effect | None],
        failed: int = 0,
    ) -> tuple[int, ...]:
        """``known``: what each one would do now, as far as it is known. ``failed``: those that can't be next, as nothing that clashes
        with them was taken since they were tried (whatever else was taken commutes with them)."""
        self.budget -= 1
        if not left:
            return order if key == self.key else ()
        component = self.component
        while not left & component.levels[level]:
            level, state, known, failed = level + 1, states.next_step(state), {}, 0
        for position in bits(left):
            if position not in known:
                known[position] = meaning.effect(component.candidates[position], state)
                self.budget -= 1
        reach = key[0] + sum(known[position].gain for position in bits(left) if known[position])
        if self.budget < 0 or (reach < self.key[0] and not component.clipped):
            return ()
        for position in bits(left & component.levels[level] & ~failed):
            if done := known[position]:
                candidate, rest = component.candidates[position], left & ~(1 << position)
                again = component.clashes[position] & rest
                kept = (
                    {other: effect for other, effect in known.items() if not again >> other & 1}
                    if again
                    else known
                )
                found = self.find(
                    states.apply(candidate, state, done),
                    (*order, position),
                    added(key, candidate, done),
                    rest,
                    level,
                    kept,
                    failed & ~component.clashes[position],
                )
                if found or not again:
                    return found
                failed |= 1 << position
        return ()
