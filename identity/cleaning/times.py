"""When it happened: not before 1970, not in the future by more than the clocks may differ."""

from datetime import UTC, datetime

EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
LATEST = datetime(9998, 1, 1, tzinfo=UTC)


def check(moment, *, place, now, faults):
    """The moment itself, or None after listing why it cannot be."""
    if moment is None:
        return None
    if moment.year < 1971 and moment < EARLIEST:
        faults.add("time.ancient", place, moment.isoformat())
        return None
    if moment > now and (moment > LATEST or moment > now + faults.rules.future_tolerance):
        faults.add("time.future", place, moment.isoformat())
        return None
    return moment


def parse(value, *, place, now, faults):
    """A time that may be left out: text with an offset, or a date (its first moment in UTC)."""
    if value is None or value == "":
        return None
    try:
        moment = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        faults.add("time.offset", place, value, effect="drop")
        return None
    return check(moment, place=place, now=now, faults=faults)
