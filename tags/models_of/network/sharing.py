"""A graph of who reached whom: people may be reached by several, and in circles."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tags.models_of.network import distinct

DAMPING, CLOSE, ROUNDS = 0.85, 1e-10, 200


@dataclass(frozen=True)
class Graph:
    """Distinct arrows ``source[i]`` → ``target[i]`` among nodes 0 … ``size`` − 1, none to itself; see ``of``."""

    size: int
    source: np.ndarray
    target: np.ndarray

    @property
    def reached(self) -> np.ndarray:
        """Of each node: how many it reached itself (out-degree)."""
        return np.bincount(self.source, minlength=self.size)

    @property
    def reached_by(self) -> np.ndarray:
        return np.bincount(self.target, minlength=self.size)

    @cached_property
    def neighbours(self) -> tuple[np.ndarray, np.ndarray]:
        """(starts, others): the others of node i, without arrows and ascending, are others[starts[i]:starts[i + 1]]."""
        ends = np.concatenate([self.source, self.target]), np.concatenate([self.target, self.source])
        near, far = distinct.pairs(*ends, size=self.size)
        return np.concatenate([[0], np.cumsum(np.bincount(near, minlength=self.size))]), far

    @property
    def degree(self) -> np.ndarray:
        """Distinct neighbours, whichever way the arrow points."""
        return np.diff(self.neighbours[0])

    def pagerank(self) -> np.ndarray:
        """Who reached many, and those who did: each person hands his rank to those by whom he was reached, against the
        arrows (Page and others, "The PageRank citation ranking", 1999). Equals networkx.pagerank of the graph turned
        round: damping 0.85, the rank of who was reached by nobody goes to all alike."""
        handed = self.reached_by.astype(np.float64)
        rank = np.full(self.size, 1 / max(self.size, 1))
        for _round in range(ROUNDS):
            each = np.divide(rank, handed, out=np.zeros(self.size), where=handed > 0)
            flow = np.bincount(self.source, weights=each[self.target], minlength=self.size)
            even = DAMPING * rank[handed == 0].sum() + 1 - DAMPING
            after = DAMPING * flow + even / max(self.size, 1)
            if np.abs(after - rank).sum() < CLOSE:
                return after
            rank = after
        return rank


def of(*, source: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, Graph]:
    """(ids of the nodes, ascending; their graph). Arrows told twice count once, those to oneself not at all."""
    apart = source != target
    ids = np.concatenate([source[apart], target[apart]]).astype(np.int64)
    nodes = distinct.of(ids)
    places = np.searchsorted(nodes, ids)
    half, size = len(places) // 2, len(nodes)
    return nodes, Graph(size, *distinct.pairs(places[:half], places[half:], size=size))


def outgoing(starts: np.ndarray, nodes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(which of ``nodes``, place in the list of others) for every neighbour of these nodes."""
    counts = starts[nodes + 1] - starts[nodes]
    which = np.repeat(np.arange(len(nodes)), counts)
    first = np.repeat(starts[nodes] - (np.cumsum(counts) - counts), counts)
    return which, first + np.arange(len(which))
