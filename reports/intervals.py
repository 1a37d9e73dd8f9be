"""Confidence intervals of differences between two groups, without a statistics library."""

import dataclasses
import math
import statistics

NORMAL = statistics.NormalDist()


@dataclasses.dataclass(frozen=True)
class Interval:
    """An estimate and the interval around it. Shares are fractions, means in the unit of what was measured."""

    value: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether it leaves zero outside."""
        return self.low > 0 or self.high < 0


@dataclasses.dataclass(frozen=True)
class Sample:
    """What is needed of a sample to compare means: its size, its sum, and the sum of its squares."""

    size: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        return self.total / self.size

    @property
    def variance(self) -> float:
        """With Bessel's correction; never below zero, whatever rounding does."""
        return max(self.squares - self.total**2 / self.size, 0.0) / (self.size - 1)


def proportion(*, hits: int, size: int, level: float = 0.95) -> Interval:
    """Wilson's score interval without continuity correction.

    Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22:209-212;
    method 3 in Newcombe (1998), Statistics in Medicine 17:857-872. ``size`` above 0.
    """
    z = NORMAL.inv_cdf((1 + level) / 2)
    share = hits / size
    middle = 2 * hits + z**2
    width = z * math.sqrt(z**2 + 4 * hits * (1 - share))
    scale = 2 * (size + z**2)
    return Interval(share, max((middle - width) / scale, 0.0), min((middle + width) / scale, 1.0))


def difference_of_proportions(
    *, hits: tuple[int, int], sizes: tuple[int, int], level: float = 0.95
) -> Interval:
    """Newcombe's hybrid score interval for the first share minus the second (independent groups).

    Newcombe (1998), "Interval estimation for the difference between independent proportions", Statistics in
    Medicine 17:873-890, method 10: the distances of Wilson's limits, combined as the sides of a right angle.
    """
    first, second = (proportion(hits=h, size=n, level=level) for h, n in zip(hits, sizes, strict=True))
    value = first.value - second.value
    below = math.hypot(first.value - first.low, second.high - second.value)
    above = math.hypot(first.high - first.value, second.value - second.low)
    return Interval(value, value - below, value + above)


def difference_of_means(first: Sample, second: Sample, *, level: float = 0.95) -> Interval:
    """Welch's interval for the first mean minus the second, variances unequal. At least five in each sample.

    Welch (1947), "The generalization of Student's problem when several different population variances are
    involved", Biometrika 34:28-35. Raises ValueError for smaller samples, where the t quantile used here is coarse.
    """
    if min(first.size, second.size) < 5:
        raise ValueError("Welch's interval needs at least five in each sample")
    value = first.mean - second.mean
    parts = [sample.variance / sample.size for sample in (first, second)]
    error = math.sqrt(sum(parts))
    if error == 0:
        return Interval(value, value, value)
    freedom = sum(parts) ** 2 / sum(
        part**2 / (sample.size - 1) for part, sample in zip(parts, (first, second), strict=True)
    )
    reach = t_quantile((1 + level) / 2, freedom) * error
    return Interval(value, value - reach, value + reach)


def t_quantile(probability: float, freedom: float) -> float:
    """Quantile of Student's t by its expansion around the normal quantile.

    Abramowitz & Stegun (1964), Handbook of Mathematical Functions, 26.7.5. At 0.975 it is right to 0.002 from four
    degrees of freedom, to 0.0005 from five.
    """
    z = NORMAL.inv_cdf(probability)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / freedom**power for power, term in enumerate(terms))


def smallest_detectable(
    *, share: float, sizes: tuple[int, int], level: float = 0.95, power: float = 0.8
) -> float:
    """The difference of shares that groups of these sizes find with this power, around a share of ``share``.

    The usual normal approximation: Fleiss, Levin & Paik (2003), Statistical Methods for Rates and Proportions, ch. 4.
    """
    reach = NORMAL.inv_cdf((1 + level) / 2) + NORMAL.inv_cdf(power)
    return reach * math.sqrt(share * (1 - share) * sum(1 / size for size in sizes))
