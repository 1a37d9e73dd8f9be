"""Planted trees of people."""

import itertools

import numpy as np


def generations(*counts: int) -> list[int]:
    """Parents of a tree with so many people a generation: each generation is shared out among the one above in turn."""
    parent, above, number = [-1], [0], itertools.count(1)
    for count in counts:
        these = [next(number) for _each in range(count)]
        parent += [above[place % len(above)] for place in range(count)]
        above = these
    return parent


def parent(above: list[int]) -> np.ndarray:
    return np.array(above, dtype=np.int64)
