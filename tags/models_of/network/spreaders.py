"""Who spreads most of his own accord: recruited opinion leaders stand apart, so that they hide nobody."""

import math
from dataclasses import dataclass

import numpy as np

from tags.models_of.network.standing import Network

DECAY, OPENED, LEAST, TOP = 0.5, 0.1, 5.0, 0.01
HIDDEN, RECRUITED = "hidden", "recruited"


@dataclass(frozen=True)
class Koc:
    """Somebody is a key opinion consumer if his spread is at least ``least`` people, and no less than that of the ``top`` share of those
    in his own ranking (at least one of them) who spread at all. See ``Network.spread`` for ``decay`` and ``opened``."""

    decay: float = DECAY
    opened: float = OPENED
    least: float = LEAST
    top: float = TOP

    def spread(self, network: Network) -> np.ndarray:
        return network.spread(decay=self.decay, opened=self.opened)

    def chosen(self, network: Network) -> np.ndarray:
        """The code of each node: ``hidden`` or ``recruited``, or nothing."""
        spread = self.spread(network)
        codes = np.full(len(spread), "", dtype="<U9")
        for code, group in ((HIDDEN, ~network.recruited), (RECRUITED, network.recruited)):
            ranked = group & network.members & ~network.in_role & (spread > 0)
            codes[ranked & (spread >= max(self.least, self._bar(spread[ranked])))] = code
        return codes

    def _bar(self, spread: np.ndarray) -> float:
        if not len(spread):
            return math.inf
        return float(np.sort(spread)[-max(1, math.ceil(self.top * len(spread)))])


def ranking(network: Network, spread: np.ndarray, *, recruited: bool | None) -> np.ndarray:
    """Places of the customers who spread, most first; who was recruited only, who was not only, or both. People who
    spread by profession stand in none."""
    group = network.members & ~network.in_role & (spread > 0)
    if recruited is not None:
        group &= network.recruited == recruited
    places = np.flatnonzero(group)
    return places[np.lexsort((network.nodes[places], -network.forest.descendants[places], -spread[places]))]
