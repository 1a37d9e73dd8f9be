"""Which way a tree of people grew: from one to many, from hand to hand, or in several levels."""

import numpy as np

from tags.models_of.network.forest import Forest

BROADCAST, CHAIN, LEVELS, SMALL = "broadcast", "chain", "multi_level", "small"
FEWEST = 3  # people: a pair has no pattern
MOSTLY = 0.8  # of all who were brought, by the first person himself: a broadcast
HANDED = 1.2  # people brought by each who brought any, at most: a chain


def of_trees(forest: Forest) -> tuple[np.ndarray, np.ndarray]:
    """(root, pattern) of every tree of at least two people. A star is a broadcast, a path a chain; what is neither by
    the bounds above is multi-level."""
    roots = np.flatnonzero((forest.parent < 0) & (forest.size > 1))
    brought, direct = forest.descendants[roots], forest.direct[roots]
    spreaders = forest.below((forest.direct > 0).astype(float))[roots]
    found = np.where(brought / spreaders <= HANDED, CHAIN, LEVELS)
    found = np.where(direct / brought >= MOSTLY, BROADCAST, found)
    return roots, np.where(forest.size[roots] < FEWEST, SMALL, found)
