"""What is reached by taking one offer after the other, where the search can't be finished: the answer is never worse than that."""

from collections.abc import Sequence
from typing import NamedTuple

from campaigns.offers import meaning, states
from campaigns.offers.components import Component
from campaigns.offers.keys import EMPTY, Key, added
from campaigns.offers.states import Candidate, Effect, State


class Taken(NamedTuple):
    key: Key
    positions: tuple[int, ...]


def best(component: Component, single: dict[Candidate, Effect], first: State) -> Taken:
    """The better of two: in each step in the order of codes, or the greatest gain first."""
    codes = range(len(component.candidates))
    greatest = sorted(codes, key=lambda position: -single[component.candidates[position]].gain)
    return max((_taken(component, order, first) for order in (codes, greatest)), key=lambda taken: taken.key)


def _taken(component: Component, order: Sequence[int], first: State) -> Taken:
    state, key, chosen, barred = first, EMPTY, [], 0
    for number, step in enumerate(component.levels):
        state = states.next_step(state) if number else state
        for position in order:
            if step >> position & 1 and not barred >> position & 1:
                candidate = component.candidates[position]
                if done := meaning.effect(candidate, state):
                    state, key = states.apply(candidate, state, done), added(key, candidate, done)
                    chosen.append(position)
                    barred |= component.rivals[position]
    return Taken(key, tuple(chosen))
