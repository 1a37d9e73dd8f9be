"""The first moment at which offers hold, all at once."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from campaigns.offers import calendar
from campaigns.offers.offer import Trigger

DAY = timedelta(days=1)
HORIZON = timedelta(days=3660)  # in ten years every weekday has been every day of a month


def first(triggers: Sequence[Trigger], *, after: datetime) -> datetime | None:
    """Not before ``after`` (wall time), within ten years; None if there is none. Looks only at moments at which one of them begins:
    what holds together begins where the last of them does."""
    start = max([after, *(trigger.starts for trigger in triggers if trigger.starts)])
    end = min([start + HORIZON, *(trigger.ends for trigger in triggers if trigger.ends)])
    recurrences = [trigger.recurrence for trigger in triggers if trigger.recurrence]
    begins = sorted({"00:00", *(hours[:5] for each in recurrences for hours in each.hours)})
    for at in _moments(start, end, begins):
        if not any(calendar.missed(recurrence, at) for recurrence in recurrences):
            return at
    return None


def _moments(start: datetime, end: datetime, begins: Sequence[str]) -> Iterator[datetime]:
    if start < end:
        yield start
    day: date = start.date()
    while datetime.combine(day, time.min) < end:
        for begin in begins:
            at = datetime.combine(day, time.fromisoformat(begin))
            if start < at < end:
                yield at
        day += DAY
