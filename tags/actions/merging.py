"""Brings computed tags into ``MemberTags`` and writes what changed, in one statement for a set of members."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from tags.conditions import moments
from tags.conditions.sql import Sql, build

LOCK = 7_765_001  # an advisory lock, held to the end of a transaction: one merge at a time

# `fresh` is what a member has now: what was computed, and what he had of tags that were not.
# `waiting` is materialized: a table that grows while it is searched is searched ever longer.
# OFFSET 0: what stands above it takes each column as it is, and does not work it out at every mention.
# `expected` are his numbers if nothing happened: those that count days have grown by the days since. A change tells only
# what is not as expected.
# Nothing is concluded about who refused it with his last word, nor about who was erased.
MERGE = """
WITH spared AS MATERIALIZED (
    SELECT a.member_id FROM members_consent c JOIN members_account a ON a.id = c.account_id
    WHERE c.purpose = 'profiling' AND NOT c.granted AND NOT EXISTS (
        SELECT FROM members_account own JOIN members_consent later ON later.account_id = own.id
        WHERE own.member_id = a.member_id AND later.purpose = 'profiling' AND later.granted
          AND later.stated_at > c.stated_at)
    UNION
    SELECT a.member_id FROM members_account a JOIN members_member m ON m.id = a.member_id
    WHERE a.emptied_at IS NOT NULL AND m.retired_at IS NOT NULL
), staged AS (
    SELECT s.member_id, s."values", s.numbers, s.due_at FROM {staged} s
    WHERE {inside} AND NOT EXISTS (SELECT FROM spared p WHERE p.member_id = s.member_id)
), more AS (
    SELECT s.member_id, s.ids, s.slots, s.numbers FROM {more} s
    WHERE {inside} AND NOT EXISTS (SELECT FROM spared p WHERE p.member_id = s.member_id)
), held AS (
    SELECT s.member_id, s."values", {kept} AS kept, CASE WHEN cardinality(s.numbers) = {width} THEN s.numbers ELSE
        (s.numbers || array_fill(NULL::float8, ARRAY[greatest({width} - cardinality(s.numbers), 0)]))[1:{width}]
        END AS numbers,
        EXISTS (SELECT FROM spared p WHERE p.member_id = s.member_id) AS spared,
        ({at} AT TIME ZONE {zone})::date - (s.computed_at AT TIME ZONE {zone})::date AS days
    FROM tags_membertags s WHERE {inside} OFFSET 0
), fresh AS (
    SELECT member_id, coalesce(h."values", '{{}}') AS old,
        coalesce(h.numbers, {nothing}) AS old_numbers, h.days,
        CASE WHEN o.ids IS NULL AND (h.spared OR coalesce(h.kept, '{{}}') = '{{}}')
             THEN coalesce(s."values", '{{}}')
             WHEN o.ids IS NULL AND coalesce(s."values", '{{}}') = '{{}}' AND h.kept = h."values"
             THEN h."values"
             ELSE ARRAY(SELECT DISTINCT v FROM (
                SELECT unnest(s."values") AS v UNION ALL SELECT unnest(o.ids)
                UNION ALL SELECT unnest(h.kept)) every ORDER BY v)
        END AS new,
        CASE WHEN o.slots IS NULL AND {whole} AND cardinality(s.numbers) = {width} THEN s.numbers
             ELSE {numbers} END AS new_numbers
    FROM staged s FULL JOIN more o USING (member_id) FULL JOIN held h USING (member_id) OFFSET 0
), aged AS (
    SELECT *, {expected} AS expected FROM fresh OFFSET 0
), diff AS MATERIALIZED (
    SELECT member_id, old, new, expected, new_numbers FROM aged
    WHERE old <> new OR old_numbers IS DISTINCT FROM new_numbers OR expected IS DISTINCT FROM new_numbers
), written AS (
    INSERT INTO tags_membertags (member_id, "values", numbers, computed_at)
    SELECT member_id, new, new_numbers, {at} FROM diff ORDER BY member_id
    ON CONFLICT (member_id) DO UPDATE
        SET "values" = excluded."values", numbers = excluded.numbers, computed_at = excluded.computed_at
), waiting AS MATERIALIZED (
    SELECT s.member_id, s.due_at FROM tags_memberturn s WHERE {inside}
), turned AS (
    INSERT INTO tags_memberturn (member_id, due_at) SELECT member_id, due_at FROM staged s
    WHERE due_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM waiting t WHERE t.member_id = s.member_id
          AND (t.due_at = s.due_at OR NOT {anew} AND t.due_at < s.due_at))
    ON CONFLICT (member_id) DO UPDATE SET due_at = excluded.due_at
), unturned AS (
    DELETE FROM tags_memberturn s WHERE {anew} AND {inside} AND NOT EXISTS (
        SELECT FROM staged d WHERE d.member_id = s.member_id AND d.due_at IS NOT NULL)
), changes AS (
    INSERT INTO tags_tagchange (member_id, run_id, gained, lost, slots, numbers, at)
    SELECT member_id, {run},
        CASE WHEN old = new THEN '{{}}' WHEN old = '{{}}' THEN new ELSE ARRAY(SELECT v FROM unnest(new) v WHERE v <> ALL(old)) END,
        CASE WHEN old = new THEN '{{}}' WHEN new = '{{}}' THEN old ELSE ARRAY(SELECT v FROM unnest(old) v WHERE v <> ALL(new)) END,
        CASE WHEN all_new THEN {places}
             ELSE ARRAY(SELECT i FROM unnest({places}) i WHERE expected[i] IS DISTINCT FROM new_numbers[i]) END,
        CASE WHEN all_new THEN new_numbers
             ELSE ARRAY(SELECT new_numbers[i] FROM unnest({places}) i
                        WHERE expected[i] IS DISTINCT FROM new_numbers[i]) END, {at}
    FROM (SELECT *, expected = {nothing} AND array_position(new_numbers, NULL) IS NULL AS all_new FROM diff
          WHERE old <> new OR expected IS DISTINCT FROM new_numbers) d
    RETURNING cardinality(gained) AS gained, cardinality(lost) AS lost
)
SELECT coalesce(sum(gained), 0), coalesce(sum(lost), 0) FROM changes
"""

KEPT = 'ARRAY(SELECT k FROM unnest(s."values") WITH ORDINALITY every (k, place) WHERE k = ANY({kept}::int[]) ORDER BY place)'
NONE = Sql("'{}'::int[]")
AS_THEY_WERE = Sql("old_numbers")
OLDER = """
CASE WHEN days > 0 THEN ARRAY(
    SELECT CASE WHEN i = ANY({days}::int[]) THEN n + days ELSE n END
    FROM unnest(old_numbers) WITH ORDINALITY AS held (n, i) ORDER BY i) ELSE old_numbers END
