"""Logistic regression as it is stored: scores need no library."""

from dataclasses import dataclass

import numpy as np

STRENGTHS = (0.001, 0.01, 0.1, 1.0)  # inverse: the first draws the weights most towards nothing
EDGE = 5.0  # standard deviations
SAME = 1e-9  # a column that does not differ more than by rounding says nothing
CHOOSING = 20_000  # members by whom the penalty is chosen


@dataclass(frozen=True)
class Logistic:
    """Of standardised columns: ``means`` and ``scales`` are those of the members learned from. What lies farther out than
    anything learned from is taken to lie at the edge (``EDGE``): nothing is known of it."""

    means: list[float]
    scales: list[float]
    weights: list[float]
    constant: float

    def probabilities(self, matrix: np.ndarray) -> np.ndarray:
        standard = standardised(matrix, np.array(self.means), np.array(self.scales))
        return 1 / (1 + np.exp(-(standard @ np.array(self.weights) + self.constant)))


def standardised(matrix: np.ndarray, means: np.ndarray, scales: np.ndarray) -> np.ndarray:
    return np.clip((matrix - means) / scales, -EDGE, EDGE)


def learned(matrix: np.ndarray, came: np.ndarray) -> Logistic:
    """By the highest likelihood with an L2 penalty, as strong as loses least in five parts left out in turn. The loss is the
    logarithmic one, which leaves probabilities calibrated."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score

    means, scales = matrix.mean(axis=0), matrix.std(axis=0)
    scales[scales < SAME] = 1
    standard = standardised(matrix, means, scales)
    some = slice(None, None, max(1, len(came) // CHOOSING))

    def gain(strength: float) -> float:
        tried = LogisticRegression(C=strength, max_iter=2_000)
        return cross_val_score(tried, standard[some], came[some], cv=5, scoring="neg_log_loss").mean()

    found = LogisticRegression(C=max(STRENGTHS, key=gain), max_iter=2_000).fit(standard, came)
    return Logistic(means.tolist(), scales.tolist(), found.coef_[0].tolist(), float(found.intercept_[0]))
