"""What follows a sale: a reader of the event log derives what is known of its buyer, notes when goods were received, when orders
earned and which came back, and once a minute what is due is given.

Each batch is a transaction: a worker that is killed repeats nothing. Rewards that another worker gives are passed over.
"""

import datetime as dt
from collections.abc import Sequence
from functools import partial

from django.db import transaction
from django.db.models.fields.json import KT

from campaigns.actions.till import calling_off, giving, multiplying, told_returns
from members import sets
from members.actions import events, profiles
from members.models import Event

READER = "rewards"
BATCH = 500
READ = 2_000
COLUMNS = ("tx", "name", "channel_id", "account_id", "occurred_at")
SOLD = "order.paid"
RECEIVED, CANCELLED = "order.completed", "order.cancelled"
BACK = ("order.returned", "order.paid")  # a return may be told before its sale is done
ENDED = (RECEIVED, CANCELLED)
EARNED = ("points.earned", "points.reversed", "growth.earned", "growth.reversed")
DATE = """
UPDATE campaigns_reward r SET due_at = n.at + r.days * interval '24 hours'
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS n (channel_id, number, at)
JOIN campaigns_tillorder s ON s.channel_id = n.channel_id AND s.number = n.number
WHERE r.sale_id = s.id AND r.state = 'due' AND r.after = 'received' AND r.due_at IS NULL
"""
LOCK = """
SELECT id FROM campaigns_reward WHERE id IN (
    SELECT r.id FROM unnest(%s::bigint[], %s::text[]) AS n (channel_id, number)
    JOIN campaigns_tillorder s ON s.channel_id = n.channel_id AND s.number = n.number JOIN campaigns_reward r ON r.sale_id = s.id
    UNION SELECT unnest(%s::bigint[]))
ORDER BY id FOR UPDATE
"""
MULTIPLES = """
SELECT DISTINCT r.id FROM unnest(%s::bigint[], %s::text[]) AS n (account_id, number)
JOIN campaigns_reward r ON r.account_id = n.account_id AND r.kind = 'multiplier' AND r.due_at <= %s
JOIN campaigns_tillorder s ON s.id = r.sale_id AND s.number = n.number
"""
DUE = f"""
{giving.READ} WHERE r.state = 'due' AND r.due_at <= %s AND r.kind <> 'multiplier'
ORDER BY r.due_at, r.id LIMIT %s FOR UPDATE OF r SKIP LOCKED
"""
# Those that are due with the sale wait for what it earns.
MULTIPLES_DUE = """
SELECT r.id FROM campaigns_reward r
WHERE r.state = 'due' AND r.due_at <= %s AND r.kind = 'multiplier' AND (r.after = 'received' OR r.days > 0)
ORDER BY r.due_at, r.id LIMIT %s FOR UPDATE OF r SKIP LOCKED
"""


def follow(*, now: dt.datetime) -> int:
    """One batch of the event log; how many events it was."""
    told = {
        "order_key": KT("properties__order"),
        "return_key": KT("properties__return"),
        "till": KT("properties__till"),
    }
    log = Event.objects.only(*COLUMNS).annotate(**told)
    return events.follow(reader=READER, log=log, take_in=partial(_take_in, now), batch=READ, now=now)


def give_due(*, now: dt.datetime, batch: int = BATCH) -> int:
    """Give one batch of what is due; how many rewards."""
    with transaction.atomic():
        found = giving.read(sets.prepared(DUE, now, batch))
        giving.give(rewards=found, now=now)
    with transaction.atomic():
        multiples = [id for (id,) in sets.prepared(MULTIPLES_DUE, now, batch)]
        if multiples:
            multiplying.settle(rewards=multiples, now=now)
    return len(found) + len(multiples)


def _take_in(now: dt.datetime, told: Sequence[Event]) -> None:
    """Locks: returns told, every reward at once, then what these went into, then people."""
    orders = [event for event in told if event.order_key]
    if back := {(each.channel_id, each.order_key) for each in orders if each.name in BACK}:
        again = {each.return_key for each in orders if each.return_key}
        told_returns.note(orders=back, again=again, now=now)
    multiples = _multiples(orders, now)
    if sales := sorted({(each.channel_id, each.order_key) for each in orders if each.name in ENDED}):
        sets.prepared(LOCK, *sets.columns(sales, 2), sets.array(multiples))
    if received := {
        (each.channel_id, each.order_key): each.occurred_at for each in orders if each.name == RECEIVED
    }:
        sets.prepared(DATE, *sets.columns([(*key, at) for key, at in received.items()], 3))
    if off := sorted({(each.channel_id, each.order_key) for each in orders if each.name == CANCELLED}):
        beside = multiplying.wallets_of(rewards=multiples) if multiples else ()
        calling_off.of_orders(orders=off, now=now, beside=beside)
    if multiples:
        multiplying.settle(rewards=multiples, now=now)
    if sold := {each.account_id for each in orders if each.name == SOLD and each.till and each.account_id}:
        profiles.derive(described=(), traded=sold, members=set(), now=now)


def _multiples(orders: Sequence[Event], now: dt.datetime) -> list[int]:
    """Ids of those that follow what these orders earned."""
    earned = sorted({(each.account_id, each.order_key) for each in orders if each.name in EARNED})
    if not earned:
        return []
    return [id for (id,) in sets.prepared(MULTIPLES, *sets.columns(earned, 2), now)]
