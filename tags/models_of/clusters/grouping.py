"""Finds groups of buyers who are alike: k-means on robust scales, as many groups as stand apart best, checked by repeating.

Measures are taken as logarithms, less their median, over their interquartile range, so that a few giants move nothing.
Silhouette: Rousseeuw (1987); it is 1 where groups stand far apart and 0 where they touch. Stability: the groups found in
random halves are compared with those of all by the adjusted Rand index (Hubert & Arabie 1985): 1 is the same, 0 chance.
All draws are seeded: the same buyers give the same groups.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score

SEED = 20_240_501
LEARNED_FROM = 50_000  # buyers
COMPARED = 2_000  # buyers whose distances to each other are taken, for the silhouette
REPEATED = 10
TRIES = 5


@dataclass(frozen=True)
class Groups:
    """``centres`` in logarithms, one row a group, the largest group first."""

    median: np.ndarray
    scale: np.ndarray
    centres: np.ndarray
    silhouette: float
    silhouettes: dict[int, float]
    stability: float
    least_stability: float


def found(logarithms: np.ndarray, *, most: int) -> Groups:
    """Of two to ``most`` groups as many as have the highest silhouette. Rows are buyers, columns measures."""
    rng = np.random.default_rng(SEED)
    median, scale = np.median(logarithms, axis=0), spread(logarithms)
    size = min(len(logarithms), LEARNED_FROM)
    points = ((logarithms - median) / scale)[np.sort(rng.choice(len(logarithms), size, replace=False))]
    few = (
        points[: min(size, COMPARED)]
        if size <= COMPARED
        else points[rng.choice(size, COMPARED, replace=False)]
    )
    models = {count: _model(points, count) for count in range(2, most + 1)}
    heights = {count: _silhouette(few, model.predict(few)) for count, model in models.items()}
    best = models[max(heights, key=heights.get)]
    again = _repeated(points, best, rng)
    by_size = np.argsort(-np.bincount(best.labels_, minlength=best.n_clusters), kind="stable")
    return Groups(
        median=median,
        scale=scale,
        centres=best.cluster_centers_[by_size] * scale + median,
        silhouette=heights[best.n_clusters],
        silhouettes=heights,
        stability=float(np.mean(again)),
        least_stability=float(np.min(again)),
    )


def spread(logarithms: np.ndarray) -> np.ndarray:
    """The interquartile range; where more than half are alike, the standard deviation; where all are, 1."""
    low, high = np.percentile(logarithms, [25, 75], axis=0)
    deviation = logarithms.std(axis=0)
    wide = np.where(high > low, high - low, deviation)
    return np.where(wide > 0, wide, 1.0)


def _model(points: np.ndarray, count: int) -> KMeans:
    return KMeans(n_clusters=count, n_init=TRIES, random_state=SEED).fit(points)


def _silhouette(points: np.ndarray, labels: np.ndarray) -> float:
    return float(silhouette_score(points, labels)) if 1 < len(np.unique(labels)) < len(points) else 0.0


def _repeated(points: np.ndarray, whole: KMeans, rng: np.random.Generator) -> list[float]:
    labels = whole.predict(points)
    return [
        adjusted_rand_score(labels, _model(points[half], whole.n_clusters).predict(points))
        for half in (rng.choice(len(points), len(points) // 2, replace=False) for _time in range(REPEATED))
    ]
