"""How the tills of stores are doing: what they sold today, and which sales hold something for too long. By indexes only."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

import msgspec
from django.db.models import Q, QuerySet

from campaigns.models import BudgetDraw, Coupon, TillOrder
from members import sets
from members.models import Posting
from members.queries import scopes
from members.queries.scopes import Reach

LONG = dt.timedelta(minutes=30)  # twice what a till holds if it says nothing else
NOTED = dt.timedelta(minutes=1)  # so far off a clock may be
SHOWN = 100
STORES = """
SELECT o.id, o.code, o.name, last.number, last.changed_at, last.opened_at, last.asked,
       coalesce(held.sales, 0),
       (SELECT count(*) FROM campaigns_tillorder b WHERE b.store_id = o.id AND b.changed_at >= %(since)s AND b.state = 'open')
FROM members_organization o JOIN LATERAL (
    SELECT s.number, s.changed_at, s.opened_at, s.asked FROM campaigns_tillorder s
    WHERE s.store_id = o.id ORDER BY s.changed_at DESC LIMIT 1) last ON true
LEFT JOIN (
    SELECT h.store_id, count(*) AS sales FROM campaigns_tillorder h WHERE h.state = 'held' GROUP BY 1) held ON held.store_id = o.id
WHERE %(everything)s OR o.path LIKE %(path)s ORDER BY last.changed_at DESC
"""
SOLD = """
SELECT s.store_id, s.currency, count(*), sum(s.total)
FROM members_organization o JOIN campaigns_tillorder s ON s.store_id = o.id
WHERE (%(everything)s OR o.path LIKE %(path)s) AND s.changed_at >= %(since)s AND s.state = 'committed'
GROUP BY 1, 2 ORDER BY 1, 4 DESC
"""


@dataclass(frozen=True)
class Sum:
    currency: str
    sales: int
    total: Decimal


@dataclass(frozen=True)
class Store:
    """``last``: when anything of a sale changed there. ``off``: how far its till's clock was ahead (below zero: behind) of
    the house's then, None where that is not known or less than a minute. ``open``: baskets that changed today."""

    id: int
    code: str
    name: str
    number: str
    last: dt.datetime
    off: dt.timedelta | None
    held: int
    open: int
    sold: tuple[Sum, ...]

    @property
    def sales(self) -> int:
        return sum(each.sales for each in self.sold)


@dataclass(frozen=True)
class Part:
    """``steps`` of a book that a hold reserves: the customer's own, or a budget's for an offer."""

    posting: Posting
    draw: BudgetDraw | None

    @property
    def amount(self) -> Decimal:
        return self.posting.book.shown(-self.posting.amount)


@dataclass(frozen=True)
class Reserved:
    coupons: tuple[Coupon, ...] = ()
    parts: tuple[Part, ...] = ()


def seen(queryset: QuerySet[TillOrder], *, reach: Reach) -> QuerySet[TillOrder]:
    """Sales at stores within reach."""
    return scopes.at_organization(queryset, reach=reach, field="store")


def stores(*, reach: Reach, since: dt.datetime) -> list[Store]:
    """Every place that ever had a sale at a till, the latest first; ``since``: the beginning of today."""
    if not reach:
        return []
    everything, path, _above = scopes.place(reach=reach)
    told = {"everything": everything, "path": path, "since": since}
    sold: dict[int, list[Sum]] = defaultdict(list)
    for store, currency, sales, total in sets.named(SOLD, **told):
        sold[store].append(Sum(currency, sales, total))
    return [
        Store(id, code, name, number, last, _off(asked, opened, last), held, open_, tuple(sold[id]))
        for id, code, name, number, last, opened, asked, held, open_ in sets.named(STORES, **told)
    ]


def stuck(*, reach: Reach, now: dt.datetime) -> list[TillOrder]:
    """Held sales whose time is up, or that are held for longer than usual; the oldest first, 100 at most."""
    held = TillOrder.objects.filter(state=TillOrder.State.HELD)
    late = held.filter(Q(held_until__lte=now) | Q(held_at__lte=now - LONG))
    rows = seen(late, reach=reach).select_related("store", "channel", "account__member")
    return list(rows.order_by("held_until", "id")[:SHOWN])


def is_stuck(*, sale: TillOrder, now: dt.datetime) -> bool:
    return sale.state == TillOrder.State.HELD and (sale.held_until <= now or sale.held_at <= now - LONG)


def reserved(*, sales: Collection[TillOrder]) -> dict[int, Reserved]:
    """{sale: what it holds}, whatever the number of sales in three statements. Their stores are read already."""
    names = {f"{sale.store.code}/{sale.number}": sale.pk for sale in sales}
    coupons, parts = defaultdict(list), defaultdict(list)
    held = Coupon.objects.filter(state=Coupon.State.HELD, held_by__in=names)
    for coupon in held.select_related("template").order_by("id"):
        coupons[names[coupon.held_by]].append(coupon)
    holds = {sale.hold_id: sale.pk for sale in sales if sale.hold_id}
    rows = Posting.objects.filter(hold__in=holds, verb=Posting.Verb.HOLD).select_related("book")
    postings = list(rows.order_by("id"))
    draws = BudgetDraw.objects.select_related("budget").in_bulk([each.pk for each in postings])
    for posting in postings:
        parts[holds[posting.hold_id]].append(Part(posting, draws.get(posting.pk)))
    return {
        sale.pk: Reserved(tuple(coupons.get(sale.pk, ())), tuple(parts.get(sale.pk, ()))) for sale in sales
    }


class _Clock(msgspec.Struct):
    at: dt.datetime | None = None


def _off(asked: str, opened: dt.datetime, last: dt.datetime) -> dt.timedelta | None:
    """A till sent its clock with a basket at some moment between ``opened`` and ``last``: if it told a moment outside these,
    it was off by so much at least."""
    try:
        at = msgspec.json.decode(asked, type=_Clock).at
    except msgspec.MsgspecError:
        return None
    if at is None or at.tzinfo is None:
        return None
    off = at - min(max(at, opened), last)
    return off if abs(off) >= NOTED else None
