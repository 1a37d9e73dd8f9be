"""Members whose facts changed, as the event log tells: of the event's account, and whom that account has left."""

from collections.abc import Iterable

from django.db import connection

from members.models import Event
from members.models.event import SETTLED

MOVED = (
    "identity.merged",
    "identity.split",
)  # their property `from` is the OneID that the account had before

SINCE = """
SELECT touched FROM (
    SELECT unnest(ARRAY[a.member_id, a.minted_id]) AS touched
    FROM members_event e JOIN members_account a ON a.id = e.account_id WHERE e.tx >= %(since)s
    UNION
    SELECT m.id FROM members_event e JOIN members_member m ON m.oneid = e.properties ->> 'from'
    WHERE e.tx >= %(since)s AND e.name = ANY(%(moved)s)
) t WHERE touched BETWEEN %(first)s AND %(last)s ORDER BY 1
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


def since(*, horizon: int, first: int = 0, last: int = 2**63 - 1) -> list[int]:
    """Members (ids in a range) of whom transactions speak that had not ended at the horizon."""
    given = {"since": horizon, "moved": list(MOVED), "first": first, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(SINCE, given)
        return [row[0] for row in cursor.fetchall()]


def by(*, events: Iterable[Event]) -> list[int]:
    """Members of whom these events speak; retired ones among them lose their tags."""
    events = list(events)
    accounts = sorted({event.account_id for event in events if event.account_id})
    moved = [event.pk for event in events if event.name in MOVED]
    with connection.cursor() as cursor:
        cursor.execute(OF_EVENTS, [accounts, moved])
        return [row[0] for row in cursor.fetchall()]
