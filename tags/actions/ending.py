"""Takes what is no longer given off everybody who carries it: the values of retired tags, and values that were dropped.

In batches, each a transaction of its own; killed in between, the next call goes on. Every loss is written to the history.
"""

import datetime as dt

from django.db import connection, transaction

from tags.actions import merging
from tags.models import Tag, TagValue

BATCH = 20_000

END = """
WITH held AS (
    SELECT member_id, "values" AS had, numbers FROM tags_membertags
    WHERE member_id > %(after)s AND ("values" && %(values)s::int[] OR {known})
    ORDER BY member_id LIMIT %(batch)s FOR UPDATE
), fresh AS (
    SELECT member_id,
           ARRAY(SELECT v FROM unnest(had) WITH ORDINALITY u(v, n) WHERE v <> ALL(%(values)s::int[]) ORDER BY n) AS "values",
           ARRAY(SELECT v FROM unnest(had) WITH ORDINALITY u(v, n) WHERE v = ANY(%(values)s::int[]) ORDER BY n) AS lost,
           ARRAY(SELECT CASE WHEN n = ANY(%(slots)s::int[]) THEN NULL ELSE v END
                 FROM unnest(numbers) WITH ORDINALITY u(v, n) ORDER BY n) AS numbers,
           ARRAY(SELECT n::smallint FROM unnest(numbers) WITH ORDINALITY u(v, n)
                 WHERE n = ANY(%(slots)s::int[]) AND v IS NOT NULL ORDER BY n) AS slots
    FROM held
), written AS (
    UPDATE tags_membertags m SET "values" = f."values", numbers = f.numbers, computed_at = %(now)s
    FROM fresh f WHERE f.member_id = m.member_id
), told AS (
    INSERT INTO tags_tagchange (member_id, gained, lost, slots, numbers, at)
    SELECT member_id, '{{}}', lost, slots, array_fill(NULL::float8, ARRAY[cardinality(slots)]), %(now)s
    FROM fresh ORDER BY member_id
)
SELECT count(*), max(member_id) FROM fresh
"""
KNOWN = "numbers[{slot}] IS NOT NULL"


def end(*, now: dt.datetime, tag: Tag | None = None) -> int:
    """Of one tag, or of all; of how many members something was taken."""
    values = TagValue.objects.filter(dropped=True) | TagValue.objects.filter(tag__status=Tag.Status.RETIRED)
    slots = Tag.objects.filter(status=Tag.Status.RETIRED).exclude(slot=None)
    if tag is not None:
        values, slots = values.filter(tag=tag), slots.filter(pk=tag.pk)
    return _end(
        sorted(values.values_list("pk", flat=True)), sorted(slots.values_list("slot", flat=True)), now
    )


def _end(values: list[int], slots: list[int], now: dt.datetime) -> int:
    if not values and not slots:
        return 0
    known = " OR ".join(KNOWN.format(slot=int(slot)) for slot in slots) or "FALSE"
    statement = END.format(known=known)
    done, given = 0, {"values": values, "slots": slots, "now": now, "batch": BATCH, "after": 0}
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            merging.lock()
            cursor.execute(statement, given)
            count, last = cursor.fetchone()
        done += count
        if count < BATCH:
            return done
        given["after"] = last
