"""A file told of an order before its till did: what readers of the log passed by is made up for, as there was no reward then.

In the transaction of the sale, whose number is locked: whatever is told after it is read as ever.
"""

import datetime as dt

from campaigns.actions.till import calling_off, multiplying, told_returns
from members import sets
from members.actions.orders import Known

RECEIVED = """
UPDATE campaigns_reward r SET due_at = coalesce(e.at, %(told)s) + r.days * interval '24 hours'
FROM campaigns_tillorder s CROSS JOIN LATERAL (
    SELECT min(e.occurred_at) AS at FROM members_event e
    WHERE e.name = 'order.completed' AND e.occurred_at >= %(placed)s AND e.channel_id = s.channel_id AND e.properties ->> 'order' = s.number
) e
WHERE s.channel_id = %(channel)s AND s.number = %(number)s AND r.sale_id = s.id AND r.state = 'due' AND r.after = 'received'
    AND r.due_at IS NULL AND coalesce(e.at, %(told)s) IS NOT NULL
"""
MULTIPLES = """
SELECT r.id FROM campaigns_tillorder s JOIN campaigns_reward r ON r.sale_id = s.id
WHERE s.channel_id = %s AND s.number = %s AND r.kind = 'multiplier' AND r.state = 'due' AND r.after <> 'received' AND r.days = 0
"""
# A sale without a line was sold long before it is recorded.
RECORDED = "SELECT greatest(changed_at, %s) FROM campaigns_tillorder WHERE channel_id = %s AND number = %s"


def catch_up(*, order: Known, now: dt.datetime) -> None:
    """``now``: when it was sold."""
    key = order.channel, order.external_id
    [(now,)] = sets.prepared(RECORDED, now, *key)
    told_returns.note(orders={key}, now=now)
    if order.status == "cancelled":
        calling_off.of_orders(orders=[key], now=now)
        return
    told = order.version_at if order.status == "completed" else None
    sets.named(RECEIVED, told=told, placed=order.occurred_at, channel=order.channel, number=order.external_id)
    if rows := sets.prepared(MULTIPLES, *key):
        multiplying.settle(rewards=[id for (id,) in rows], now=now)
