"""When time alone may change the answer of a leaf: the earliest such moment strictly after the as-of moment.

A moment too early costs one needless look; one too late would leave a wrong answer. NULL: never.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from tags.conditions import moments
from tags.conditions.sql import NOTHING, Sql, build, join

FARTHEST = 100_000  # days: longer than anybody lives
LATER = "CASE WHEN {moment} + {wait}::interval > {as_of} THEN {moment} + {wait}::interval END"
PASSING = "CASE WHEN {moment} > {as_of} THEN {moment} END"
MIDNIGHT = """
CASE WHEN {moment} IS NOT NULL THEN greatest(
    ({moment} AT TIME ZONE {zone} - interval '1 hour')::date::timestamp AT TIME ZONE {zone}, {tomorrow}::timestamptz) END"""


@dataclass(frozen=True)
class Turn:
    """``at``: SQL of a moment. ``by_day``: what changes then changes with the midnight before it; for that the moment
    may be up to an hour late, since a day is counted as 24 hours."""

    at: Sql
    by_day: bool = False


def due(turns: Iterable[Turn], as_of: dt.datetime) -> Sql:
    """The earliest of all, as a moment at which to look again. Days are turned into midnights once, for all of them."""
    each = {(turn.at.text, repr(turn.at.params), turn.by_day): turn for turn in turns}.values()
    found = [build(PASSING, moment=turn.at, as_of=as_of) for turn in each if not turn.by_day]
    if days := _least([turn.at for turn in each if turn.by_day]):
        found.append(_midnight(days, as_of))
    return _least(found) or Sql("NULL::timestamptz")


def aged(moment: Sql, days: Iterable[int], as_of: dt.datetime) -> Sql:
    """The moment at which the fact of ``moment`` has as many times 24 hours as one of these numbers of days says, of those
    ages in days that it has not yet reached; NULL if it has them all, and nothing where no days are given."""
    today = moments.day_of(as_of)
    cases = [
        build(
            "WHEN {moment} >= {since}::timestamptz THEN {moment} + {age}",
            moment=moment,
            since=moments.start_of(today - dt.timedelta(days=number - 1)),
            age=Sql(f"interval '{24 * number} hours'"),
        )
        for number in sorted({number for number in days if abs(number) <= FARTHEST})
    ]
    return build("CASE {cases} END", cases=join(cases, " ")) if cases else NOTHING


def days_later(moment: Sql, days: Iterable[int], as_of: dt.datetime) -> list[Turn]:
    """With the day on which one of these numbers of days after ``moment`` is reached."""
    at = aged(moment, days, as_of)
    return [Turn(at, by_day=True)] if at else []


def after(moment: Sql, wait: dt.timedelta, as_of: dt.datetime) -> list[Turn]:
    """The first instant more than ``wait`` after the moment."""
    return [Turn(build(LATER, moment=moment, wait=wait + moments.INSTANT, as_of=as_of))]


def elapsed(numbers: Iterable[object]) -> set[int]:
    """With which ages in days a comparison with these numbers may change: each, and the day after."""
    whole = {int(number) for number in numbers}
    return whole | {number + 1 for number in whole}


def _midnight(moment: Sql, as_of: dt.datetime) -> Sql:
    """The midnight before, an hour allowed for clocks that were changed; as all midnights still to come, not before the next."""
    tomorrow = moments.start_of(moments.day_of(as_of) + moments.DAY)
    return build(MIDNIGHT, moment=moment, zone=str(moments.zone()), tomorrow=tomorrow)


def _least(pieces: list[Sql]) -> Sql:
    return build("least({pieces})", pieces=join(pieces, ", ")) if len(pieces) > 1 else join(pieces, "")
