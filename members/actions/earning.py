"""What orders earn: kept equal to what the programmes' plans say of each order as it stands now.

An order earns on what was paid for goods (without shipping), less what was refunded, once it is paid; every change of it
posts the difference. So an order earns once however often it is told, and parts returned never add up to a rounding error.
"""

import datetime as dt
from collections.abc import Collection
from functools import partial

from django.db import transaction
from django.db.models.fields.json import KT

from members import sets
from members.actions import acts, differences, events
from members.models import Event, Plan
from members.queries import earnings
from members.queries.earnings import Difference, Key

READER = "points"
BATCH = 5_000
COLUMNS = ("tx", "name", "channel_id", "account_id", "occurred_at")
KEEP = """
INSERT INTO members_earningbasis (channel_id, order_key, account_id, programme_id, occurred_at, tier_id, decided_at)
SELECT k.*, now.at FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::bigint[]) AS k
     CROSS JOIN (SELECT %s::timestamptz AS at) now
ON CONFLICT DO NOTHING
"""
OF_ACCOUNTS = {"account.joined", "account.withdrawn"}


def follow(*, now: dt.datetime) -> int:
    """One batch of the event log; how many events it took in."""
    log = Event.objects.only(*COLUMNS).annotate(order_key=KT("properties__order"))
    return events.follow(reader=READER, log=log, take_in=partial(_settle_told, now), batch=BATCH, now=now)


def _settle_told(now: dt.datetime, told: list[Event]) -> None:
    """Orders and actions together: their wallets are locked at once."""
    if not Plan.objects.public().exists():
        return
    differences.alone()
    keys = orders_told(told)
    found = _lacking(keys, now) if keys else []
    found += acts.lacking(told=told, accounts=_came_or_went(told))
    differences.post(found=found, waiting=earnings.waiting(keys=keys), now=now)


def settle_everything(*, now: dt.datetime, after: int = 0) -> tuple[int, int] | None:
    """One batch of all orders, behind the order ``after``: the last of them and how many; None at the end."""
    rows = earnings.behind(after=after, limit=BATCH)
    if not rows:
        return None
    settle(keys={row[1:] for row in rows}, now=now)
    return rows[-1][0], len(rows)


@transaction.atomic
def settle(*, keys: Collection[Key], now: dt.datetime) -> int:
    """Post what these orders (channel id, order number) lack or have too much; how many postings that were."""
    if not keys:
        return 0
    differences.alone()
    found, waiting = _lacking(keys, now), earnings.waiting(keys=keys)
    return differences.post(found=found, waiting=waiting, now=now)


def _lacking(keys: Collection[Key], now: dt.datetime) -> list[Difference]:
    """Keeps the tiers that were asked for the first time, also where nothing is posted for them now."""
    lack = earnings.lacking(keys=keys)
    if lack.decided:
        sets.run(KEEP, [(*ask, tier) for ask, tier in lack.decided.items()], 6, now)
    return lack.differences


def orders_told(told: list[Event]) -> set[Key]:
    """The orders that events speak of, and those of accounts that came or went."""
    keys = {
        (event.channel_id, event.order_key)
        for event in told
        if event.order_key and event.name.startswith("order.")
    }
    return keys | earnings.orders_of(accounts=_came_or_went(told))


def _came_or_went(told: list[Event]) -> list[int]:
    return sorted({event.account_id for event in told if event.name in OF_ACCOUNTS and event.account_id})
