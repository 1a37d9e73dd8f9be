"""What channels said of coupons, as it stands now: orders that name codes, events of cards, and what to look at again."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from campaigns import coupon_codes
from campaigns.models import ToldCoupon
from members import sets
from members.models import Event

Kind, Reason = ToldCoupon.Kind, ToldCoupon.Reason
LONGEST = 100
Key = tuple[int, str]  # channel, order number

# A sale at a till of the house redeemed its coupons itself.
NAMING = """
SELECT o.channel_id, o.external_id, o.account_id, o.organization_id, o.occurred_at, o.coupons
FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, external_id) JOIN members_order o USING (channel_id, external_id)
WHERE o.coupons <> '[]' AND NOT EXISTS (
    SELECT FROM campaigns_tillorder s
    WHERE (s.channel_id, s.number) = (o.channel_id, o.external_id) AND s.state = 'committed')
"""
# All of it came back: as many pieces as were bought, or all the money.
STANDING = """
SELECT o.channel_id, o.external_id, o.status, o.account_id IS NULL AND o.account_key <> '', o.coupons,
       sold.pieces > 0 AND back.pieces >= sold.pieces OR o.amount > 0 AND back.money >= o.amount
FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, external_id) JOIN members_order o USING (channel_id, external_id)
CROSS JOIN LATERAL (SELECT coalesce(sum(quantity), 0) AS pieces FROM members_orderline WHERE order_id = o.id) sold
CROSS JOIN LATERAL (
    SELECT coalesce(sum(each.pieces), 0) AS pieces, coalesce(sum(r.amount), 0) AS money
    FROM members_return r CROSS JOIN LATERAL (
        SELECT sum(quantity) AS pieces FROM members_returnline WHERE returned_id = r.id
    ) each WHERE r.order_id = o.id
) back
"""
OF_ORDERS = """
SELECT DISTINCT t.code FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, key)
JOIN campaigns_toldcoupon t USING (channel_id, key) WHERE t.kind = 'order'
"""
AGAIN = """
SELECT DISTINCT t.code FROM campaigns_toldcoupon t JOIN campaigns_coupon c ON c.code = t.code
WHERE t.state IN ('refused', 'waiting') AND (
    t.reason = 'unknown' OR t.reason = 'held' AND c.state <> 'held' OR t.reason = 'used' AND c.state IN ('made', 'claimed')
    OR t.reason = 'others' AND EXISTS (
        SELECT FROM members_account own JOIN members_account mate ON mate.member_id = own.member_id
        WHERE own.id = c.account_id AND mate.id = t.account_id))
LIMIT %s
"""
# An import that is taken back tells the accounts that lost something; a guest's order has none.
VANISHED = """
SELECT DISTINCT t.code FROM campaigns_toldcoupon t
LEFT JOIN members_order o ON (o.channel_id, o.external_id) = (t.channel_id, t.key)
WHERE t.kind = 'order' AND t.account_id IS NULL AND o.id IS NULL LIMIT %s
"""


@dataclass(frozen=True)
class Fact:
    """That it was told, and still is; ``reason``: why it asks for no coupon (now), "" if it does."""

    reason: str = ""


def naming(*, keys: Collection[Key]) -> list[tuple]:
    """(channel, number, account, organization, time, code) of each code that one of these orders names."""
    rows = sets.run(NAMING, sorted(keys), 2) if keys else []
    return [(*row[:5], code) for row in rows for code in codes_of(_list(row[5]))]


def codes_of(named: Iterable[object]) -> list[str]:
    """As codes are kept, each once."""
    normal = (coupon_codes.normal(str(each))[:LONGEST] for each in named)
    return [code for code in dict.fromkeys(normal) if code]


def told_by(*, orders: Collection[Key], accounts: Collection[int]) -> set[str]:
    """The codes of what these orders and accounts told before."""
    codes = {row[0] for row in sets.run(OF_ORDERS, sorted(orders), 2)} if orders else set()
    of_accounts = (
        ToldCoupon.objects.filter(account__in=list(accounts)) if accounts else ToldCoupon.objects.none()
    )
    return codes | set(of_accounts.values_list("code", flat=True))  # fmt: skip


def facts(*, told: Collection[ToldCoupon]) -> dict[int, Fact | None]:
    """What stands behind each of them now; None: the channel does not say so any more."""
    orders = _orders(told)
    numbers = [int(each.key) for each in told if each.kind != Kind.ORDER]
    there = set(Event.objects.filter(pk__in=numbers).values_list("pk", flat=True)) if numbers else set()
    return {
        each.pk: orders.get((each.channel_id, each.key), {}).get(each.code)
        if each.kind == Kind.ORDER
        else _card(each, there)
        for each in told
    }


def to_look_at(*, limit: int) -> list[str]:
    """Codes of which something might be otherwise than when they were decided, though nothing was told of them."""
    found = sets.run(AGAIN, [], 0, limit) + sets.run(VANISHED, [], 0, limit)
    return sorted({row[0] for row in found})


def _orders(told) -> dict[Key, dict[str, Fact]]:
    keys = {(each.channel_id, each.key) for each in told if each.kind == Kind.ORDER}
    rows = sets.run(STANDING, sorted(keys), 2) if keys else []
    return {row[:2]: dict.fromkeys(codes_of(_list(row[4])), _sale(row)) for row in rows}


def _sale(row) -> Fact:
    status, waits, whole = row[2], row[3], row[5]
    if status == "created":
        return Fact(Reason.UNPAID)
    if status == "cancelled":
        return Fact(Reason.CANCELLED)
    return Fact(Reason.RETURNED if whole else Reason.ACCOUNT if waits else "")


def _card(told, there) -> Fact | None:
    if int(told.key) not in there:
        return None
    return Fact("" if told.account_id else Reason.ACCOUNT)


def _list(text: str) -> list:
    """Django leaves jsonb of plain statements as text."""
    found = json.loads(text)
    return found if isinstance(found, list) else []
