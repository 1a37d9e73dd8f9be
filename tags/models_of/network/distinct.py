"""Distinct numbers by sorting. ``numpy.unique`` hashes since 2.3, which for millions of numbers takes fifty times as long."""

import numpy as np


def of(values: np.ndarray) -> np.ndarray:
    """Each number once, ascending."""
    ordered = np.sort(values)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


def pairs(left: np.ndarray, right: np.ndarray, *, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Each pair of numbers below ``size`` once, by the left one, then the right one."""
    found = of(left * size + right)
    return found // max(size, 1), found % max(size, 1)
