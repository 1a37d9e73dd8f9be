"""Measures of trees of people, all nodes at once.

A node knows its parent; ancestors 1, 2, 4, 8, … steps up are found by doubling (Wyllie, "The complexity of parallel
computations", 1979). What lies within 2^(k+1) steps below a node is what lies within 2^k, and the same of those whose
2^k-th ancestor it is. So each measure is log2(height) passes over arrays, O(n log h): no loop over nodes or levels, and a
chain of a million people takes no longer than anything else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Forest:
    """``parent[i]``: the place of node i's parent, −1 of a root. There must be no circle (``referring.first``)."""

    parent: np.ndarray

    def __len__(self) -> int:
        return len(self.parent)

    def _jumps(self) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """(steps, nodes that have an ancestor so far up, that ancestor)."""
        steps, nodes, above = 1, np.flatnonzero(self.parent >= 0), self.parent
        while len(nodes):
            yield steps, nodes, above[nodes]
            further = np.full(len(self), -1, dtype=np.int64)
            further[nodes] = above[above[nodes]]
            steps, above = 2 * steps, further
            nodes = np.flatnonzero(above >= 0)

    def below(self, values: np.ndarray, *, decay: float = 1.0) -> np.ndarray:
        """Of each node: its own value, and those of all below it, each times decay^(steps down)."""
        total = values.astype(np.float64)
        for steps, nodes, above in self._jumps():
            total = total + decay**steps * np.bincount(above, weights=total[nodes], minlength=len(self))
        return total

    def brought(self, values: np.ndarray, *, decay: float) -> np.ndarray:
        """The values of those below: whom a node brought himself whole, each step further down times ``decay``."""
        return self._of_children(self.below(values, decay=decay))

    def _of_children(self, values: np.ndarray) -> np.ndarray:
        nodes = np.flatnonzero(self.parent >= 0)
        return np.bincount(self.parent[nodes], weights=values[nodes], minlength=len(self))

    @cached_property
    def direct(self) -> np.ndarray:
        return np.bincount(self.parent[self.parent >= 0], minlength=len(self))

    @cached_property
    def size(self) -> np.ndarray:
        """Nodes in the tree below each, itself counted."""
        return self.below(np.ones(len(self))).astype(np.int64)

    @cached_property
    def descendants(self) -> np.ndarray:
        return self.size - 1

    @cached_property
    def depth(self) -> np.ndarray:
        """Steps from the root."""
        depth = (self.parent >= 0).astype(np.int64)
        for _steps, nodes, above in self._jumps():
            depth[nodes] += depth[above]
        return depth

    @cached_property
    def height(self) -> np.ndarray:
        """Steps to the deepest node below."""
        height = np.zeros(len(self), dtype=np.int64)
        for steps, nodes, above in self._jumps():
            reached = height.copy()
            np.maximum.at(reached, above, steps + height[nodes])
            height = reached
        return height

    @cached_property
    def root(self) -> np.ndarray:
        top = np.where(self.parent >= 0, self.parent, np.arange(len(self)))
        while not np.array_equal(further := top[top], top):
            top = further
        return top

    def under(self, node: int) -> np.ndarray:
        """Whether each node is this one or below it."""
        inside = np.zeros(len(self), dtype=bool)
        inside[node] = True
        for _steps, nodes, above in self._jumps():
            inside[nodes] |= inside[above]
        return inside

    def generations(self, node: int) -> list[int]:
        """How many are 1, 2, 3, … steps below the node."""
        steps = self.depth[self.under(node)] - self.depth[node]
        return np.bincount(steps)[1:].tolist()

    @cached_property
    def passes(self) -> np.ndarray:
        """Betweenness along the arrows: pairs of somebody above and somebody below whose only way leads through the
        node, so depth × descendants. Equals networkx.betweenness_centrality(…, normalized=False) of the directed tree."""
        return self.depth * self.descendants

    @cached_property
    def parts(self) -> np.ndarray:
        """Betweenness without arrows: pairs of others that the node alone joins. Taken out, it leaves the trees of its
        children and what is above; pairs within one of these stay joined."""
        others = self.size[self.root] - 1
        above = others - self.descendants
        kept = self._of_children(self.size.astype(np.float64) ** 2) + above.astype(np.float64) ** 2
        return (others.astype(np.float64) ** 2 - kept) / 2
