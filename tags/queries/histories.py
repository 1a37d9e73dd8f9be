"""Since when a member has what, and who had what on an earlier day: read from the changes."""

import datetime as dt

from django.db import connection

SINCE = """
SELECT v, max(c.at) FROM tags_tagchange c, unnest(c.gained) AS v WHERE c.member_id = %s GROUP BY v
"""

# Who has it now, less who got it since, and who lost it since: of several changes the first one after the moment tells.
HOLDERS = """
WITH after AS (
    SELECT DISTINCT ON (c.member_id) c.member_id, %(value)s = ANY(c.lost) AS had
    FROM tags_tagchange c
    WHERE c.at > %(at)s AND (c.gained @> ARRAY[%(value)s]::int[] OR c.lost @> ARRAY[%(value)s]::int[])
    ORDER BY c.member_id, c.at, c.id
)
SELECT t.member_id FROM tags_membertags t
WHERE t."values" @> ARRAY[%(value)s]::int[] AND NOT EXISTS (SELECT FROM after a WHERE a.member_id = t.member_id)
UNION ALL
SELECT member_id FROM after WHERE had
"""

NUMBERS = """
SELECT c.at, c.numbers[array_position(c.slots, %(slot)s::smallint)] FROM tags_tagchange c
WHERE c.member_id = %(member)s AND %(slot)s = ANY(c.slots) ORDER BY c.at, c.id
"""


def since(*, member: int) -> dict[int, dt.datetime]:
    """Value id → when the member got it last; of values that he lost again, too."""
    with connection.cursor() as cursor:
        cursor.execute(SINCE, [member])
        return dict(cursor.fetchall())


def holders(*, value: int, at: dt.datetime) -> set[int]:
    """Ids of the members who had this value at an earlier moment, as computed by then."""
    with connection.cursor() as cursor:
        cursor.execute(HOLDERS, {"value": value, "at": at})
        return {row[0] for row in cursor.fetchall()}


def numbers(*, member: int, slot: int) -> list[tuple[dt.datetime, float | None]]:
    """(when, what it became) of one number of a member, in order; None: not known from then on. Of a number that counts
    days a day that only passed is no change."""
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS, {"member": member, "slot": slot})
        return cursor.fetchall()