"""
NO_MORE = Sql(
    "(SELECT NULL::bigint AS member_id, NULL::int[] AS ids, NULL::smallint[] AS slots, NULL::float8[] AS numbers"
    " WHERE FALSE)"
)


@dataclass(frozen=True)
class Changes:
    gained: int = 0
    lost: int = 0

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(self.gained + other.gained, self.lost + other.lost)


@dataclass(frozen=True)
class Extent:
    """What a merge is about. ``kept``: values of tags that were not computed; ``slots`` and ``kept_slots``: places of numbers
    that were, and of those that were not; ``days``: those of ``slots`` that count days; ``width``: how many places there are;
    ``anew``: members' turns are known from here alone, else they may only come earlier."""

    kept: list[int]
    slots: list[int]
    days: list[int]
    kept_slots: list[int]
    width: int
    anew: bool


def lock() -> None:
    """A statement of its own: the statements after it see what the merge before this one committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def merge(
    *, staged: Sql, inside: Sql, extent: Extent, run: int, now: dt.datetime, more: Sql = NO_MORE
) -> Changes:
    """``staged``: (member_id, values, numbers, due_at), one row a member; ``more``: (member_id, ids, slots, numbers) to be
    added; ``inside``: a term on s.member_id, the members that are meant. Call ``lock`` first, in the same transaction."""
    query = build(
        MERGE,
        staged=staged,
        more=more,
        inside=inside,
        kept=build(KEPT, kept=extent.kept) if extent.kept else NONE,
        numbers=_numbers(extent),
        whole=Sql("FALSE" if extent.kept_slots else "TRUE"),
        width=Sql(str(extent.width)),
        nothing=Sql(f"array_fill(NULL::float8, ARRAY[{extent.width}])"),
        places=build("{places}::smallint[]", places=list(range(1, extent.width + 1))),
        anew=Sql("TRUE" if extent.anew else "FALSE"),
        expected=build(OLDER, days=extent.days) if extent.days else AS_THEY_WERE,
        zone=str(moments.zone()),
        run=run,
        at=now,
    )
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.params)
        return Changes(*cursor.fetchone())


def _numbers(extent: Extent) -> Sql:
    """A member's numbers, place by place: those of rows of their own go before those of the statement."""
    computed, kept = set(extent.slots), set(extent.kept_slots)

    def number(slot: int) -> str:
        if slot in computed:
            return f"coalesce(o.numbers[array_position(o.slots, {slot}::smallint)], s.numbers[{slot}])"
        return f"CASE WHEN NOT h.spared THEN h.numbers[{slot}] END" if slot in kept else "NULL"

    return Sql(f"ARRAY[{', '.join(map(number, range(1, extent.width + 1)))}]::float8[]")


def these(members: list[int]) -> Sql:
    return build("s.member_id = ANY({members}::bigint[])", members=members)


def between(first: int, last: int, *, without: list[int]) -> Sql:
    return build(
        "s.member_id BETWEEN {first} AND {last} AND s.member_id <> ALL({without}::bigint[])",
        first=first,
        last=last,
        without=without,
    )
