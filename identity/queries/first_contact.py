"""When and through which platform a person first met the enterprise.

Nothing is stored: the first touch is the earliest fact of the person's accounts. So nothing overwrites it, after a
merge the earlier one wins, and after an undo each person has their own. A revoked account keeps its past.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from members.models import Channel, Member

# What a channel told of an account first: itself, a joining, an event, an order.
FIRST = """
SELECT a.channel_id, least(
           a.first_seen_at,
           (SELECT min(k.known_at) FROM members_membership k WHERE k.account_id = a.id),
           (SELECT e.occurred_at FROM members_event e WHERE e.account_id = a.id ORDER BY e.occurred_at LIMIT 1),
           (SELECT min(o.occurred_at) FROM members_order o WHERE o.account_id = a.id)
       ) AS at
FROM members_account a JOIN members_channel c ON c.id = a.channel_id
WHERE a.emptied_at IS NULL AND a.member_id = %s AND (%s::bigint[] IS NULL OR a.id = ANY(%s::bigint[]))
ORDER BY at, c.code, a.external_id LIMIT 1
"""


@dataclass(frozen=True)
class FirstTouch:
    platform: Channel
    at: dt.datetime


def of(*, member: Member, accounts: Collection[int] | None = None) -> FirstTouch | None:
    """The first touch of one person, with ``accounts`` by these of his alone; None without an account."""
    own = None if accounts is None else list(accounts)
    with connection.cursor() as cursor:
        cursor.execute(FIRST, [member.pk, own, own])
        found = cursor.fetchone()
    return FirstTouch(Channel.objects.get(pk=found[0]), found[1]) if found else None
