"""What orders should have earned and what they have, by channel and order number."""

import datetime as dt
from collections.abc import Collection

from msgspec import Struct

from members import sets

# The nearest programme above the order that had a rule then. Orders of an unusual amount earn nothing.
DIFFERENCES = """
WITH keys AS MATERIALIZED (
    SELECT DISTINCT * FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, order_key)
), due AS (
    SELECT o.channel_id, o.external_id AS order_key, r.book_id, o.account_id, o.occurred_at,
           greatest(o.version_at, back.at) AS changed_at,
           (CASE r.rounding WHEN 'down' THEN floor(earned.amount) ELSE round(earned.amount) END)::bigint AS amount
    FROM keys k JOIN members_order o ON o.channel_id = k.channel_id AND o.external_id = k.order_key
    JOIN members_organization node ON node.id = o.organization_id
    LEFT JOIN LATERAL (
        SELECT sum(amount) AS amount, max(occurred_at) AS at FROM members_return WHERE order_id = o.id
    ) back ON true
    CROSS JOIN LATERAL (
        SELECT p.id FROM members_programme p JOIN members_organization at ON at.id = p.organization_id
        WHERE node.path LIKE at.path || '%%' AND EXISTS (
            SELECT FROM members_earningrule r WHERE r.programme_id = p.id AND r.starts_at <= o.occurred_at)
        ORDER BY length(at.path) DESC LIMIT 1
    ) p
    CROSS JOIN LATERAL (
        SELECT DISTINCT ON (r.book_id) r.book_id, r.rate, r.rounding FROM members_earningrule r
        WHERE r.programme_id = p.id AND r.currency = o.currency AND r.starts_at <= o.occurred_at
        ORDER BY r.book_id, r.starts_at DESC
    ) r
    JOIN members_book b ON b.id = r.book_id
    CROSS JOIN LATERAL (
        SELECT least(greatest(o.amount - o.shipping - coalesce(back.amount, 0), 0) * r.rate * 10::numeric ^ b.scale, 1e15)
               AS amount
    ) earned
    WHERE o.account_id IS NOT NULL AND o.status IN ('paid', 'completed') AND o.amount < 1000000000
), standing AS (
    SELECT p.channel_id, p.order_key, p.book_id, p.account_id, sum(p.amount - p.short)::bigint AS amount,
           count(*) AS times, min(p.id) AS first_id
    FROM keys k JOIN members_posting p USING (channel_id, order_key) WHERE p.order_key <> ''
    GROUP BY 1, 2, 3, 4
)
SELECT channel_id, order_key, book_id, account_id, coalesce(d.amount, 0) - coalesce(s.amount, 0),
       coalesce(s.times, 0), s.first_id, d.occurred_at, d.changed_at
FROM due d FULL JOIN standing s USING (channel_id, order_key, book_id, account_id)
WHERE coalesce(d.amount, 0) <> coalesce(s.amount, 0)
ORDER BY 1, 2, 3, 4
"""

OF_ORDERS = """
SELECT p.channel_id, p.order_key, p.book_id, p.account_id, p.earned, p.back, l.id, l.expired
FROM (
    SELECT p.channel_id, p.order_key, p.book_id, p.account_id, array_agg(p.id) AS ids,
           (sum(p.amount) FILTER (WHERE p.verb = 'earn'))::bigint AS earned,
           coalesce(sum(p.short - p.amount) FILTER (WHERE p.verb = 'reverse'), 0)::bigint AS back
    FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, order_key)
    JOIN members_posting p USING (channel_id, order_key) WHERE p.order_key <> '' GROUP BY 1, 2, 3, 4
) p
JOIN LATERAL (
    SELECT l.id, coalesce((SELECT sum(u.amount) FROM members_lotuse u JOIN members_posting x ON x.id = u.posting_id
                           WHERE u.lot_id = l.id AND x.verb = 'expire'), 0)::bigint AS expired
    FROM members_lot l WHERE l.posting_id = ANY(p.ids) AND l.amount > 0
) l ON true
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


class Difference(Struct):
    """``steps`` to give (or, below zero, to take back) so that an account has what its order earns."""

    channel: int
    order_key: str
    book: int
    account: int
    steps: int
    times: int
    first: int | None
    occurred_at: dt.datetime | None
    changed_at: dt.datetime | None

    @property
    def pair(self) -> tuple[int, int]:
        """Book and account."""
        return self.book, self.account

    def key(self) -> str:
        return f"order:{self.channel}:{self.book}:{self.account}:{self.times}:{self.order_key}"


class Story(Struct):
    """What became of an order's earning: given, taken back so far, its lots, and what of them expired."""

    earned: int = 0
    back: int = 0
    expired: int = 0
    lots: list[int] = []


def differences(*, keys: Collection[Key]) -> list[Difference]:
    """What these orders lack or have too much."""
    return [Difference(*row) for row in sets.run(DIFFERENCES, sorted(keys), 2)]


def stories(*, keys: Collection[Key]) -> dict[tuple[int, str, int, int], Story]:
    """{(channel, order number, book, account): its story}."""
    found: dict[tuple[int, str, int, int], Story] = {}
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
