"""Betweenness: how many shortest ways between two others lead through a person, without arrows.

Brandes, "A faster algorithm for betweenness centrality" (2001): one search from each node. As long as no more than ``LOOKS`` edges
are looked at, this is done from every node and is exact; else from nodes drawn at random (Brandes and Pich, "Centrality
estimation in large networks", 2007), with the draw's own standard error.
"""

from dataclasses import dataclass

import numpy as np

from tags.models_of.network import distinct
from tags.models_of.network.sharing import Graph, outgoing

LOOKS = 60_000_000  # edges, over all searches
FEWEST = 24  # searches, however large the graph is
SEED = 20010225
MANY = 20


@dataclass(frozen=True)
class Betweenness:
    """``values``: pairs of others, as networkx.betweenness_centrality(…, normalized=False) counts them. ``error``: their
    standard error, zeros where ``searches`` began at every node; it is too small for a node that few of the searches
    met (on a drawn network of 2,000, 200 searches: 88 of 100 of the true values lie within two of it, not 95)."""

    values: np.ndarray
    error: np.ndarray
    searches: int

    @property
    def exact(self) -> bool:
        return self.searches == len(self.values)


def of(graph: Graph, *, looks: int = LOOKS) -> Betweenness:
    edges = max(len(graph.neighbours[1]), 1)
    searches = min(graph.size, max(FEWEST, looks // edges))
    begun = np.arange(graph.size)
    if searches < graph.size:
        begun = np.random.default_rng(SEED).choice(graph.size, size=searches, replace=False)
    total, squares = np.zeros(graph.size), np.zeros(graph.size)
    for node in begun.tolist():
        nodes, passed = _from(graph, node)
        total[nodes] += passed
        squares[nodes] += passed**2
    return Betweenness(*_scaled(total, squares, searches, graph.size), searches)


def _scaled(
    total: np.ndarray, squares: np.ndarray, searches: int, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Each pair was met from both its ends, or would be: halved. Standard error of a draw without replacement."""
    if searches == size or searches < 2:
        return total / 2 * (size / max(searches, 1)), np.zeros(size)
    spread = np.maximum(squares - total**2 / searches, 0) / (searches - 1)
    error = size / 2 * np.sqrt(spread / searches * (1 - searches / size))
    return total / 2 * (size / searches), error


def _from(graph: Graph, start: int) -> tuple[np.ndarray, np.ndarray]:
    """(nodes reached, what passes through each on the shortest ways from ``start``)."""
    starts, others = graph.neighbours
    steps = np.full(graph.size, -1, dtype=np.int32)
    ways, passed = np.zeros(graph.size), np.zeros(graph.size)
    steps[start], ways[start] = 0, 1
    front, found, levels = np.array([start]), [np.array([start])], []
    while len(front):
        which, places = outgoing(starts, front)
        far = others[places]
        steps[far[steps[far] < 0]] = len(found)
        onward = steps[far] == len(found)
        near, far = front[which[onward]], far[onward]
        _add(ways, far, ways[near])
        levels.append((near, far))
        front = _level(steps, far, len(found))
        found.append(front)
    for near, far in reversed(levels):
        _add(passed, near, ways[near] / ways[far] * (1 + passed[far]))
    passed[start] = 0
    nodes = np.concatenate(found)
    return nodes, passed[nodes]


def _add(total: np.ndarray, places: np.ndarray, values: np.ndarray) -> None:
    if len(places) * MANY < len(total):
        np.add.at(total, places, values)
    else:
        total += np.bincount(places, weights=values, minlength=len(total))


def _level(steps: np.ndarray, reached: np.ndarray, step: int) -> np.ndarray:
    """The nodes reached in this step, ascending: looked for among all where they are many."""
    return distinct.of(reached) if len(reached) * MANY < len(steps) else np.flatnonzero(steps == step)
