import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.lifecycle import portrait

EVERYTHING = dict.fromkeys(portrait.WANTED, 1.0)


@pytest.mark.requirement("MEM-057")
def test_three_hundred_events_in_half_a_year_are_trusted_more_than_three_on_one_day():
    short = portrait.of(known=EVERYTHING, signals=3, days=1)
    long = portrait.of(known=EVERYTHING, signals=300, days=180)
    assert short.confidence < long.confidence
    assert short.confidence == pytest.approx((1 - math.exp(-3 / 60)) * (1 - math.exp(-1 / 90)))
    assert long.confidence == pytest.approx((1 - math.exp(-5)) * (1 - math.exp(-2)))


def test_what_is_known_counts_as_far_as_it_is_trusted():
    found = portrait.of(known={"name": 0.6, "city": 0.9, "shoe_size": 1.0}, signals=60, days=90)
    assert found.completeness == pytest.approx(1.5 / 6)
    assert found.missing == ("gender", "birth_date", "province", "contact")


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_more_signals_or_days_never_lower_it(signals, days, more, longer):
    one = portrait.of(known=EVERYTHING, signals=signals, days=days).confidence
    two = portrait.of(known=EVERYTHING, signals=signals + more, days=days + longer).confidence
    assert 0 <= one <= two <= 1


def test_of_whom_nothing_is_known_nothing_is_trusted():
    assert portrait.of(known={}, signals=1000, days=1000).confidence == 0
