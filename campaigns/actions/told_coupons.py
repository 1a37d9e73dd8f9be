"""What channels say of coupons: codes that imported orders name, and cards that customers get, use, give on and delete.

The floors below know no coupons: a reader follows the event log, keeps what is told as ``ToldCoupon``, and lets the
coupon follow as far as its rules allow. It compares with what stands now, so that it may be told in any order and any
number of times. What is no longer told, for its import was taken back, is taken back here.
"""

import datetime as dt
from functools import partial

from django.db import transaction
from django.db.models.fields.json import KT

from campaigns import coupon_codes
from campaigns.actions import told_verdicts
from campaigns.models import ToldCoupon
from campaigns.queries import told_coupons
from members import sets
from members.actions import earning, events
from members.models import Event, EventCursor

READER = "coupons"
BATCH = 1_000
Kind = ToldCoupon.Kind
# How WeChat calls them, and how a mall of one's own does.
CARDS = {
    "user_get_card": Kind.GOT, "coupon_received": Kind.GOT,
    "user_consume_card": Kind.USED, "coupon_used": Kind.USED,
    "user_gifting_card": Kind.GIVEN, "user_del_card": Kind.DELETED,
}  # fmt: skip
COLUMNS = ("tx", "name", "channel_id", "account_id", "organization_id", "occurred_at")
NOTE = """
INSERT INTO campaigns_toldcoupon AS t (kind, channel_id, key, code, order_key, template_code, account_id, organization_id,
                                       occurred_at, state, reason, decided_at)
SELECT n.*, 'waiting', 'account', %s FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::bigint[], %s::bigint[], %s::timestamptz[]) AS n (kind, channel_id, key, code, order_key, template_code, account_id,
                                                         organization_id, occurred_at)
ON CONFLICT (code, channel_id, kind, key) DO UPDATE SET
    account_id = excluded.account_id, organization_id = excluded.organization_id, occurred_at = excluded.occurred_at
WHERE (t.account_id, t.organization_id, t.occurred_at)
    IS DISTINCT FROM (excluded.account_id, excluded.organization_id, excluded.occurred_at)
"""


def follow(*, now: dt.datetime) -> int:
    """One batch of the event log; how many events it took in."""
    return events.follow(reader=READER, log=_log(), take_in=partial(_take_in, now), batch=BATCH, now=now)


@transaction.atomic
def look_again(*, now: dt.datetime, limit: int = BATCH) -> int:
    """Decide anew on codes whose coupon came, became free or turned out to be the customer's since; how many."""
    cursor, _made = EventCursor.objects.get_or_create(reader=READER)
    EventCursor.objects.select_for_update().get(pk=cursor.pk)  # beside the reader itself
    codes = told_coupons.to_look_at(limit=limit)
    told_verdicts.settle(codes=codes, now=now)
    return len(codes)


def _log():
    named = {
        "order_key": KT("properties__order"),
        "code": KT("properties__coupon"),
        "card": KT("properties__card"),
    }
    return Event.objects.only(*COLUMNS).annotate(**named)  # fmt: skip


def _take_in(now: dt.datetime, told: list[Event]) -> None:
    accounts = sorted({each.account_id for each in told if each.name in earning.OF_ACCOUNTS} - {None})
    orders = earning.orders_told(told)
    cards = [each for each in told if each.name in CARDS]
    if accounts:
        cards += _log().filter(account__in=accounts, name__in=CARDS)
    rows = _sales(orders) + _cards(cards)
    codes = {row[3] for row in rows} | told_coupons.told_by(orders=orders, accounts=accounts)
    if rows:
        once = {(row[0], *row[1:4]): row for row in rows}
        sets.run(NOTE, [], 0, now, *sets.columns(sorted(once.values(), key=lambda row: row[:4]), 9))
    told_verdicts.settle(codes=codes, now=now)


def _sales(orders) -> list[tuple]:
    return [
        (Kind.ORDER.value, channel, number, code, number, "", account, organization, at)
        for channel, number, account, organization, at, code in told_coupons.naming(keys=orders)
    ]


def _cards(cards) -> list[tuple]:
    rows = []
    for each in cards:
        kind, code = CARDS[each.name], coupon_codes.normal(each.code or "")[: told_coupons.LONGEST]
        order = (each.order_key or "") if kind == Kind.USED else ""
        if code and each.organization_id:
            at = (each.account_id, each.organization_id, each.occurred_at)
            rows.append(
                (kind.value, each.channel_id, str(each.pk), code, order, (each.card or "")[:100], *at)
            )
    return rows
