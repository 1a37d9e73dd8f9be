"""Connected components of many links at once."""

import numpy as np


def label(count: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The smallest node of each node's component, for `count` nodes and links left[i] – right[i].

    Roots are hooked onto smaller roots and paths halved until no link crosses (Shiloach and Vishkin 1982).
    """
    labels = np.arange(count)
    while True:
        left, right = labels[left], labels[right]
        crossing = left != right
        if not crossing.any():
            return labels
        left, right = left[crossing], right[crossing]
        np.minimum.at(labels, np.maximum(left, right), np.minimum(left, right))
        labels = _flatten(labels)


def _flatten(labels: np.ndarray) -> np.ndarray:
    while True:
        higher = labels[labels]
        if np.array_equal(higher, labels):
            return labels
        labels = higher
