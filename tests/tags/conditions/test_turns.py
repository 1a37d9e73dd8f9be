"""When time alone changes an answer: never later than said; and a row a member says the same as a set."""

import datetime as dt

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tags.conditions import calendar, compile, moments, parse, rowwise, turning
from tags.conditions.setting import Setting
from tags.conditions.sql import build
from tags.queries import catalogue, selection
from tests import factories
from tests.tags import crowd, world
from tests.tags.conditions import test_figures, test_profile, test_sequence
from tests.tags.conditions.test_orders import ZONE
from tests.tags.conditions.test_orders import leaves as orders
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db
INSTANT = dt.timedelta(microseconds=1)


def told(town, document: dict, as_of: dt.datetime = NOW) -> tuple[set[int], dict[int, dt.datetime]]:
    """Who is chosen, row by row, and when that may change."""
    setting = Setting(catalogue.at(node=town.group), as_of)
    condition = parse.condition(document, catalogue=setting.catalogue)
    rows = rowwise.Rows()
    holds = rowwise.holds(condition, rows, setting)
    turns = rowwise.turns(condition, rows, setting)
    query = build(
        "SELECT m.id, {holds}, {turns} FROM members_member m {joins} WHERE m.retired_at IS NULL",
        holds=holds,
        turns=turning.due(turns, as_of),
        joins=rows.joins(),
    )
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.params)
        found = cursor.fetchall()
    assert {pk for pk, holds, _turn in found if holds} == set(
        selection.ids(compile.members(condition, setting))
    )
    return {pk for pk, holds, _turn in found if holds}, {pk: turn for pk, _holds, turn in found if turn}


WINDOWS = st.sampled_from(
    [{"days": 0}, {"days": 30}, {"hours": 20}, "today", "yesterday", "this week", "last month", "this year"]
)
LEAVES = st.one_of(
    orders().map(lambda leaf: {"orders": leaf}),
    test_profile.leaves().map(lambda leaf: {"profile": leaf}),
    test_figures.LINES.map(lambda leaf: {"lines": leaf}),
    test_figures.RETURNS.map(lambda leaf: {"returns": leaf}),
    test_figures.EVENTS.map(lambda leaf: {"events": leaf}),
    test_sequence.SEQUENCES.map(lambda leaf: {"sequence": leaf}),
    test_sequence.UNFOLLOWED.map(lambda leaf: {"unfollowed": leaf}),
    st.builds(lambda window: {"first_order": {"window": window}}, WINDOWS),
    st.builds(lambda window: {"events": {"name": "share", "window": window}}, WINDOWS),
    st.builds(
        lambda window, node: {"organization": {"node": node, "relation": "visited", "window": window}},
        WINDOWS,
        st.sampled_from(["g", "b1"]),
    ),
    st.builds(
        lambda before, after: {"profile": {"field": "birthday", "op": "within", "value": {"before": before, "after": after}}},
        st.integers(0, 40),
        st.integers(0, 3),
    ),
)  # fmt: skip
LATER = st.sampled_from([1, 5, 13, 24, 25, 24 * 15 + 1, 24 * 30, 24 * 31 + 2, 24 * 90])


def test_nothing_changes_before_the_moment_that_was_said(town):
    crowd.gather(town, size=20)

    @settings(max_examples=70, deadline=None, suppress_health_check=list(HealthCheck))
    @given(document=LEAVES, hours=LATER)
    def holds_until_then(document, hours):
        # From after the facts that are still to come: those come with an event of their own.
        begun = NOW + dt.timedelta(days=2)
        then = begun + dt.timedelta(hours=hours)
        before, turns = told(town, document, begun)
        after, _turns = told(town, document, then)
        assert all(turns[pk] > begun for pk in turns)
        for pk in before ^ after:
            assert turns[pk] <= then, document

    holds_until_then()


def test_a_window_turns_with_the_midnight_on_which_its_oldest_fact_leaves(town):
    member = world.person(town)
    for days in (10, 30):
        factories.order(account=member.account, at=NOW - dt.timedelta(days=days))
    leaf = {"orders": {"aggregate": "count", "window": {"days": 30}, "op": ">=", "value": 2}}
    chosen, turns = told(town, leaf)
    midnight = moments.start_of(moments.day_of(NOW) + moments.DAY)
    assert (chosen, turns) == ({member.pk}, {member.pk: midnight})
    assert told(town, leaf, midnight)[0] == set()
    assert told(town, leaf, midnight - INSTANT)[0] == {member.pk}
    hours = {"orders": {"aggregate": "count", "window": {"hours": 240}}}
    assert told(town, hours)[1] == {member.pk: NOW + INSTANT}
    assert told(town, hours, NOW + INSTANT)[0] == set()


def test_what_only_a_fact_can_change_has_no_turn(town):
    member = world.person(town, birth_date=dt.date(2000, 5, 5))
    factories.order(account=member.account, at=NOW)
    for leaf in (
        {"orders": {"aggregate": "count"}},
        {"orders": {"aggregate": "count", "window": {"from": "2020-01-01"}}},
        {"profile": {"field": "birth_month", "op": "=", "value": 5}},
        {"first_order": {}},
    ):
        assert told(town, leaf) == ({member.pk}, {})


def near(before: int, after: int = 0) -> dict:
    return {"profile": {"field": "birthday", "op": "within", "value": {"before": before, "after": after}}}


@pytest.mark.parametrize(
    ("today", "before", "after", "found"),
    [
        ("2026-02-28", 0, 0, {"28"}),
        ("2026-03-01", 0, 0, {"29", "1"}),
        ("2024-02-29", 0, 0, {"29"}),
        ("2024-03-01", 0, 0, {"1"}),
        ("2025-12-31", 1, 0, {"ny", "eve"}),
        ("2026-01-01", 0, 1, {"ny", "eve"}),
        ("2026-02-22", 7, 0, {"28", "29", "1"}),
        ("2026-02-21", 7, 0, {"28"}),
    ],
)
def test_birthdays_that_are_near(town, today, before, after, found):
    born = {
        "28": (2001, 2, 28),
        "29": (2004, 2, 29),
        "1": (1999, 3, 1),
        "ny": (1990, 1, 1),
        "eve": (1980, 12, 31),
    }
    members = {name: world.person(town, birth_date=dt.date(*day)).pk for name, day in born.items()}
    morning = dt.datetime.combine(dt.date.fromisoformat(today), dt.time(), tzinfo=ZONE)
    for as_of in (morning, morning + dt.timedelta(days=1) - INSTANT):
        assert told(town, near(before, after), as_of)[0] == {members[name] for name in found}


def test_age_turns_on_the_next_birthday(town):
    leap = world.person(town, birth_date=dt.date(2004, 2, 29))
    age = {"profile": {"field": "age", "op": ">=", "value": 22}}
    assert told(town, age) == (set(), {leap.pk: moments.start_of(dt.date(2026, 3, 1))})
    assert told(town, age, moments.start_of(dt.date(2026, 3, 1)))[0] == {leap.pk}
    assert calendar.next_birthdays(dt.date(2026, 3, 1))[2, 29] == dt.date(2027, 3, 1)
