"""When time alone may change the answer of a leaf: SQL of the earliest such moment strictly after the as-of moment.

A moment too early costs one needless look; one too late would leave a wrong answer. NULL: never.
"""

import datetime as dt
from collections.abc import Iterable

from tags.conditions import moments
from tags.conditions.sql import Sql, build, join

FARTHEST = 100_000  # days: longer than anybody lives
MIDNIGHT = "({day})::timestamp AT TIME ZONE {zone}"
REACHED = "CASE WHEN {day} > {today}::date - {offset}::int THEN {day} + {offset}::int END"
LATER = "CASE WHEN {moment} + {wait}::interval > {as_of} THEN {moment} + {wait}::interval END"


def days_later(moment: Sql, days: Iterable[int], as_of: dt.datetime) -> Sql | None:
    """The midnight with which one of these numbers of days after the day of ``moment`` is reached."""
    offsets = sorted({number for number in days if abs(number) <= FARTHEST})
    if not offsets:
        return None
    zone, today = str(moments.zone()), moments.day_of(as_of)
    day = build("({moment} AT TIME ZONE {zone})::date", moment=moment, zone=zone)
    reached = [build(REACHED, day=day, today=today, offset=offset) for offset in offsets]
    return build(MIDNIGHT, day=earliest(*reached), zone=zone)


def after(moment: Sql, wait: dt.timedelta, as_of: dt.datetime) -> Sql:
    """The first instant more than ``wait`` after the moment."""
    return build(LATER, moment=moment, wait=wait + moments.INSTANT, as_of=as_of)


def passing(moment: Sql, as_of: dt.datetime) -> Sql:
    """The moment itself, if it is still to come."""
    return build("CASE WHEN {moment} > {as_of} THEN {moment} END", moment=moment, as_of=as_of)


def earliest(*pieces: Sql | None) -> Sql | None:
    found = [piece for piece in pieces if piece]
    if not found:
        return None
    return build("least({pieces})", pieces=join(found, ", ")) if len(found) > 1 else found[0]


def elapsed(numbers: Iterable[object]) -> set[int]:
    """With which ages in days a comparison with these numbers may change: each, and the day after."""
    whole = {int(number) for number in numbers}
    return whole | {number + 1 for number in whole}
