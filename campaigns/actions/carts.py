"""Carts followed: one begins when a customer puts watched goods in, and ends paid, taken out, or left behind.

What happens to carts is read from the event log. A cart that is left behind is told there as ``cart.left``, for audiences.
"""

import datetime as dt
from functools import partial

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from campaigns.models import CartRun, CartWatch
from members import sets
from members.actions import events
from members.models import AccessRecord, Event, GoodsSet, Organization

READER = "carts"
PUT, JOINED = "add_to_cart", "account.joined"
ENDING = {"remove_from_cart", "order.paid", "order.completed"}
BATCH = 2_000
FRESH = dt.timedelta(days=14)  # carts older than that, as imports bring them, are history

BEGIN = """
WITH told AS (
    SELECT id, account_id, channel_id, occurred_at, properties FROM members_event WHERE id = ANY(%(put)s::bigint[])
    UNION
    SELECT id, account_id, channel_id, occurred_at, properties FROM members_event
    WHERE account_id = ANY(%(joined)s::bigint[]) AND occurred_at > %(fresh)s AND name = 'add_to_cart'
)
INSERT INTO campaigns_cartrun (watch_id, account_id, sku, state, started_at, due_at)
SELECT DISTINCT ON (w.id, a.member_id) w.id, e.account_id, left(coalesce(e.properties ->> 'sku', ''), 100), 'running', e.occurred_at,
       e.occurred_at + w.wait_minutes * interval '1 minute'
FROM told e JOIN members_account a ON a.id = e.account_id JOIN members_channel c ON c.id = e.channel_id
JOIN members_organization place ON place.id = c.organization_id
JOIN campaigns_cartwatch w ON w.stopped_at IS NULL AND w.created_at <= e.occurred_at
JOIN members_organization o ON o.id = w.organization_id AND starts_with(place.path, o.path)
LEFT JOIN members_goodsset g ON g.id = w.goods_id
WHERE e.occurred_at > %(fresh)s AND a.emptied_at IS NULL
  AND (g.id IS NULL OR e.properties ->> 'sku' = ANY(g.skus) OR e.properties ->> 'category' = ANY(g.categories))
  AND NOT EXISTS (
      SELECT FROM members_account twin JOIN campaigns_cartrun r ON r.account_id = twin.id AND r.watch_id = w.id
      WHERE twin.member_id = a.member_id AND (r.state = 'running' OR r.ended_at >= e.occurred_at))
ORDER BY w.id, a.member_id, e.occurred_at, e.id
ON CONFLICT DO NOTHING RETURNING id
"""
# Whichever came first: an order of the goods, or the article taken out, by any account of the person.
END = """
UPDATE campaigns_cartrun run SET state = CASE WHEN taken.at < bought.at OR bought.id IS NULL THEN 'removed' ELSE 'paid' END,
    order_id = CASE WHEN taken.at < bought.at THEN NULL ELSE bought.id END, ended_at = greatest(least(bought.at, taken.at), run.started_at)
FROM campaigns_cartrun r JOIN campaigns_cartwatch w ON w.id = r.watch_id LEFT JOIN members_goodsset g ON g.id = w.goods_id
JOIN members_account a ON a.id = r.account_id
LEFT JOIN LATERAL (
    SELECT o.id, o.occurred_at AS at FROM members_account twin JOIN members_order o ON o.account_id = twin.id
    WHERE twin.member_id = a.member_id AND o.occurred_at >= r.started_at AND o.status IN ('paid', 'completed')
      AND (g.id IS NULL OR EXISTS (
          SELECT FROM members_orderline l
          WHERE l.order_id = o.id AND (l.sku = ANY(g.skus) OR l.category = ANY(g.categories))))
    ORDER BY o.occurred_at, o.id LIMIT 1
) AS bought ON true
LEFT JOIN LATERAL (
    SELECT min(e.occurred_at) AS at FROM members_account twin JOIN members_event e ON e.account_id = twin.id
    WHERE twin.member_id = a.member_id AND e.name = 'remove_from_cart' AND e.occurred_at >= r.started_at
      AND left(coalesce(e.properties ->> 'sku', ''), 100) = r.sku
) AS taken ON true
WHERE run.id = r.id AND run.state = 'running' AND {which} AND (bought.id IS NOT NULL OR taken.at IS NOT NULL)
"""
# Two people with a cart each turned out to be one: the later cart is one that he put in meanwhile.
JOIN = """
UPDATE campaigns_cartrun run SET state = 'stopped', ended_at = run.started_at
FROM campaigns_cartrun r JOIN members_account a ON a.id = r.account_id JOIN members_account twin ON twin.member_id = a.member_id
JOIN campaigns_cartrun other ON other.account_id = twin.id AND other.watch_id = r.watch_id
WHERE run.id = r.id AND run.state = 'running' AND {which}
  AND (other.started_at, other.id) < (r.started_at, r.id) AND (other.state = 'running' OR other.ended_at >= r.started_at)
"""
OF_PEOPLE = """r.account_id IN (
    SELECT twin.id FROM members_account told JOIN members_account twin ON twin.member_id = told.member_id
    WHERE told.id = ANY(%(accounts)s::bigint[]))"""
