"""Intervals against published tables."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import intervals
from reports.intervals import Sample

SIZES = st.integers(1, 500)


def arms(size_and_hits):
    return size_and_hits.flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("hits", "size", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_in_newcombe_1998_table_i(hits, size, low, high):
    interval = intervals.proportion(hits=hits, size=size)
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@pytest.mark.parametrize(
    ("hits", "sizes", "low", "high"),
    [
        ((56, 48), (70, 80), 0.0524, 0.3339),
        ((9, 3), (10, 10), 0.1705, 0.8090),
        ((6, 2), (7, 7), 0.0582, 0.8062),
        ((5, 0), (56, 29), -0.0381, 0.1926),
        ((0, 0), (10, 20), -0.1611, 0.2775),
        ((0, 0), (10, 10), -0.2775, 0.2775),
        ((10, 0), (10, 20), 0.6791, 1.0),
        ((10, 0), (10, 10), 0.6075, 1.0),
    ],
)
def test_difference_of_proportions_as_in_newcombe_1998_method_10(hits, sizes, low, high):
    interval = intervals.difference_of_proportions(hits=hits, sizes=sizes)
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@given(arms(SIZES), arms(SIZES))
def test_the_interval_holds_its_estimate_and_turns_round_with_the_groups(first, second):
    there = intervals.difference_of_proportions(hits=(first[0], second[0]), sizes=(first[1], second[1]))
    back = intervals.difference_of_proportions(hits=(second[0], first[0]), sizes=(second[1], first[1]))
    assert -1 - 1e-9 <= there.low <= there.value <= there.high <= 1 + 1e-9
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(4, 2.776), (5, 2.571), (8, 2.306), (10, 2.228), (20, 2.086), (30, 2.042), (60, 2.000), (120, 1.980)],
)
def test_t_quantiles_as_in_the_usual_table(freedom, quantile):
    assert intervals.t_quantile(0.975, freedom) == pytest.approx(quantile, abs=0.0021)


def sample(values):
    return Sample(len(values), sum(values), sum(value * value for value in values))


def test_welch_as_worked_by_hand():
    """n = 5 each: means 3 and 6, variances 2.5 and 10; error √2.5, freedom 6.25 / (0.0625 + 1) = 5.882."""
    interval = intervals.difference_of_means(sample([1, 2, 3, 4, 5]), sample([2, 4, 6, 8, 10]))
    assert interval.value == -3
    assert (interval.low, interval.high) == pytest.approx((-6.888, 0.888), abs=0.002)


@given(st.lists(st.integers(0, 10_000), min_size=5, max_size=60))
def test_variance_from_sums_is_that_of_the_values(values):
    assert sample(values).variance == pytest.approx(statistics.variance(values), abs=1e-6)


def test_welch_refuses_tiny_samples():
    with pytest.raises(ValueError, match="at least five"):
        intervals.difference_of_means(sample([1, 2, 3, 4]), sample([1, 2, 3, 4, 5]))


def test_equal_values_leave_no_doubt():
    assert intervals.difference_of_means(sample([2] * 9), sample([1] * 9)).low == 1


def test_smallest_detectable_difference():
    """1.96 + 0.8416 = 2.8016 standard errors; at 10 % of 1,000 and 1,000 that is 3.76 percentage points."""
    assert intervals.smallest_detectable(share=0.1, sizes=(1000, 1000)) == pytest.approx(0.0376, abs=0.0001)
