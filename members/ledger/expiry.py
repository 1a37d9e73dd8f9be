"""When what is earned ends. Days are those of the company's time zone; a lot lasts to the end of its last day."""

import calendar
import datetime as dt
from zoneinfo import ZoneInfo

NEVER, MONTHS_AFTER, CALENDAR_YEAR_END, SLIDING = (
    "never",
    "months_after",
    "calendar_year_end",
    "sliding",
)

NOT_YET = dt.datetime(9000, 1, 1, tzinfo=dt.UTC)  # what waits for an event that may never come


def ends(*, policy: str, months: int, earned_at: dt.datetime, zone: ZoneInfo) -> dt.datetime | None:
    """The first instant at which it is gone; None: never.

    months_after: the same day of the month so many months later is its last day, or the month's last one where there is
    no such day. calendar_year_end: its last day is the 31 December of the year in which those months are over.
    sliding: like months_after, and moved on by whatever the customer does in the book.
    """
    if policy == NEVER:
        return None
    last = after(earned_at.astimezone(zone).date(), months=months)
    if policy == CALENDAR_YEAR_END:
        last = dt.date(last.year, 12, 31)
    return dt.datetime.combine(last + dt.timedelta(days=1), dt.time.min, zone)


def after(day: dt.date, *, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
