"""How many members have each tag value."""

from django.db import connection

from members.queries.scopes import Reach

COUNTS = """
SELECT held.value, count(*) FROM tags_membertags t, unnest(t.values) AS held(value)
{known} GROUP BY held.value
"""
KNOWN = """
WHERE EXISTS (SELECT FROM members_account a JOIN members_membership m ON m.account_id = a.id
              JOIN members_organization o ON o.id = m.organization_id
              WHERE a.member_id = t.member_id AND o.path LIKE %s)
"""


def counts(*, reach: Reach) -> dict[int, int]:
    """Tag value id → members within reach that have it now. One pass over all members: keep the answer a while."""
    if not reach:
        return {}
    known, parameters = ("", []) if reach.everything else (KNOWN, [f"{reach.node.path}%"])
    with connection.cursor() as cursor:
        cursor.execute(COUNTS.format(known=known), parameters)
        return dict(cursor.fetchall())
