"""OneID: a million accounts with 2.5 million links parted into people in one batch, what one arriving record costs,
and how long ten thousand accounts stay one person whom a bad identifier made of them."""

import datetime as dt
import resource
import statistics
import sys
import time

from django.db import connection

from benchmarks import fixtures, house
from benchmarks.measures import Measure, at_most, shown
from identity.actions import intake, oneid, seeds
from identity.models import Identifier, IdentifierKind
from members.models import Member

FULL = 1_000_000
SECONDS = 60
MEMORY = 1_000
ARRIVALS = 1_000
CROWD = 10_000
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
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024 if sys.platform == "linux" else 1024**2
    )
    people = Member.objects.active().count()
    fixtures.settle()
    linked, plain = _arrivals(count=count)
    ordinary = statistics.median(plain)
    return [
        at_most(f"OneID of {count:,} accounts in one batch", seconds, "s", SECONDS * count / FULL),
        at_most("its peak memory", memory, "MB", MEMORY),
        shown("people found", people, "people"),
        at_most("OneID of one arriving record, median", statistics.median(linked) - ordinary, "ms", 5),
        at_most("OneID of one arriving record, 99 of 100", _percentile(linked, 99) - ordinary, "ms", 20),
        shown("the whole intake of one arriving record, median", statistics.median(linked), "ms"),
        at_most(f"{CROWD:,} accounts on one bad identifier found and parted", _crowd(), "s", 10),
    ]


def _arrivals(*, count: int) -> tuple[list[float], list[float]]:
    """Times in ms of accounts that carry a known person's phone, and of those that carry nothing."""
    times: dict[bool, list[float]] = {True: [], False: []}
    for number in range(2 * ARRIVALS):
        linked = number % 2 == 0
        record = _arriving(number=number, person=number * 7919 % count, linked=linked)
        begun = time.perf_counter()
        intake.accept(records=[record], source="benchmark", now=NOW)
        times[linked].append((time.perf_counter() - begun) * 1000)
    return times[True], times[False]


def _percentile(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100)[percent - 1]


def _crowd() -> float:
    """Seconds until a person of ten thousand accounts is parted: one bad mailbox, of a kind without limits, made it."""
    IdentifierKind.objects.filter(code="email").update(max_accounts=None, max_distinct={})
    bad = Identifier.objects.create(kind_id="email", value="nobody@example.com")
    with connection.cursor() as cursor:
        for statement in (fixtures.CROWD, fixtures.ONE_PERSON, fixtures.ALONE):
            cursor.execute(statement, {"identifier": bad.pk, "crowd": CROWD})
    fixtures.analyze()
    begun = time.perf_counter()
    changes = oneid.resolve(accounts=[], identifiers=[bad.pk], now=NOW)
    seconds = time.perf_counter() - begun
    assert len(changes) == CROWD, f"{len(changes)} people of {CROWD}"
    return seconds


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
