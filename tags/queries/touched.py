"""Members whose facts changed, as the event log tells: of the event's account, and whom that account has left."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import connection

from members.models import Event
from members.models.event import SETTLED

# Their property `from` is the OneID that the account had before.
MOVED = ("identity.merged", "identity.split")

SKEW = dt.timedelta(minutes=15)

SINCE = """
SELECT touched FROM (
    SELECT unnest(ARRAY[a.member_id, a.minted_id]) AS touched
    FROM members_event e JOIN members_account a ON a.id = e.account_id WHERE e.tx >= %(since)s
    UNION
    SELECT m.id FROM members_event e JOIN members_member m ON m.oneid = e.properties ->> 'from'
    WHERE e.tx >= %(since)s AND e.name = ANY(%(moved)s)
) t WHERE touched BETWEEN %(first)s AND %(last)s
UNION
SELECT member_id FROM tags_membertags WHERE computed_at > %(now)s AND member_id BETWEEN %(first)s AND %(last)s
ORDER BY 1
"""

AHEAD = """
SELECT max(e.occurred_at) FROM members_account a JOIN members_event e ON e.account_id = a.id
WHERE a.member_id = ANY(%(members)s::bigint[]) AND e.occurred_at > %(now)s AND e.occurred_at <= %(until)s
"""

OF_EVENTS = """
SELECT unnest(ARRAY[a.member_id, a.minted_id]) AS touched FROM members_account a WHERE a.id = ANY(%s::bigint[])
UNION
SELECT m.id FROM members_event e JOIN members_member m ON m.oneid = e.properties ->> 'from'
WHERE e.id = ANY(%s::bigint[])
ORDER BY 1
"""


def horizon() -> int:
    """Every transaction below this id has ended: what it wrote is seen by statements from here on."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {SETTLED}")
        return cursor.fetchone()[0]


def since(*, horizon: int, now: dt.datetime, first: int = 0, last: int = 2**63 - 1) -> list[int]:
    """Members (ids in a range) of whom transactions speak that had not ended at the horizon, or who were computed as of a
    later moment than ``now``: what is known about them is newer."""
    given = {"since": horizon, "moved": list(MOVED), "now": now, "first": first, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(SINCE, given)
        return [row[0] for row in cursor.fetchall()]


def moment(*, members: Sequence[int], now: dt.datetime) -> dt.datetime:
    """As of when these members are computed: now, or a little later. What a channel says whose clock is ahead counts at once,
    and goes on counting when they are looked at again before its time."""
    given = {"members": list(members), "now": now, "until": now + SKEW}
    with connection.cursor() as cursor:
        cursor.execute(AHEAD, given)
        return cursor.fetchone()[0] or now


def by(*, events: Iterable[Event]) -> list[int]:
    """Members of whom these events speak; retired ones among them lose their tags."""
    events = list(events)
    accounts = sorted({event.account_id for event in events if event.account_id})
    moved = [event.pk for event in events if event.name in MOVED]
    with connection.cursor() as cursor:
        cursor.execute(OF_EVENTS, [accounts, moved])
        return [row[0] for row in cursor.fetchall()]
