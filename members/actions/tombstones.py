"""Tombstones: set by an erasure, counted by intake, lifted when the person comes again of his own accord."""

import datetime as dt
import secrets
from collections.abc import Collection

from members import sets
from members.models import Erasure, ErasureSalt
from members.queries import tombstones

SET = """
INSERT INTO members_tombstone AS t (erasure_id, kind, digest, erased_at)
SELECT %s, kind, decode(digest, 'hex'), %s::timestamptz
FROM unnest(%s::text[], %s::text[]) AS n (kind, digest)
ORDER BY digest, kind
ON CONFLICT (digest, kind) DO UPDATE
SET erasure_id = excluded.erasure_id, erased_at = excluded.erased_at, lifted_at = NULL
"""
COUNT = """
UPDATE members_tombstone t SET seen_count = t.seen_count + n.records, last_seen_at = greatest(t.last_seen_at, n.at)
FROM (SELECT id, count(*) AS records, %s::timestamptz AS at FROM unnest(%s::bigint[]) AS id GROUP BY id ORDER BY id) n
WHERE t.id = n.id
"""
LIFT = "UPDATE members_tombstone SET lifted_at = %s WHERE id = ANY(%s::bigint[]) AND lifted_at IS NULL"


def salt() -> bytes:
    """The salt of this installation, drawn if this is the first erasure."""
    ErasureSalt.objects.bulk_create([ErasureSalt(salt=secrets.token_bytes(32))], ignore_conflicts=True)
    return tombstones.salt()


def set_up(*, erasure: Erasure, digests: Collection[tuple[str, bytes]], now: dt.datetime) -> int:
    """Set tombstones of rows (kind, salted hash); how many."""
    rows = sorted((kind, each.hex()) for kind, each in digests)
    with sets.connection.cursor() as cursor:
        cursor.execute(SET, [erasure.pk, now, *sets.columns(rows, 2)])
    return len(rows)


def count(*, tombstones: Collection[int], now: dt.datetime) -> None:
    """Note that records of the erased came: the id of a tombstone for each record."""
    if tombstones:
        with sets.connection.cursor() as cursor:
            cursor.execute(COUNT, [now, sorted(tombstones)])


def lift(*, tombstones: Collection[int], now: dt.datetime) -> None:
    if tombstones:
        with sets.connection.cursor() as cursor:
            cursor.execute(LIFT, [now, sorted(tombstones)])
