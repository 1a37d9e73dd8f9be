"""Keeps the codes of groups, and so the names that staff gave them, when groups are found anew."""

from collections.abc import Sequence

import numpy as np

FAR = 1.5  # in the new scales: a group whose nearest forerunner is farther away is another group


def codes(
    centres: np.ndarray, scale: np.ndarray, *, before: Sequence[dict], last: int
) -> tuple[list[str], int]:
    """The code of each group, and the highest number used so far. Groups are paired with those found before so that all
    distances together are smallest (Kuhn 1955, the Hungarian method); a new group gets a number that nobody had."""
    from scipy.optimize import linear_sum_assignment

    given: list[str | None] = [None] * len(centres)
    if before:
        known = np.array([group["centre"] for group in before])
        away = np.linalg.norm((centres[:, None, :] - known[None, :, :]) / scale, axis=2)
        for new, old in zip(*linear_sum_assignment(away), strict=True):
            if away[new, old] <= FAR:
                given[new] = before[old]["code"]
    for place, code in enumerate(given):
        if code is None:
            last += 1
            given[place] = f"group_{last}"
    return given, last


def nearest(logarithms: np.ndarray, scale: Sequence[float], centres: Sequence[Sequence[float]]) -> np.ndarray:
    """The place of the group whose centre is nearest to each row."""
    away = np.stack(
        [(((logarithms - np.array(centre)) / np.array(scale)) ** 2).sum(axis=1) for centre in centres]
    )
    return away.argmin(axis=0)
