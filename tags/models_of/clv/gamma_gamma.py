"""Gamma-Gamma: what somebody's purchases are worth on average, drawn towards everybody's where he made few.

Each purchase of a customer is gamma with shape p around a mean of his own; these means differ between customers by q and
gamma. Known of each: x purchases of mean value z. Fader & Hardie (2013), "The Gamma-Gamma Model of Monetary Value":
likelihood (1a), expectation (5). It holds where value and frequency hardly hang together (``quality`` shows how much).

q is kept above 1: below, the mean over everybody would be infinite.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, psi

from tags.models_of.clv.likelihood import highest

STARTS = ((6.0, 3.0, 0.5), (1.0, 1.0, 1.0), (20.0, 10.0, 1.0))  # of p, q - 1 and gamma, for a mean value of 1


@dataclass(frozen=True)
class GammaGamma:
    """``gamma`` is in units of money."""

    p: float
    q: float
    gamma: float
    log_likelihood: float = float("nan")


def fitted(x: np.ndarray, z: np.ndarray) -> GammaGamma:
    """Of customers with at least one purchase (x > 0) of a value (z > 0)."""
    scale = float(np.mean(z))
    times, where = np.unique(x, return_inverse=True)
    where = where.reshape(-1)

    def likelihood(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        return log_likelihood(np.add(parameters, (0, 1, 0)), times, where, z / scale)

    (p, beyond, gamma), value = highest(likelihood, STARTS)
    return GammaGamma(
        float(p), float(beyond) + 1, float(gamma) * scale, value - len(z) * float(np.log(scale))
    )


def log_likelihood(
    parameters: np.ndarray, times: np.ndarray, where: np.ndarray, z: np.ndarray
) -> tuple[float, np.ndarray]:
    """The logarithm of (1a) and its slope in (p, q, gamma). x is ``times[where]``: slow functions are asked once a value."""
    p, q, gamma = parameters
    x, log_z = times[where], np.log(z)
    log_x, total = np.log(x), np.log(x * z + gamma)
    both, own = gammaln(p * times + q), gammaln(p * times)
    each = (
        (both - own)[where] - gammaln(q) + q * np.log(gamma)
        + (p * x - 1) * log_z + p * x * log_x - (p * x + q) * total
    )  # fmt: skip
    slope_of_both, slope_of_own = psi(p * times + q), psi(p * times)
    slopes = (
        x * ((slope_of_both - slope_of_own)[where] + log_z + log_x - total),
        slope_of_both[where] - psi(q) + np.log(gamma) - total,
        q / gamma - (p * x + q) / (x * z + gamma),
    )
    return float(each.sum()), np.array([slope.sum() for slope in slopes])


def mean_value(found: GammaGamma, x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """(5): the expected value of one purchase; who has none to judge by (x = 0) is expected to be like all."""
    known = np.where(x > 0, x * np.where(np.isfinite(z), z, 0), 0)
    return found.p * (found.gamma + known) / (found.p * x + found.q - 1)
