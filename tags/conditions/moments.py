"""Days and moments in the project's time zone, and ages.

An as-of moment may be given as a date: it is then the end of that day. What happened after it does not count.
"""

import datetime as dt

from django.utils import timezone

DAY = dt.timedelta(days=1)
INSTANT = dt.timedelta(microseconds=1)


def zone() -> dt.tzinfo:
    return timezone.get_default_timezone()


def moment(as_of: dt.datetime | dt.date) -> dt.datetime:
    if isinstance(as_of, dt.datetime):
        return as_of
    return start_of(as_of + DAY) - INSTANT


def day_of(at: dt.datetime) -> dt.date:
    return at.astimezone(zone()).date()


def start_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=zone())


def years_before(day: dt.date, years: int) -> dt.date:
    """The latest birth date of those who are at least ``years`` old on ``day``.

    People born on 29 February are a year older on 29 February, in common years on 1 March.
    """
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return dt.date(day.year - years, 2, 28)
