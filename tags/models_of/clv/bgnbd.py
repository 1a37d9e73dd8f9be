"""BG/NBD: how often somebody will buy again, and whether he still is a customer.

While he is one, he buys at a rate of his own (rates: gamma with shape r and rate alpha); after each purchase he leaves
for good with a chance of his own (chances: beta with a and b). Known of each: x purchases after the first, the last of
them t_x after the first, all seen for T. Any unit of time will do as long as it is one; here it is weeks.

Fader, Hardie & Lee (2005), "Counting Your Customers the Easy Way: An Alternative to the Pareto/NBD Model", Marketing
Science 24(2): likelihood (6), expectation (10). The likelihood is taken in logarithms as in Fader & Hardie's note
"Implementing the BG/NBD Model", the expectation after Euler's transformation of 2F1, which keeps its terms small.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, gammaln, hyp2f1, psi

from tags.models_of.clv.likelihood import highest

ENOUGH = 5_000  # alike customers: enough to see from which start the highest likelihood is reached
STARTS = ((1.0, 1.0, 1.0, 1.0), (0.25, 0.5, 0.8, 2.5), (0.5, 2.0, 0.5, 5.0), (3.0, 1.0, 0.2, 3.0))
NEAR_ONE = 1e-6  # the expectation's formula divides by a - 1


@dataclass(frozen=True)
class Histories:
    """x, t_x and T of customers, alike ones once: ``count`` says how many they are."""

    x: np.ndarray
    t_x: np.ndarray
    T: np.ndarray
    count: np.ndarray


@dataclass(frozen=True)
class BgNbd:
    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float = float("nan")


def alike(x: np.ndarray, t_x: np.ndarray, T: np.ndarray) -> Histories:
    rows, where = _distinct(x, t_x, T)
    return Histories(*rows, count=np.bincount(where))


def fitted(histories: Histories) -> BgNbd:
    """The parameters of the highest likelihood, sought in logarithms from several starts; of many customers first by some
    of them, evenly taken, then by all from where these led."""
    scale = max(float(np.average(histories.T, weights=histories.count)) / 10, 1e-3)
    starts = [(r, alpha * scale, a, b) for r, alpha, a, b in STARTS]
    step = len(histories.x) // ENOUGH
    if step > 1:
        some = Histories(
            histories.x[::step], histories.t_x[::step], histories.T[::step], histories.count[::step]
        )
        starts = [highest(lambda parameters: log_likelihood(parameters, some), starts)[0]]
    best, value = highest(lambda parameters: log_likelihood(parameters, histories), starts)
    return BgNbd(*map(float, best), log_likelihood=value)


def log_likelihood(parameters: np.ndarray, known: Histories) -> tuple[float, np.ndarray]:
    """The logarithm of (6) over all customers, and its slope in (r, alpha, a, b)."""
    r, alpha, a, b = parameters
    x, again = known.x, known.x > 0
    until, since = np.log(alpha + known.T), np.log(alpha + known.t_x)
    before = b + np.where(again, x, 1) - 1
    stayed, left = -(r + x) * until, np.log(a) - np.log(before) - (r + x) * since
    gone = np.where(again, expit(left - stayed), 0.0)  # the chance that he left after the last purchase
    each = (
        gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        + gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
        + np.where(again, np.logaddexp(stayed, left), stayed)
    )  # fmt: skip
    slopes = (
        psi(r + x) - psi(r) + np.log(alpha) - (1 - gone) * until - gone * since,
        r / alpha - (r + x) * ((1 - gone) / (alpha + known.T) + gone / (alpha + known.t_x)),
        psi(a + b) - psi(a + b + x) + gone / a,
        psi(a + b) + psi(b + x) - psi(b) - psi(a + b + x) - gone / before,
    )
    return float(known.count @ each), np.array([known.count @ slope for slope in slopes])


def alive(found: BgNbd, x: np.ndarray, t_x: np.ndarray, T: np.ndarray) -> np.ndarray:
    """The chance that somebody still is a customer; 1 for who bought once: nobody leaves before a first purchase again."""
    again = x > 0
    odds = (
        np.log(found.a) - np.log(found.b + np.where(again, x, 1) - 1)
        + (found.r + x) * (np.log(found.alpha + T) - np.log(found.alpha + t_x))
    )  # fmt: skip
    return np.where(again, expit(-odds), 1.0)


def purchases(found: BgNbd, x: np.ndarray, t_x: np.ndarray, T: np.ndarray, *, ahead: float) -> np.ndarray:
    """(10): how many purchases to expect of each within the next ``ahead`` units of time."""
    pairs, where = _distinct(x, T)
    return _if_alive(found, *pairs, ahead=ahead)[where] * alive(found, x, t_x, T)


def _if_alive(found: BgNbd, x: np.ndarray, T: np.ndarray, *, ahead: float) -> np.ndarray:
    """The part of (10) that knows nothing of t_x, so that it is computed once for all who agree in x and T."""
    a, b = found.a, found.b
    if abs(a - 1) < NEAR_ONE:
        a = 1 + NEAR_ONE
    z = ahead / (found.alpha + T + ahead)
    kept = (1 - z) ** (a - 1) * hyp2f1(a - 1, a + b - 1 - found.r, a + b + x - 1, z)
    return (a + b + x - 1) / (a - 1) * (1 - kept)


def _distinct(*columns: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """(the columns of each row once, ascending; which of them every row is). As ``numpy.unique(axis=0)`` gives them, which
    sorts rows as strings of bytes."""
    order = np.lexsort(columns[::-1])
    ordered = [column[order] for column in columns]
    new = np.ones(len(order), dtype=bool)
    new[1:] = np.any([column[1:] != column[:-1] for column in ordered], axis=0)
    where = np.empty(len(order), dtype=np.int64)
    where[order] = np.cumsum(new) - 1
    return [column[new] for column in ordered], where
