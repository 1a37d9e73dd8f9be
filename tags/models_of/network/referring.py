"""Who was brought by whom: of everything that was told, the first that can be true."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tags.models_of.network import distinct

NOBODY = -1


@dataclass(frozen=True)
class Brought:
    """``nodes``: ids, ascending; ``parent[i]``: the place among them of who brought node i, or ``NOBODY``."""

    nodes: np.ndarray
    parent: np.ndarray


def first(*, inviter: np.ndarray, invitee: np.ndarray, at: np.ndarray, tie: np.ndarray) -> Brought:
    """Referrals are believed in the order of their time (``tie`` orders those of one moment). One is left out if its
    invitee has been brought already, is the inviter himself, or stands above the inviter: nobody is brought by those
    whom he brought. So every person has at most one bringer and there is no circle. O(m log n) at worst."""
    ids = np.concatenate([inviter, invitee]).astype(np.int64)
    nodes = distinct.of(ids)
    places = np.searchsorted(nodes, ids)
    order = np.lexsort((tie, at))
    ups, downs = places[: len(inviter)][order], places[len(inviter) :][order]
    parent = [NOBODY] * len(nodes)
    for up, down in _believed(ups.tolist(), downs.tolist(), len(nodes)):
        parent[down] = up
    return Brought(nodes, np.array(parent, dtype=np.int64))


def _believed(ups: list[int], downs: list[int], size: int) -> Iterator[tuple[int, int]]:
    """Those that are true, by disjoint sets whose representative is the root of the tree (Tarjan, "Efficiency of a
    good but not linear set union algorithm", 1975, with path halving)."""
    above, brought = list(range(size)), bytearray(size)
    for up, down in zip(ups, downs, strict=True):
        if brought[down]:
            continue
        root = up
        while above[root] != root:
            above[root] = above[above[root]]
            root = above[root]
        if root != down:  # else the inviter stands below him, or is himself
            above[down], brought[down] = root, 1
            yield up, down
