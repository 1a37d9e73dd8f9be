"""Seeks the highest likelihood of positive parameters."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from scipy.optimize import minimize

REACH = 12.0  # each parameter between e^-12 and e^12
CLOSE = 1e-12

Likelihood = Callable[[np.ndarray], tuple[float, np.ndarray]]


def highest(likelihood: Likelihood, starts: Iterable[Sequence[float]]) -> tuple[np.ndarray, float]:
    """The best of several climbs. ``likelihood`` gives the logarithm and its slope; steps are taken in logarithms of the
    parameters, which keeps them positive and makes them alike in size."""
    best, value = None, -np.inf
    for start in starts:
        climb = minimize(
            _downhill, np.log(start), args=(likelihood,), jac=True, method="L-BFGS-B",
            bounds=[(-REACH, REACH)] * len(start), options={"maxiter": 500, "ftol": CLOSE, "gtol": 1e-7},
        )  # fmt: skip
        if -climb.fun > value:
            best, value = np.exp(climb.x), -float(climb.fun)
    return best, value


def _downhill(logarithms: np.ndarray, likelihood: Likelihood) -> tuple[float, np.ndarray]:
    parameters = np.exp(logarithms)
    value, slope = likelihood(parameters)
    return -value, -slope * parameters
