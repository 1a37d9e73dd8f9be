import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.lifecycle import stages
from members.lifecycle.stages import Stage

BEGIN = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)


def day(number: float) -> dt.datetime:
    return BEGIN + dt.timedelta(days=number)


def told(*, bought=(), acted=(), now, first=0):
    found = stages.stages(
        first_seen=day(first),
        purchases=[day(each) for each in bought],
        acts=[day(each) for each in acted],
        as_of=day(now),
    )
    return [(stage.code, (stage.since - BEGIN).days) for stage in found]


@pytest.mark.requirement("MEM-059")
def test_the_history_of_the_sample_member():
    on = dt.datetime
    found = stages.stages(
        first_seen=on(2025, 3, 1, tzinfo=dt.UTC),
        purchases=[on(2025, 3, 1, tzinfo=dt.UTC), on(2025, 4, 20, tzinfo=dt.UTC)],
        acts=[on(2025, 5, 5, tzinfo=dt.UTC)],
        as_of=on(2025, 12, 1, tzinfo=dt.UTC),
    )
    assert found == [
        Stage("new", on(2025, 3, 1, tzinfo=dt.UTC), on(2025, 4, 20, tzinfo=dt.UTC)),
        Stage("growing", on(2025, 4, 20, tzinfo=dt.UTC), on(2025, 11, 1, tzinfo=dt.UTC)),
        Stage("dormant", on(2025, 11, 1, tzinfo=dt.UTC), None),
    ]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"now": 10}, [("prospect", 0)]),
        ({"now": 179}, [("prospect", 0)]),
        ({"now": 180}, [("prospect", 0), ("dormant", 180)]),
        ({"now": 365}, [("prospect", 0), ("dormant", 180), ("lost", 365)]),
        ({"bought": [5], "now": 9}, [("prospect", 0), ("new", 5)]),
        ({"bought": [5, 6, 7], "now": 9}, [("prospect", 0), ("new", 5), ("growing", 6)]),
        ({"bought": [0, 1, 2, 3], "now": 9}, [("new", 0), ("growing", 1), ("mature", 3)]),
    ],
)
def test_purchases_and_silence_make_the_stages(facts, expected):
    assert told(**facts) == expected


def test_two_purchases_ripen_after_a_year_of_staying_in_touch():
    assert told(bought=[0, 150], acted=[300], now=400) == [("new", 0), ("growing", 150), ("mature", 365)]


def test_nobody_ripens_in_his_sleep():
    assert told(bought=[0, 150], now=400) == [("new", 0), ("growing", 150), ("dormant", 330)]


def test_an_act_puts_silence_off_and_wakes_nobody():
    assert told(bought=[0], acted=[100], now=250) == [("new", 0)]
    assert told(bought=[0], acted=[200], now=300) == [("new", 0), ("dormant", 180)]
    assert told(bought=[0], acted=[200], now=565) == [("new", 0), ("dormant", 180), ("lost", 565)]


def test_whoever_is_lost_stays_lost_until_he_buys():
    assert told(bought=[0], acted=[400], now=800) == [("new", 0), ("dormant", 180), ("lost", 365)]
    assert told(bought=[0, 500], now=510) == [("new", 0), ("dormant", 180), ("lost", 365), ("mature", 500)]


def test_a_purchase_at_the_very_last_instant_comes_in_time():
    assert told(bought=[0, 180], now=190) == [("new", 0), ("growing", 180)]


def test_two_purchases_of_one_instant_are_two():
    assert told(bought=[3, 3], now=9) == [("prospect", 0), ("growing", 3)]


def test_whoever_was_first_seen_later_has_no_stage_yet():
    assert told(first=5, now=4) == []


days = st.lists(st.integers(0, 2000), max_size=12)


@given(bought=days, acted=days, now=st.integers(0, 2500))
def test_the_history_has_no_gaps_and_ends_as_a_plain_reading_says(bought, acted, now):
    found = stages.stages(first_seen=day(0), purchases=map(day, bought), acts=map(day, acted), as_of=day(now))
    assert found[0].since == day(0)
    assert [stage.until for stage in found] == [*(stage.since for stage in found[1:]), None]
    assert all(one.code != two.code for one, two in itertools.pairwise(found))
    assert found[-1].code == plainly(bought, acted, now)


def plainly(bought, acted, now):
    """Day by day: what a clerk with a calendar would say."""
    count, first, silent, state = 0, None, 0, "prospect"
    for each in range(now + 1):
        buys = bought.count(each)
        if buys and first is None:
            first = each
        count += buys
        silent = 0 if buys or each in acted or each == 0 else silent + 1
        if buys or state not in ("dormant", "lost"):
            ripe = count >= 2 and each - first >= 365
            state = (
                "prospect"
                if not count
                else "new"
                if count == 1
                else "mature"
                if count >= 4 or ripe
                else "growing"
            )
        if silent >= 180 and state != "lost":
            state = "lost" if silent >= 365 else "dormant"
    return state


@given(bought=days, acted=days, now=st.integers(0, 1500), later=st.integers(0, 900))
def test_what_comes_later_changes_no_history(bought, acted, now, later):
    before = told(bought=bought, acted=acted, now=now)
    after = told(bought=bought, acted=acted, now=now + later)
    known = [each for each in after if each[1] < now]
    assert before[: len(known)] == known
