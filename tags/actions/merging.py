"""Brings computed values into ``MemberTags`` and writes what changed, in one statement for a set of members."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from tags.conditions.sql import Sql, build

LOCK = 7_765_001  # an advisory lock, held to the end of a transaction: one merge at a time

# `fresh` are the values that a member has now: those computed, and those of tags that were not.
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
), fresh AS (
    SELECT member_id, array_agg(value_id ORDER BY value_id) AS "values" FROM (
        SELECT member_id, value_id FROM {staged} s WHERE {inside}
        UNION
        SELECT member_id, v FROM tags_membertags, unnest("values") v WHERE {inside} AND v = ANY({kept}::int[])
    ) v WHERE NOT EXISTS (SELECT FROM spared s WHERE s.member_id = v.member_id) GROUP BY member_id
), held AS (
    SELECT member_id, "values" FROM tags_membertags WHERE {inside}
), diff AS MATERIALIZED (
    SELECT member_id, coalesce(h."values", '{{}}') AS old, coalesce(f."values", '{{}}') AS new
    FROM fresh f FULL JOIN held h USING (member_id)
    WHERE coalesce(h."values", '{{}}') <> coalesce(f."values", '{{}}')
), written AS (
    INSERT INTO tags_membertags (member_id, "values", computed_at)
    SELECT member_id, new, {at} FROM diff ORDER BY member_id
    ON CONFLICT (member_id) DO UPDATE SET "values" = excluded."values", computed_at = excluded.computed_at
), changes AS (
    INSERT INTO tags_tagchange (member_id, gained, lost, at)
    SELECT member_id, ARRAY(SELECT v FROM unnest(new) v WHERE v <> ALL(old)),
           ARRAY(SELECT v FROM unnest(old) v WHERE v <> ALL(new)), {at}
    FROM diff ORDER BY member_id
    RETURNING cardinality(gained) AS gained, cardinality(lost) AS lost
)
SELECT coalesce(sum(gained), 0), coalesce(sum(lost), 0) FROM changes
"""


@dataclass(frozen=True)
class Changes:
    gained: int = 0
    lost: int = 0

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(self.gained + other.gained, self.lost + other.lost)


def lock() -> None:
    """A statement of its own: the statements after it see what the merge before this one committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def merge(*, staged: Sql, inside: Sql, kept: list[int], now: dt.datetime) -> Changes:
    """``staged``: a table of (member_id, value_id); ``inside``: a term on member_id, the members that are meant;
    ``kept``: values of tags that were not computed. Call ``lock`` first, in the same transaction."""
    query = build(MERGE, staged=staged, inside=inside, kept=kept, at=now)
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.params)
        return Changes(*cursor.fetchone())


def these(members: list[int]) -> Sql:
    return build("member_id = ANY({members}::bigint[])", members=members)


def between(first: int, last: int, *, without: list[int]) -> Sql:
    return build(
        "member_id BETWEEN {first} AND {last} AND member_id <> ALL({without}::bigint[])",
        first=first,
        last=last,
        without=without,
    )


def given(rows: list[tuple[int, int]]) -> Sql:
    """A few (member_id, value_id) as a table."""
    members, values = [row[0] for row in rows], [row[1] for row in rows]
    return build(
        "(SELECT * FROM unnest({members}::bigint[], {values}::int[]) AS g (member_id, value_id))",
        members=members,
        values=values,
    )
