"""Activation codes of memberships elsewhere: brought in by the house, given out once, each to one grant."""

import datetime as dt
from collections.abc import Collection, Iterable

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.utils.translation import gettext as _

from members import sets
from members.actions import settling
from members.models import Right

LIMIT = 200

BRING = """
INSERT INTO members_rightcode (right_id, code, brought_at)
SELECT %s, code, %s FROM unnest(%s::text[]) WITH ORDINALITY AS n (code, place) ORDER BY place
ON CONFLICT (right_id, code) DO NOTHING RETURNING id
"""
# The grant that waits longest gets the code that was brought first.
GIVE = """
WITH waiting AS MATERIALIZED (
    SELECT g.id, g.right_id, row_number() OVER (PARTITION BY g.right_id ORDER BY g.id) AS place
    FROM members_rightgrant g
    WHERE g.right_id = ANY(%(rights)s) AND g.revoked_at IS NULL
      AND NOT EXISTS (SELECT FROM members_rightcode c WHERE c.grant_id = g.id)
), wanted AS (
    SELECT right_id, count(*) AS many FROM waiting GROUP BY right_id
), free AS MATERIALIZED (
    SELECT c.id, w.right_id FROM wanted w CROSS JOIN LATERAL (
        SELECT c.id FROM members_rightcode c WHERE c.right_id = w.right_id AND c.grant_id IS NULL
        ORDER BY c.id LIMIT w.many FOR UPDATE SKIP LOCKED
    ) c
), placed AS (
    SELECT id, right_id, row_number() OVER (PARTITION BY right_id ORDER BY id) AS place FROM free
)
UPDATE members_rightcode c SET grant_id = w.id, given_at = %(now)s
FROM placed p JOIN waiting w USING (right_id, place) WHERE c.id = p.id
RETURNING c.grant_id
"""


class Unusable(ValueError):
    """These lines are no codes, or the right has none."""


@transaction.atomic
def bring(*, right: Right, lines: Iterable[str], now: dt.datetime, by: AbstractBaseUser | None = None) -> int:
    """Keep codes, one a line, and give them to grants that wait; how many were new. Bringing them again adds none.

    Raises Unusable, and keeps none of them, if the right takes no codes or a line is too long.
    """
    if not right.with_code:
        raise Unusable(_("%(right)s takes no activation codes.") % {"right": right})
    codes = list(dict.fromkeys(text for line in lines if (text := line.strip())))
    for place, code in enumerate(codes, start=1):
        if len(code) > LIMIT or not code.isprintable():
            raise Unusable(
                _(
                    "Code %(place)s is longer than 200 characters or has control characters. Bring one code a line."
                )
                % {"place": place}
            )
    settling.alone()
    made = sets.run(BRING, [], 0, right.pk, now, codes)
    give(rights=[right.pk], now=now)
    return len(made)


def give(*, rights: Collection[int], now: dt.datetime) -> list[int]:
    """Give codes to the live grants of these rights that have none, as far as there are any; those grants."""
    if not rights:
        return []
    with connection.cursor() as cursor:
        cursor.execute(GIVE, {"rights": sorted(rights), "now": now})
        return [row[0] for row in cursor.fetchall()]
