"""What orders should have earned and what they have, by channel and order number."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal

from msgspec import Struct

from members import sets
from members.queries import bases, rulebooks
from members.queries.bases import Ask
from members.queries.rulebooks import Rulebook, Ruled
from members.rules import earning
from members.rules.earning import Due, Line, Refund, Sale

# Orders of an unusual amount earn nothing. Lines are read where a rule asks for goods.
SALES = """
WITH keys AS MATERIALIZED (
    SELECT DISTINCT * FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, order_key)
)
SELECT o.channel_id, o.external_id, o.account_id, node.path, o.occurred_at, greatest(o.version_at, back.at),
       CASE o.status WHEN 'completed' THEN o.version_at END, c.code, o.currency, o.amount, o.shipping, sold.lines, back.amount, back.lines
FROM keys k JOIN members_order o ON o.channel_id = k.channel_id AND o.external_id = k.order_key
JOIN members_organization node ON node.id = o.organization_id
JOIN members_channel c ON c.id = o.channel_id
LEFT JOIN LATERAL (
    SELECT json_agg(json_build_array(l.line, l.amount::text, l.sku, l.category) ORDER BY l.line) AS lines
    FROM members_orderline l WHERE %s AND l.order_id = o.id
) sold ON true
LEFT JOIN LATERAL (
    SELECT sum(r.amount) AS amount, max(r.occurred_at) AS at, json_agg(rl.lines) AS lines
    FROM members_return r LEFT JOIN LATERAL (
        SELECT json_agg(json_build_array(rl.line, rl.sku, rl.refund::text)) AS lines
        FROM members_returnline rl WHERE %s AND rl.returned_id = r.id
    ) rl ON true WHERE r.order_id = o.id
) back ON true
WHERE o.account_id IS NOT NULL AND o.status IN ('paid', 'completed') AND NOT o.reward AND o.amount < 1000000000
"""

STANDING = """
WITH keys AS MATERIALIZED (
    SELECT DISTINCT * FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, order_key)
)
SELECT p.channel_id, p.order_key, p.book_id, p.account_id, p.plan_id, sum(p.amount - p.short)::bigint, count(*),
       min(p.id)
FROM keys k JOIN members_posting p USING (channel_id, order_key) WHERE p.order_key <> '' GROUP BY 1, 2, 3, 4, 5
"""

OF_ORDERS = """
SELECT p.channel_id, p.order_key, p.book_id, p.account_id, p.plan_id, p.earned, p.back, l.id, l.expired
FROM (
    SELECT p.channel_id, p.order_key, p.book_id, p.account_id, p.plan_id, array_agg(p.id) AS ids,
           (sum(p.amount) FILTER (WHERE p.verb = 'earn'))::bigint AS earned,
           coalesce(sum(p.short - p.amount) FILTER (WHERE p.verb = 'reverse'), 0)::bigint AS back
    FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, order_key)
    JOIN members_posting p USING (channel_id, order_key) WHERE p.order_key <> '' GROUP BY 1, 2, 3, 4, 5
) p
JOIN LATERAL (
    SELECT l.id, coalesce((SELECT sum(u.amount) FROM members_lotuse u JOIN members_posting x ON x.id = u.posting_id
                           WHERE u.lot_id = l.id AND x.verb = 'expire'), 0)::bigint AS expired
    FROM members_lot l WHERE l.posting_id = ANY(p.ids) AND l.amount > 0
) l ON true
"""

# What orders earned waits in some books until they are completed.
WAITING = """
SELECT l.id, l.wallet_id, n.ready
FROM (SELECT DISTINCT * FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, order_key)) k
JOIN members_order o ON o.channel_id = k.channel_id AND o.external_id = k.order_key AND o.status = 'completed'
JOIN members_posting p ON p.channel_id = k.channel_id AND p.order_key = k.order_key AND p.order_key <> ''
JOIN members_book b ON b.id = p.book_id AND b.waits_from = 'completed'
JOIN members_lot l ON l.posting_id = p.id AND l.amount > 0
CROSS JOIN LATERAL (SELECT o.version_at + b.pending_days * interval '24 hours' AS ready) n
WHERE l.available_from > n.ready
"""

ORDERS_OF = """
SELECT channel_id, external_id FROM members_order WHERE account_id = ANY(%s::bigint[])
UNION
SELECT channel_id, order_key FROM members_posting WHERE account_id = ANY(%s::bigint[]) AND order_key <> ''
"""
EVERY_ORDER = """
SELECT id, channel_id, external_id FROM members_order WHERE id > %s ORDER BY id LIMIT %s
"""

Key = tuple[int, str]  # channel, order number


Share = tuple[int, str, int, int, int | None]  # channel, order number, book, account, plan


class Sold(Struct):
    """One order that may earn: whose it is, where and when it was placed, and the sale itself."""

    channel: int
    order_key: str
    account: int
    path: str
    occurred_at: dt.datetime
    changed_at: dt.datetime
    completed_at: dt.datetime | None
    sale: Sale


class Difference(Struct):
    """``steps`` to give (or, below zero, to take back) so that an account has what its order earns by a plan."""

    channel: int
    order_key: str
    book: int
    account: int
    plan: int | None
    steps: int
    times: int
    first: int | None
    occurred_at: dt.datetime | None
    changed_at: dt.datetime | None
    completed_at: dt.datetime | None

    @property
    def pair(self) -> tuple[int, int]:
        """Book and account."""
        return self.book, self.account

    @property
    def order(self) -> tuple[int, str]:
        return self.channel, self.order_key

    @property
    def share(self) -> Share:
        return self.channel, self.order_key, self.book, self.account, self.plan

    @property
    def reason(self) -> str:
        """The order says it."""
        return ""

    def key(self) -> str:
        plan = self.plan or 0
        return f"order:{self.channel}:{self.book}:{self.account}:{plan}:{self.times}:{self.order_key}"


class Story(Struct):
    """What became of an order's earning: given, taken back so far, its lots, and what of them expired."""

    earned: int = 0
    back: int = 0
    expired: int = 0
    lots: list[int] = []


