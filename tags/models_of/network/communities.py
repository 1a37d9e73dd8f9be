"""Communities: people who reach each other more than others, by semi-synchronous label propagation.

Cordasco and Gargano, "Community detection via semi-synchronous label propagation algorithms" (2010), as networkx has it
(``label_propagation_communities``), with the same answer: each node begins with a label of its own and takes the one that most of its
neighbours have; of several the largest, unless it has one of these. Nodes of one colour (no two of them neighbours) change
together. It draws no lots, so the same graph gives the same communities every day. After the first round only nodes
with a changed neighbour are looked at again: nobody else would change.
"""

import numpy as np

from tags.models_of.network.sharing import Graph, outgoing

ROUNDS = 1_000


def of(graph: Graph) -> np.ndarray:
    """The label of each node's community; a node without neighbours is one by itself."""
    starts, others = graph.neighbours
    labels = np.arange(graph.size)
    colours = _colours(graph)
    waiting = np.diff(starts) > 0
    for _round in range(ROUNDS):
        if not waiting.any():
            break
        for colour in range(int(colours.max()) + 1):
            nodes = np.flatnonzero(waiting & (colours == colour))
            waiting[nodes] = False
            which, places = outgoing(starts, nodes)
            taken = _commonest(which, labels[others[places]], labels[nodes], graph.size)
            changed = nodes[taken != labels[nodes]]
            labels[nodes] = taken
            waiting[others[outgoing(starts, changed)[1]]] = True
    return labels


def _commonest(which: np.ndarray, around: np.ndarray, own: np.ndarray, size: int) -> np.ndarray:
    """The commonest label around each node: its own if that is one, else the largest of them."""
    if not len(own):
        return own
    pairs, counts = np.unique(which * size + around, return_counts=True)
    node, label = pairs // size, pairs % size
    most = np.zeros(len(own), dtype=np.int64)
    np.maximum.at(most, node, counts)
    top = counts == most[node]
    best = np.full(len(own), -1, dtype=np.int64)
    np.maximum.at(best, node[top], label[top])
    kept = np.zeros(len(own), dtype=bool)
    kept[node[top & (label == own[node])]] = True
    return np.where(kept, own, best)


def _colours(graph: Graph) -> np.ndarray:
    """Greedy colouring, nodes of most neighbours first (Welsh and Powell, 1967)."""
    starts, others = (array.tolist() for array in graph.neighbours)
    colours = [-1] * graph.size
    for node in np.argsort(-graph.degree, kind="stable").tolist():
        taken = {colours[other] for other in others[starts[node] : starts[node + 1]]}
        colour = 0
        while colour in taken:
            colour += 1
        colours[node] = colour
    return np.array(colours, dtype=np.int64)


def modularity(graph: Graph, labels: np.ndarray) -> float | None:
    """How much more the communities hold together than chance would (Newman, 2004): 0 is chance, above 0.3 is clear."""
    starts, others = graph.neighbours
    if not len(others):
        return None
    near = np.repeat(labels, np.diff(starts))
    inside = np.bincount(near[near == labels[others]], minlength=graph.size) / len(others)
    ends = np.bincount(labels, weights=graph.degree, minlength=graph.size) / len(others)
    return float((inside - ends**2).sum())
