"""How good probabilities are: do they tell those who will from those who will not, and do they come true?"""

import math

import numpy as np

TENTHS = 10


def auc(came: np.ndarray, score: np.ndarray) -> float:
    """The chance that one who came has a higher score than one who did not; a tie counts half (Mann & Whitney)."""
    order = np.unique(score, return_inverse=True)[1].reshape(-1)
    counts = np.bincount(order)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    yes = came.astype(bool)
    n, m = int(yes.sum()), int((~yes).sum())
    return float((ranks[order][yes].sum() - n * (n + 1) / 2) / (n * m))


def uncertainty(area: float, *, came: int, stayed: int) -> float:
    """The standard error of an AUC: Hanley & McNeil (1982), Radiology 143."""
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (came - 1) * (q1 - area**2) + (stayed - 1) * (q2 - area**2)
    return math.sqrt(spread / (came * stayed))


def brier(came: np.ndarray, probability: np.ndarray) -> float:
    """The mean squared miss: 0 is perfect, and the share times its rest is what one probability for all would get."""
    return float(np.mean((probability - came) ** 2))


def tenths(came: np.ndarray, probability: np.ndarray) -> list[dict]:
    """Members from the least to the most probable in ten parts: the mean probability of each, and the share that came."""
    order = np.argsort(probability, kind="stable")
    return [
        {
            "members": len(part),
            "forecast": round(float(probability[part].mean()), 4),
            "came": round(float(came[part].mean()), 4),
        }
        for part in np.array_split(order, TENTHS)
        if len(part)
    ]


def miscalibration(parts: list[dict]) -> float:
    """The mean distance between forecast and share over the tenths, by their members (expected calibration error)."""
    members = sum(part["members"] for part in parts)
    return sum(abs(part["forecast"] - part["came"]) * part["members"] for part in parts) / members