class Reckoned(Struct):
    """What sales earn. ``decided``: the tiers that were asked for the first time, to be kept."""

    dues: list[tuple[Sold, list[Due]]]
    decided: dict[Ask, int | None]


class Lack(Struct):
    """What orders lack or have too much, and the tiers that were decided for it, to be kept."""

    differences: list[Difference]
    decided: dict[Ask, int | None]


def lacking(*, keys: Collection[Key]) -> Lack:
    """What these orders lack or have too much."""
    rulebook = rulebooks.published()
    found = reckoned(sales=sales(keys=keys, rulebook=rulebook), rulebook=rulebook)
    wanted: dict[Share, tuple[Sold, int]] = {}
    for sold, dues in found.dues:
        for due in dues:
            wanted[sold.channel, sold.order_key, due.book, sold.account, due.plan] = sold, due.steps
    standing = {row[:5]: row[5:] for row in sets.run(STANDING, sorted(keys), 2)}
    shares = sorted(wanted.keys() | standing.keys(), key=lambda each: (*each[:4], each[4] or 0))
    every = (_difference(share, wanted.get(share), standing.get(share)) for share in shares)
    return Lack([each for each in every if each.steps], found.decided)


def _difference(share: Share, wanted, standing) -> Difference:
    sold, due = wanted or (None, 0)
    posted, times, first = standing or (0, 0, None)
    at = (sold.occurred_at, sold.changed_at, sold.completed_at) if sold else (None, None, None)
    return Difference(*share, due - posted, times, first, *at)


def reckoned(*, sales: Iterable[Sold], rulebook: Rulebook) -> Reckoned:
    """What each order earns by the plans that ruled when it was placed, and with the tier that its customer had."""
    ruled = [
        (each, plans) for each in sales if (plans := rulebook.ruling(path=each.path, at=each.occurred_at))
    ]
    asks = [_ask(each, plans) if plans.asks_tier else None for each, plans in ruled]
    wanted = {ask for ask in asks if ask}
    kept, decided = bases.of(asks=wanted) if wanted else ({}, {})
    tiers = kept | decided
    dues = [
        (
            each,
            earning.due(each.sale, long=plans.long, shorts=plans.shorts, tier=rulebook.tier(tiers.get(ask))),
        )
        for (each, plans), ask in zip(ruled, asks, strict=True)
    ]
    return Reckoned(dues, decided)


def _ask(sold: Sold, plans: Ruled) -> Ask:
    return sold.channel, sold.order_key, sold.account, plans.programme, sold.occurred_at


def sales(*, keys: Collection[Key], rulebook: Rulebook) -> Iterator[Sold]:
    """Those of the orders that may earn: paid or completed, with an account and a usual amount."""
    goods = rulebook.with_goods
    for row in sets.run(SALES, sorted(keys), 2, goods, goods):
        *sold, code, currency, amount, shipping, lines, back, returned = row
        sale = Sale(
            channel=code, organizations=rulebook.organizations(sold[3]), currency=currency, amount=amount,
            shipping=shipping, lines=_lines(lines), refunds=_refunds(back, lines, returned),
        )  # fmt: skip
        yield Sold(*sold, sale)


def _lines(rows) -> tuple[Line, ...]:
    return tuple(Line(number, Decimal(amount), sku, category) for number, amount, sku, category in rows or ())


def _refunds(amount: Decimal | None, lines, returned) -> tuple[Refund, ...]:
    """What is refunded beyond what the lines of the returns say is for no line."""
    if not amount:
        return ()
    by_sku: dict[str, list[int]] = {}
    for number, _amount, sku, _category in lines or ():
        by_sku.setdefault(sku, []).append(number)
    rows = [row for each in returned or () for row in each or ()]
    named = [Refund(_line(row, by_sku), Decimal(row[2])) for row in rows]
    loose = amount - sum(each.amount for each in named)
    return tuple(named) if loose == 0 else (*named, Refund(None, loose))


def _line(row, by_sku: dict[str, list[int]]) -> int | None:
    """The line of the order that one line of a return is of, if it says so by number or by goods sold once."""
    number, sku, _refund = row
    if number is not None or len(by_sku.get(sku, ())) != 1:
        return number
    return by_sku[sku][0]


def waiting(*, keys: Collection[Key]) -> list[tuple[int, int, dt.datetime]]:
    """(lot, its wallet, when it can be spent) of what these orders earned and wait no longer for."""
    return sets.run(WAITING, sorted(keys), 2)


def stories(*, keys: Collection[Key]) -> dict[Share, Story]:
    """{(channel, order number, book, account, plan): its story}."""
    found: dict[Share, Story] = {}
    for *key, earned, back, lot, expired in sets.run(OF_ORDERS, sorted(keys), 2):
        story = found.setdefault(tuple(key), Story(earned, back, 0, []))
        story.lots.append(lot)
        story.expired += expired
    return found


def orders_of(*, accounts: Collection[int]) -> set[Key]:
    """The orders of these accounts, and those that once earned for them."""
    ids = sets.array(accounts)
    return set(sets.run(ORDERS_OF, [], 0, ids, ids)) if accounts else set()


def behind(*, after: int, limit: int) -> list[tuple[int, int, str]]:
    """(id, channel, order number) of all orders, by id."""
    return sets.run(EVERY_ORDER, [], 0, after, limit)
