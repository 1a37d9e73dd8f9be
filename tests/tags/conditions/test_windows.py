"""Windows: exact at midnight of the project's zone (Asia/Shanghai), by hours, and by the calendar."""

import datetime as dt

import pytest

from tags.conditions import calendar, describe, parse, window
from tags.conditions.faults import Fault
from tags.queries import catalogue
from tests import factories
from tests.tags import world
from tests.tags.conditions.test_orders import ZONE

MOMENT = dt.timedelta(microseconds=1)


def at(*when: int) -> dt.datetime:
    return dt.datetime(*when, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("name", "today", "first", "last"),
    [
        ("today", "2024-02-29", "2024-02-29", "2024-02-29"),
        ("yesterday", "2024-03-01", "2024-02-29", "2024-02-29"),
        ("this week", "2026-03-01", "2026-02-23", "2026-03-01"),  # a Sunday
        ("last week", "2026-03-02", "2026-02-23", "2026-03-01"),
        ("this month", "2024-02-10", "2024-02-01", "2024-02-29"),
        ("last month", "2026-03-31", "2026-02-01", "2026-02-28"),
        ("last month", "2026-01-01", "2025-12-01", "2025-12-31"),
        ("this year", "2026-12-31", "2026-01-01", "2026-12-31"),
        ("last year", "2025-01-01", "2024-01-01", "2024-12-31"),
    ],
)
def test_periods_of_the_calendar(name, today, first, last):
    found = calendar.period(name, dt.date.fromisoformat(today))
    assert found == (dt.date.fromisoformat(first), dt.date.fromisoformat(last))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("told", "as_of", "first", "after"),
    [
        ({"hours": 48}, at(2026, 3, 1, 10), at(2026, 2, 27, 10), at(2026, 3, 1, 10) + MOMENT),
        ({"days": 1}, at(2024, 3, 1, 0), at(2024, 2, 29, 0), at(2024, 3, 1, 0) + MOMENT),
        ("last month", at(2024, 3, 1, 0), at(2024, 2, 1, 0), at(2024, 3, 1, 0)),
        ("this month", at(2024, 2, 29, 23, 59), at(2024, 2, 1, 0), at(2024, 2, 29, 23, 59) + MOMENT),
        ("yesterday", at(2026, 1, 1, 0), at(2025, 12, 31, 0), at(2026, 1, 1, 0)),
    ],
)
def test_a_window_begins_and_ends_to_the_microsecond(town, told, as_of, first, after):
    places = {"before": first - MOMENT, "first": first, "last": after - MOMENT, "after": after}
    members = {name: world.person(town, at=at(2020, 1, 1)) for name in places}
    for name, moment in places.items():
        factories.event(account=members[name].account, name="seen", at=moment)
    found = world.chosen(town, {"events": {"name": "seen", "window": told}}, as_of=as_of)
    assert found == {members["first"].pk, members["last"].pk}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("told", "place", "said"),
    [
        ({"days": 10**6}, "events.window.days", "Choose one from 0 to 36500."),
        ({"hours": 10**6}, "events.window.hours", "Choose one from 0 to 8784."),
        ({"hours": 1, "days": 1}, "events.window", "either days or dates or hours"),
        ("this mouth", "events.window", "Did you mean this month"),
        ({"from": "0001-01-01"}, "events.window.from", "out of range"),
        ({"from": "9999-12-31"}, "events.window.from", "out of range"),
        ({"from": 5}, "events.window.from", "must be a date"),
        ([], "events.window", "must be an object"),
        ({"months": 3}, "events.window.months", "is not known"),
    ],
)
def test_the_place_the_fault_and_the_remedy(town, told, place, said):
    with pytest.raises(Fault) as fault:
        parse.condition({"events": {"name": "x", "window": told}}, catalogue=catalogue.at(node=town.group))
    assert (fault.value.place, said in str(fault.value)) == (place, True), fault.value


@pytest.mark.django_db
def test_windows_are_said_in_words(town):
    names = catalogue.at(node=town.group)
    for told, said in [
        ({"hours": 1}, "in the last 1 hour."),
        *((name, f"{name}.") for name in window.PERIODS),
    ]:
        document = {"events": {"name": "x", "window": told}}
        assert describe.sentence(parse.condition(document, catalogue=names)).endswith(said)
