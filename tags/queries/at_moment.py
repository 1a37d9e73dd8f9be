"""What everybody carried of one tag at an earlier moment, in one statement: as it is now, with the changes since undone."""

import datetime as dt
from collections.abc import Iterable

from tags.conditions import moments
from tags.conditions.sql import Sql, build
from tags.models import Tag

# Of several changes of a value the first one after the moment tells whether it was there.
VALUES = """
WITH undone AS MATERIALIZED (
    SELECT DISTINCT ON (c.member_id, v.id) c.member_id, v.id AS value_id, v.id = ANY(c.lost) AS had
    FROM tags_tagchange c CROSS JOIN LATERAL unnest(c.gained || c.lost) AS v (id)
    WHERE c.at > {at} AND v.id = ANY({values}::int[])
    ORDER BY c.member_id, v.id, c.at, c.id
)
SELECT t.member_id, v.id AS value_id FROM tags_membertags t CROSS JOIN LATERAL unnest(t."values") AS v (id)
WHERE t."values" && {values}::int[] AND v.id = ANY({values}::int[])
  AND NOT EXISTS (SELECT FROM undone u WHERE u.member_id = t.member_id AND u.value_id = v.id)
UNION ALL
SELECT member_id, value_id FROM undone WHERE had"""

# A change tells what a number became: of an earlier moment it is the last change before it that rules. Days that only
# passed are no change: a number that counts them has grown since.
PASSED = " + (({at} AT TIME ZONE {zone})::date - (c.at AT TIME ZONE {zone})::date)"
NUMBERS = """
SELECT DISTINCT ON (c.member_id) c.member_id,
    c.numbers[array_position(c.slots, {slot}::smallint)]{passed} AS number
FROM tags_tagchange c WHERE c.at <= {at} AND {slot}::smallint = ANY(c.slots)
ORDER BY c.member_id, c.at DESC, c.id DESC"""


def values(*, tag: Tag, at: dt.datetime, only: Iterable[int] | None = None) -> Sql:
    """SELECT member_id, value_id: who carried which value of the tag (of ``only`` these values) at the moment. Members who
    have retired since are told as they were then."""
    wanted = tag.values.values_list("pk", flat=True) if only is None else only
    return build(VALUES, at=at, values=sorted(wanted))


def numbers(*, tag: Tag, at: dt.datetime) -> Sql:
    """SELECT member_id, number of a number tag at the moment; NULL where it was not known any more."""
    passed = build(PASSED, at=at, zone=str(moments.zone())) if tag.counts_days else Sql()
    return build(NUMBERS, at=at, slot=tag.slot, passed=passed)
