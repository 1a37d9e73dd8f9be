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
BEGAN = """
SELECT a.member_id, a.id, a.channel_id, a.external_id, least(
           a.first_seen_at,
           (SELECT min(k.known_at) FROM members_membership k WHERE k.account_id = a.id),
           (SELECT e.occurred_at FROM members_event e WHERE e.account_id = a.id ORDER BY e.occurred_at LIMIT 1),
           (SELECT min(o.occurred_at) FROM members_order o WHERE o.account_id = a.id)
       ) AS at
FROM members_account a
WHERE a.emptied_at IS NULL {people}
"""
FIRST = """
SELECT DISTINCT ON (b.member_id) b.member_id, b.channel_id, b.at
FROM ({began}) b JOIN members_channel c ON c.id = b.channel_id
ORDER BY b.member_id, b.at, c.code, b.external_id
"""


@dataclass(frozen=True)
class FirstTouch:
    platform: Channel
    at: dt.datetime


def statement(*, people: str = "") -> str:
    """SQL with a row (member_id, channel_id, at) for everybody. ``people``: a term on ``a``, the accounts."""
    return FIRST.format(began=BEGAN.format(people=people))


def of(*, member: Member, accounts: Collection[int] | None = None) -> FirstTouch | None:
    """The first touch of one person, with ``accounts`` by these of his alone; None without an account."""
    rows = measured(members=[member.pk], accounts=accounts)
    return FirstTouch(Channel.objects.get(pk=rows[0][1]), rows[0][2]) if rows else None


def measured(
    *, members: Collection[int] | None = None, accounts: Collection[int] | None = None
) -> list[tuple[int, int, dt.datetime]]:
    """(member, channel, at) of these members (and accounts), or of everybody, by member."""
    terms = {"AND a.member_id = ANY(%s)": members, "AND a.id = ANY(%s)": accounts}
    given = {term: list(ids) for term, ids in terms.items() if ids is not None}
    with connection.cursor() as cursor:
        cursor.execute(statement(people=" ".join(given)), list(given.values()))
        return cursor.fetchall()
