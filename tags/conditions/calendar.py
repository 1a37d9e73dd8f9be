"""Periods of the calendar (weeks begin on Monday), and birthdays."""

import datetime as dt
from collections.abc import Iterator

DAY = dt.timedelta(days=1)
LEAP = 2000


def period(name: str, today: dt.date) -> tuple[dt.date, dt.date]:
    """The first and the last day of "today", "yesterday", "this week", "last month", …"""
    if name in ("today", "yesterday"):
        day = today if name == "today" else today - DAY
        return day, day
    which, unit = name.split(" ")
    first = _begins(unit, today)
    if which == "last":
        first = _begins(unit, first - DAY)
    return first, _begins(unit, first + dt.timedelta(days={"week": 7, "month": 31, "year": 366}[unit])) - DAY


def _begins(unit: str, day: dt.date) -> dt.date:
    if unit == "week":
        return day - dt.timedelta(days=day.weekday())
    return day.replace(day=1) if unit == "month" else day.replace(month=1, day=1)


def celebrated(day: dt.date) -> Iterator[tuple[int, int]]:
    """Which birthdays, as (month, day), fall on this day: that of 29 February in common years on 1 March."""
    yield day.month, day.day
    if (day.month, day.day) == (3, 1) and (day - DAY).day == 28:
        yield 2, 29


def near(today: dt.date, *, before: int, after: int) -> set[tuple[int, int]]:
    """The birthdays (month, day) that come within ``before`` days or were at most ``after`` days ago; today's too."""
    days = (today + dt.timedelta(days=number) for number in range(-after, before + 1))
    return {birthday for day in days for birthday in celebrated(day)}


def next_birthdays(today: dt.date) -> dict[tuple[int, int], dt.date]:
    """When each birthday (month, day) is next celebrated after today."""
    found: dict[tuple[int, int], dt.date] = {}
    for number in range(1, 4 * 366 + 1):
        for birthday in celebrated(today + number * DAY):
            found.setdefault(birthday, today + number * DAY)
        if len(found) == 366:
            break
    return found


def next_changes(today: dt.date, *, before: int, after: int) -> dict[tuple[int, int], dt.date]:
    """On which day after today it next changes whether each birthday is near."""
    found: dict[tuple[int, int], dt.date] = {}
    now = last = near(today, before=before, after=after)
    for number in range(1, 4 * 366 + 1):
        day = today + number * DAY
        here = near(day, before=before, after=after)
        for birthday in here ^ last:
            if (birthday in here) != (birthday in now):
                found.setdefault(birthday, day)
        last = here
        if len(found) == 366:
            break
    return found


def by_day_of_year(days: dict[tuple[int, int], object]) -> list:
    """What is known of each (month, day), in the order of a leap year's days."""
    first = dt.date(LEAP, 1, 1)
    every = (first + number * DAY for number in range(366))
    return [days.get((day.month, day.day)) for day in every]
