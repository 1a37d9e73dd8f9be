"""How many members have which value of which tag."""

from collections.abc import Iterable

from django.db import connection

COUNTS = """
SELECT t.code, v.code, v.name, coalesce(c.members, 0)
FROM tags_tagvalue v JOIN tags_tag t ON t.id = v.tag_id
LEFT JOIN (SELECT value, count(*) AS members FROM tags_membertags m, unnest(m."values") value GROUP BY value) c
       ON c.value = v.id
WHERE t.code = ANY(%s) ORDER BY t.code, v.position, v.id
"""


def counts(*, tags: Iterable[str]) -> list[tuple[str, str, str, int]]:
    """(tag code, value code, value name, members) of every value of these tags, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, [list(tags)])
        return cursor.fetchall()