OF_RUNS = "r.id = ANY(%(runs)s::bigint[])"
DUE = """
SELECT id FROM campaigns_cartrun WHERE state = 'running' AND due_at <= %(now)s
ORDER BY due_at, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
"""
LEAVE = """
UPDATE campaigns_cartrun r SET state = CASE WHEN a.emptied_at IS NULL THEN 'left' ELSE 'stopped' END, ended_at = r.due_at
FROM members_account a JOIN members_channel c ON c.id = a.channel_id
WHERE a.id = r.account_id AND r.id = ANY(%(runs)s::bigint[]) AND r.state = 'running'
RETURNING r.state, r.watch_id, r.sku, r.account_id, a.channel_id, c.organization_id
"""


def watch(
    *, organization: Organization, name: str, by: AbstractBaseUser, now: dt.datetime, goods: GoodsSet | None = None,
    wait_minutes: int = 30,
) -> CartWatch:  # fmt: skip
    """Follow carts from now on. Raises ValidationError."""
    made = CartWatch(
        organization=organization, name=name, goods=goods, wait_minutes=wait_minutes, created_by=by,
        created_at=now,
    )  # fmt: skip
    made.full_clean()
    with transaction.atomic():
        made.save()
        _record(made, "started", by, now)
    return made


@transaction.atomic
def stop(*, watch: CartWatch, by: AbstractBaseUser, now: dt.datetime) -> CartWatch:
    """Follow no further carts, and those no longer that are on their way. Stopped again, the same."""
    row = CartWatch.objects.select_for_update().get(pk=watch.pk)
    if row.stopped_at is None:
        row.stopped_by, row.stopped_at = by, now
        row.save()
        row.runs.filter(state=CartRun.State.RUNNING).update(state=CartRun.State.STOPPED, ended_at=now)
        _record(row, "stopped", by, now)
    return row


def follow(*, now: dt.datetime) -> int:
    """Take in one batch of the log; how many events it was."""
    take_in = partial(_take_in, now)
    return events.follow(reader=READER, log=Event.objects.all(), take_in=take_in, batch=BATCH, now=now)


def _take_in(now: dt.datetime, told: list[Event]) -> None:
    told = [event for event in told if event.account_id]
    put = [event.pk for event in told if event.name == PUT]
    joined = {event.account_id for event in told if event.name == JOINED}
    accounts = joined | {event.account_id for event in told if event.name in ENDING | {PUT}}
    people = sets.array(sorted(accounts))
    if accounts:
        _end(OF_PEOPLE, accounts=people)
    while (put or joined) and _begin(put, joined, now):
        _end(OF_PEOPLE, accounts=people)


def _begin(put: list[int], joined: set[int], now: dt.datetime) -> bool:
    """One cart of each person and watch, the earliest that may begin; whether there was one."""
    return bool(sets.named(BEGIN, put=sets.array(put), joined=sets.array(sorted(joined)), fresh=now - FRESH))


def _end(which: str, **told: str) -> None:
    sets.named(JOIN.format(which=which), **told)
    sets.named(END.format(which=which), **told)


@transaction.atomic
def leave(*, now: dt.datetime, batch: int = BATCH) -> int:
    """End one batch of carts whose wait has passed: paid after all, or left behind; how many."""
    due = [id for (id,) in sets.named(DUE, now=now, batch=batch)]
    if not due:
        return 0
    runs = sets.array(due)
    _end(OF_RUNS, runs=runs)
    events.record(happenings=[_left(now, *row) for row in sets.named(LEAVE, runs=runs) if row[0] == "left"])
    return len(due)


def _left(now, _state, watch, sku, account, channel, organization) -> events.Happening:
    return events.Happening(
        name="cart.left", occurred_at=now, channel=channel, account=account, organization=organization,
        properties={"watch": watch, "sku": sku},
    )  # fmt: skip


def _record(watch, deed, by, now) -> None:
    AccessRecord.objects.create(
        action=f"cart_watch.{deed}", user=by, at=now, details={"watch": watch.pk, "name": watch.name}
    )
