"""What each channel delivers, looked up once a day: which facts a tag can stand on (``SignalDelivery``).

Events are counted once each, as they are added to the log, so a day's look costs what the day brought. Of large tables of
facts some blocks are read and the number is estimated from them (ADR 071).
"""

import datetime as dt

from django.db import connection, transaction

from members.models import EventCursor
from members.models.event import SETTLED

READER = "signals"
BLOCKS_OF = 2_000_000  # rows; of a larger table so many are read

# What the house notes of itself (a plan was drafted) comes through no channel.
EVENTS = """
SELECT channel_id, 'event.' || name AS signal, count(*) AS facts, max(occurred_at) AS last_at FROM members_event
WHERE tx >= %(since)s AND tx < %(until)s AND length(name) <= 90 AND channel_id IS NOT NULL GROUP BY channel_id, name
"""
ADDED = """
INSERT INTO tags_signaldelivery (channel_id, signal, facts, last_at, looked_at)
SELECT channel_id, signal, facts, last_at, %(now)s FROM ({rows}) r ORDER BY channel_id, signal
ON CONFLICT (channel_id, signal) DO UPDATE SET {facts},
    last_at = greatest(tags_signaldelivery.last_at, excluded.last_at), looked_at = excluded.looked_at
"""
PLUS = "facts = tags_signaldelivery.facts + excluded.facts"
ANEW = "facts = excluded.facts"

COUNTED = """
SELECT {channel} AS channel_id, {signal} AS signal, ceil(count(*) / %(share)s)::bigint AS facts, max({at}) AS last_at
FROM {table} f {sample} {joined} GROUP BY 1, 2
"""
OF_ACCOUNT = "JOIN members_account a ON a.id = f.account_id"
OF_WALLET = "JOIN members_wallet w ON w.id = f.wallet_id JOIN members_account a ON a.id = w.account_id"
OF_ORDER = "JOIN members_order o ON o.id = f.order_id AND f.category <> ''"
STATED = "CROSS JOIN LATERAL jsonb_object_keys(f.traits) AS key WHERE f.emptied_at IS NULL"
FACTS = (  # table, channel, signal, time, what is joined
    ("members_account", "f.channel_id", "'accounts'", "f.last_seen_at", "WHERE f.emptied_at IS NULL"),
    ("members_account", "f.channel_id", "'profile.' || key", "f.last_seen_at", STATED),
    ("members_order", "f.channel_id", "'orders'", "f.occurred_at", ""),
    ("members_orderline", "o.channel_id", "'orders.category'", "o.occurred_at", OF_ORDER),
    ("members_return", "f.channel_id", "'returns'", "f.occurred_at", ""),
    ("members_review", "f.channel_id", "'reviews'", "f.occurred_at", ""),
    ("members_consent", "a.channel_id", "'consents'", "f.stated_at", OF_ACCOUNT),
    ("members_labelstatement", "a.channel_id", "'labels'", "f.stated_at", OF_ACCOUNT),
    ("members_lot", "a.channel_id", "'balances'", "f.available_from", OF_WALLET),
    ("members_tiergrant", "a.channel_id", "'tiers'", "f.from_at", OF_ACCOUNT),
)  # fmt: skip


def look(*, now: dt.datetime) -> int:
    """How many (channel, signal) were told of."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        told = _events(cursor, now)
        for table, channel, signal, at, joined in FACTS:
            share = _share(cursor, table)
            sample = "" if share == 1 else f"TABLESAMPLE SYSTEM ({100 * share:.4f})"
            rows = COUNTED.format(
                channel=channel, signal=signal, at=at, table=table, sample=sample, joined=joined
            )
            cursor.execute(ADDED.format(rows=rows, facts=ANEW), {"share": share, "now": now})
            told += cursor.rowcount
    return told


def _events(cursor: object, now: dt.datetime) -> int:
    """Those added since the last look; the place in the log moves with the numbers, or neither does."""
    EventCursor.objects.get_or_create(reader=READER)
    place = EventCursor.objects.select_for_update().get(reader=READER)
    cursor.execute(f"SELECT {SETTLED}")
    settled = cursor.fetchone()[0]
    given = {"since": place.tx, "until": settled, "now": now}
    cursor.execute(ADDED.format(rows=EVENTS, facts=PLUS), given)
    place.tx, place.moved_at = settled, now
    place.save(update_fields=["tx", "moved_at"])
    return cursor.rowcount


def _share(cursor: object, table: str) -> float:
    cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
    return min(1, BLOCKS_OF / max(cursor.fetchone()[0], 1))
