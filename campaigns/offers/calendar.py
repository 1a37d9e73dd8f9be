"""Recurrence and birthdays, asked at the store's wall time."""

from calendar import isleap
from datetime import date, datetime, timedelta

from campaigns.offers.offer import Recurrence

DAY = timedelta(days=1)


def missed(recurrence: Recurrence, at: datetime) -> str:
    """ "" if the offer holds now, else what is wrong: ``hours``, ``weekday`` or ``day``. Hours over midnight belong to the day on which they began."""
    if not recurrence.hours:
        return _missed_day(recurrence, at.date())
    days = [day for day in (_day_of(hours, at) for hours in recurrence.hours) if day]
    if not days:
        return "hours"
    return min((_missed_day(recurrence, day) for day in days), key=len)


def is_birthday(birthday: tuple[int, int], on: date, within: str) -> bool:
    """``within``: day, week (Monday to Sunday) or month. 29 February is 28 February in other years."""
    if within == "month":
        return birthday[0] == on.month
    if within == "day":
        return _birthday(birthday, on.year) == on
    monday = on - timedelta(days=on.weekday())
    return any(
        timedelta(0) <= _birthday(birthday, year) - monday < 7 * DAY
        for year in (on.year - 1, on.year, on.year + 1)
    )


def _missed_day(recurrence: Recurrence, day: date) -> str:
    if recurrence.weekdays and day.isoweekday() not in recurrence.weekdays:
        return "weekday"
    return "day" if recurrence.days and day.day not in recurrence.days else ""


def _day_of(hours: str, at: datetime) -> date | None:
    """The day on which these hours began, if they are now."""
    begin, end, now = hours[:5], hours[6:], f"{at.hour:02}:{at.minute:02}"
    if begin < end:
        return at.date() if begin <= now < end else None
    if now >= begin:
        return at.date()
    return at.date() - DAY if now < end else None


def _birthday(birthday: tuple[int, int], year: int) -> date:
    month, day = birthday
    return date(year, 2, 28) if (month, day) == (2, 29) and not isleap(year) else date(year, month, day)
