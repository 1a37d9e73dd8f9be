"""What was earned can be spent before its waiting days are over."""

import datetime as dt

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection

from members.models import Posting

RELEASE = """
WITH released AS (
    UPDATE members_lot SET available_from = %(now)s WHERE posting_id = %(posting)s AND available_from > %(now)s
    RETURNING remaining
), told AS (
    INSERT INTO members_event (account_id, channel_id, organization_id, name, occurred_at, properties)
    SELECT a.id, a.channel_id, b.organization_id, b.kind || '.released', %(now)s, jsonb_strip_nulls(jsonb_build_object(
               'book', b.code, 'amount', round(r.steps * 10::numeric ^ -b.scale, b.scale)::text,
               'by', %(by)s::bigint, 'reason', nullif(%(reason)s, '')))
    FROM (SELECT sum(remaining) AS steps FROM released HAVING count(*) > 0) r
    JOIN members_posting p ON p.id = %(posting)s
    JOIN members_book b ON b.id = p.book_id JOIN members_account a ON a.id = p.account_id
)
SELECT count(*) FROM released
"""


def early(*, posting: Posting, now: dt.datetime, by: AbstractBaseUser | None, reason: str) -> bool:
    """Whether anything of it still waited."""
    told = {"now": now, "posting": posting.pk, "by": by and by.pk, "reason": reason.strip()[:300]}
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, told)
        return cursor.fetchone()[0] > 0
