"""Returns of a till's sales that another door tells of, such as a nightly file: noted from the event log, then undone one by one.

What the sale's offers gave is undone as a return at the till would undo it. How the money went back a file does not tell: what
books paid stays where it is.
"""

import datetime as dt
import logging
from collections.abc import Collection

from django.db import transaction

from campaigns.actions.till import sales, taking_back, undoing
from campaigns.queries.till import returns as read
from identity.actions import locks
from members import sets
from members.models import Channel

BATCH = 200
LONGEST = 10  # doublings of a minute between two tries
log = logging.getLogger(__name__)

NOTE = """
INSERT INTO campaigns_toldreturn AS t (sale_id, number, told_at, due_at, tries)
SELECT s.id, r.external_id, %(now)s, %(now)s, 0
FROM unnest(%(channels)s::bigint[], %(numbers)s::text[]) AS n (channel_id, number)
JOIN campaigns_tillorder s ON s.channel_id = n.channel_id AND s.number = n.number
JOIN members_order o ON o.channel_id = n.channel_id AND o.external_id = n.number
JOIN members_return r ON r.order_id = o.id
WHERE NOT EXISTS (SELECT FROM campaigns_tillreturn own WHERE own.channel_id = r.channel_id AND own.number = r.external_id)
ORDER BY s.id, r.external_id
ON CONFLICT (sale_id, number) DO UPDATE SET due_at = excluded.due_at, tries = 0, undone_at = NULL WHERE t.number = ANY(%(again)s::text[])
"""
DUE = """
SELECT id FROM campaigns_toldreturn WHERE undone_at IS NULL AND due_at <= %s ORDER BY due_at, id LIMIT %s
"""
LOCK = """
SELECT s.channel_id, s.number FROM campaigns_toldreturn t JOIN campaigns_tillorder s ON s.id = t.sale_id WHERE t.id = %s FOR UPDATE OF s
"""
DONE = "UPDATE campaigns_toldreturn SET undone_at = %s WHERE id = %s AND undone_at IS NULL RETURNING id"
LATER = """
UPDATE campaigns_toldreturn SET tries = least(tries + 1, 1000), due_at = %s + interval '1 minute' * 2 ^ least(tries, %s)
WHERE id = %s AND undone_at IS NULL
"""


def note(
    *, orders: Collection[tuple[int, str]], now: dt.datetime, again: Collection[str] = frozenset()
) -> None:
    """Those of sales by channel and number; what tills took back themselves is left out. ``again``: numbers of returns that are
    told just now, and due again if they were undone before."""
    channels, numbers = sets.columns(sorted(orders), 2)
    sets.named(NOTE, channels=channels, numbers=numbers, again=sets.array(sorted(again)), now=now)


def undo_due(*, now: dt.datetime, batch: int = BATCH) -> int:
    """Undo one batch, each in a transaction of its own; how many were due. One that fails waits, and keeps no other."""
    due = [id for (id,) in sets.prepared(DUE, now, batch)]
    for told in due:
        try:
            undo(told=told, now=now)
        except Exception:
            log.exception("The return %s could not be undone", told)
            sets.prepared(LATER, now, LONGEST, told)
    return len(due)


@transaction.atomic
def undo(*, told: int, now: dt.datetime) -> None:
    """All that is back of its sale by now and was not undone. Undone before, the same."""
    locks.shared()
    [(channel, number)] = sets.prepared(LOCK, told)
    sold = read.sold(channel=Channel(pk=channel), number=number)
    if sets.prepared(DONE, now, told) and sold.state == sales.COMMITTED:
        _undo(told, sold, Channel(pk=channel), number, now)


def _undo(told: int, sold: read.Sold, channel: Channel, number: str, now: dt.datetime) -> None:
    taking_back.lock(sale=sold.id)
    quote = sold.quoted()
    goods = read.goods(sold=sold, quote=quote).items()
    back = read.here(sale=sold.id) + read.elsewhere(channel=channel, number=number, own="", goods=goods)
    planned = undoing.plan(channel=channel, number=number, sold=sold, quote=quote, back=back)
    if first := undoing.note(undoing=planned, told=told):
        undoing.undo(undoing=planned, key=f"undone:{first}", now=now)
