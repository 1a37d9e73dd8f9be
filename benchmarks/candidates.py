"""Candidates among a million people: reading, blocking, scoring and filling the queue, within ten minutes."""

import json
import resource
import sys
import time
from collections.abc import Iterable
from itertools import islice

from django.utils import timezone

from benchmarks import customers, fixtures, house
from benchmarks.customers import Customer
from benchmarks.measures import Measure, at_most, shown
from identity.actions import candidates, seeds
from identity.candidates import backends
from identity.models import CandidateRun, ReviewCase
from members import sets

FULL = 1_000_000
SECONDS, LEAST_SECONDS = 600, 30  # Splink alone needs some seconds for two people
CHANNELS = ("mini", "pos")
AT = "2025-01-01T00:00:00+00:00"


def run(*, scale: float) -> list[Measure]:
    options = candidates.configured()
    try:
        backends.require(options.backend)
    except backends.Missing as missing:
        print(f"candidates: left out. {missing}", file=sys.stderr)
        return []
    count = max(1_000, int(FULL * scale))
    known = fill(count=count)
    begun = time.perf_counter()
    found = candidates.find(now=timezone.now(), clock=timezone.now, options=options)
    seconds = time.perf_counter() - begun
    limit = max(LEAST_SECONDS, SECONDS * count / FULL)
    return [at_most(f"candidates for {count:,} people", seconds, "s", limit), *_told(found, known)]


def _told(found: CandidateRun, known: set[tuple[int, int]]) -> list[Measure]:
    proposed = {(left[0], right[0]) for left, right in ReviewCase.objects.values_list("left", "right")}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        shown("peak memory of the search", peak, "MB"),
        shown("pairs compared", found.blocked, "pairs"),
        shown("cases", found.proposed, "cases"),
        shown("of them right", 100 * len(proposed & known) / max(len(proposed), 1), "%"),
        shown("people who are there twice and were found", 100 * len(proposed & known) / len(known), "%"),
        *(
            shown(f"clusters of {size}, if all were joined", count, "clusters")
            for size, count in found.cluster_sizes.items()
        ),
    ]


def fill(*, count: int) -> set[tuple[int, int]]:
    """One account a member in this process's database; the pairs of accounts (left < right) that are one person."""
    house.build(channels=CHANNELS)
    seeds.kinds()
    fixtures.people(count=count)
    known = set()
    with fixtures.filling() as cursor:
        cursor.execute(TOLD)
        for part in _parts(customers.made(count=count)):
            sets.copy("told (id, traits, phone, email)", [_row(each) for each in part])
            known |= {(each.person, each.number) for each in part if each.person != each.number}
        cursor.execute(SAY)
        for kind in ("phone", "email"):
            cursor.execute(CARRIED.format(column=kind), {"kind": kind})
    return known


def _parts(made: Iterable[Customer]) -> Iterable[list[Customer]]:
    made = iter(made)
    while part := list(islice(made, 20_000)):
        yield part


def _row(each: Customer) -> tuple:
    traits = {name: {"value": value, "at": AT} for name, value in each.traits().items()}
    return each.number, json.dumps(traits), each.phone or None, each.email or None


TOLD = "CREATE TEMP TABLE told (id bigint, traits jsonb, phone text, email text) ON COMMIT DROP"
SAY = "UPDATE members_account a SET traits = told.traits FROM told WHERE told.id = a.id"
CARRIED = """
WITH made AS (
    INSERT INTO identity_identifier (kind_id, value)
    SELECT DISTINCT %(kind)s, {column} FROM told WHERE {column} IS NOT NULL RETURNING id, value
)
INSERT INTO identity_binding (account_id, identifier_id, role, first_at, last_at)
SELECT told.id, made.id, 'holder', timestamptz '2025-01-01', timestamptz '2025-01-01'
FROM told JOIN made ON made.value = told.{column}
"""
