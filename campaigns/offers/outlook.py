"""A place in the search, and what can be gained from there."""

from typing import NamedTuple

from campaigns.offers import bounds
from campaigns.offers.bounds import Density, Later
from campaigns.offers.components import Component
from campaigns.offers.eligible import bits
from campaigns.offers.keys import Key
from campaigns.offers.states import Effect, State


class Node(NamedTuple):
    """Inside a step: ``awake`` may be next, ``delayed`` only after a clash; ``later``: of later steps, not excluded, ``beyond``
    what those gain; ``taken``: from their goods in this step. Masks of positions; ``order``: of all that are awake."""

    level: int
    state: State
    chosen: tuple[int, ...]
    key: Key
    awake: int
    delayed: int
    later: int
    beyond: Later
    taken: list[int]
    order: list[int]
    effects: list[Effect | None]
    gains: list[int]
    densities: list[Density | None]
    outside: list[tuple[int, ...]]


class Outlook:
    """What can be gained in all from a node on. Of offers without pool and group it is told by subtraction."""

    def __init__(self, component: Component, node: Node) -> None:
        self.component, self.node = component, node
        self.plain = ~(component.pooled | component.grouped) if not component.clipped else ~component.grouped
        self.mask = node.awake | node.delayed
        self.given = self._left(self.mask & ~component.reducing)
        self.reduced = self._left(self.mask & component.reducing)
        self.outside = [0] * len(node.taken)
        if node.taken:
            columns = [node.outside[position] for position in bits(self.mask & component.reducing)]
            self.outside = [sum(column) for column in zip(*columns, strict=True)] or self.outside

    def most(self) -> int:
        node = self.node
        return node.key[0] + self.given + node.beyond.most(self.reduced, self.outside, node.taken)

    def without(self, position: int) -> int:
        """The same, were this one not there."""
        node = self.node
        given, reduced, outside = self._less(position)
        return node.key[0] + given + node.beyond.most(reduced, outside, node.taken)

    def woken(self, position: int, lost: int) -> int:
        """The same, if it comes only after another one of its pool, by which the pool's lines give so much less."""
        node, component = self.node, self.component
        if not component.reducing >> position & 1:
            return self.most()
        reduced = self._left(self.mask & component.reducing, (1 << position, lost))
        return node.key[0] + self.given + node.beyond.most(reduced, self.outside, node.taken)

    def drop(self, position: int) -> None:
        """It is not there any more."""
        self.given, self.reduced, self.outside = self._less(position)
        self.mask &= ~(1 << position)

    def _less(self, position: int) -> tuple[int, int, list[int]]:
        one, component, node = 1 << position, self.component, self.node
        given, reduced, outside = self.given, self.reduced, self.outside
        if one & component.reducing:
            plain = one & self.plain
            reduced = (
                reduced - node.gains[position] if plain else self._left(self.mask & component.reducing & ~one)
            )
            outside = [all_of - its for all_of, its in zip(outside, node.outside[position], strict=True)]
        elif one & self.plain:
            given -= node.gains[position]
        else:
            given = self._left(self.mask & ~component.reducing & ~one)
        return given, reduced, outside

    def _left(self, mask: int, lost: tuple[int, int] = (0, 0)) -> int:
        component, node = self.component, self.node
        pools = () if component.clipped else component.pools
        return bounds.left(component.candidates, pools, node.gains, node.densities, mask, lost)
