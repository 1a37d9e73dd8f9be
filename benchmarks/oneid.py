"""OneID: a million accounts parted into people in one batch, and what one arriving record costs."""

import datetime as dt
import statistics
import time

from benchmarks import fixtures, house
from benchmarks.measures import Measure, at_most, shown
from identity.actions import intake, oneid, seeds
from members.models import Member

FULL = 1_000_000
SECONDS = 60
ARRIVALS = 150
CHANNEL = "mini"
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def run(*, scale: float) -> list[Measure]:
    count = max(1_000, int(FULL * scale))
    house.build(channels=[CHANNEL])
    seeds.kinds()
    seeds.cleaning()
    fixtures.people(count=count)
    fixtures.identifiers(count=count)
    begun = time.perf_counter()
    oneid.rebuild(now=NOW)
    seconds = time.perf_counter() - begun
    people = Member.objects.active().count()
    fixtures.analyze()
    linked, plain = _arrivals(count=count)
    return [
        at_most(f"OneID of {count:,} accounts in one batch", seconds, "s", SECONDS * count / FULL),
        shown("people found", people, "people"),
        at_most("OneID of one arriving record, median", linked - plain, "ms", 5),
        shown("the whole intake of one arriving record, median", linked, "ms"),
    ]


def _arrivals(*, count: int) -> tuple[float, float]:
    """Median ms of an account that carries a known person's phone, and of one that carries nothing."""
    times: dict[bool, list[float]] = {True: [], False: []}
    for number in range(2 * ARRIVALS):
        linked = number % 2 == 0
        record = _arriving(number=number, person=number * 7919 % count, linked=linked)
        begun = time.perf_counter()
        intake.accept(records=[record], source="benchmark", now=NOW)
        times[linked].append((time.perf_counter() - begun) * 1000)
    return statistics.median(times[True]), statistics.median(times[False])


def _arriving(*, number: int, person: int, linked: bool) -> dict:
    record = {
        "type": "account",
        "channel": CHANNEL,
        "external_id": f"arriving-{number}",
        "occurred_at": "2025-12-31T12:00:00+08:00",
    }
    if linked:
        record["identifiers"] = [{"kind": "phone", "value": f"+86138{person * 2 // 3:08}"}]
    return record
