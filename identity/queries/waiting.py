"""What came before the thing it names, and waits for it."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection

from members.models import Event, Order, Return, Review


@dataclass(frozen=True)
class Waiting:
    """`key` of `channel` waits for the `needs` ("account" or "order") named `named`, since `since`."""

    type: str
    channel: str
    key: str
    needs: str
    named: str
    since: dt.datetime


ROWS = """
SELECT w.type, c.code, w.key, w.needs, w.named, w.since FROM (
    SELECT 'order' AS type, channel_id, external_id AS key, 'account' AS needs, account_key AS named,
           occurred_at AS since
    FROM members_order WHERE account_id IS NULL AND account_key <> ''
    UNION ALL
    SELECT 'return', channel_id, external_id, 'order', order_key, occurred_at
    FROM members_return WHERE order_id IS NULL AND order_key <> ''
    UNION ALL
    SELECT 'return', channel_id, external_id, 'account', account_key, occurred_at
    FROM members_return WHERE account_id IS NULL AND account_key <> ''
    UNION ALL
    SELECT 'review', channel_id, external_id, 'order', order_key, occurred_at
    FROM members_review WHERE order_id IS NULL AND order_key <> ''
    UNION ALL
    SELECT 'review', channel_id, external_id, 'account', account_key, occurred_at
    FROM members_review WHERE account_id IS NULL AND account_key <> ''
    UNION ALL
    SELECT 'event', channel_id, name, 'account', account_key, occurred_at
    FROM members_event WHERE account_id IS NULL AND account_key <> ''
) w JOIN members_channel c ON c.id = w.channel_id
WHERE %s = '' OR c.code = %s
ORDER BY w.since, w.type, w.key
LIMIT %s
"""


def rows(*, channel: str = "", limit: int = 1_000) -> list[Waiting]:
    """Waiting facts, longest first."""
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [channel, channel, limit])
        return [Waiting(*row) for row in cursor.fetchall()]


def counts() -> dict[str, int]:
    """How many facts of each type wait."""
    return {
        "order": Order.objects.waiting().count(),
        "return": Return.objects.waiting().count(),
        "review": Review.objects.waiting().count(),
        "event": Event.objects.waiting().count(),
    }
