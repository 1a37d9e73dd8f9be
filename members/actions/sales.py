"""Orders of which nothing is known yet, one at a time and each in one statement: what a house sells or gives by itself.

Orders that others tell of, in any order and any number, are `orders`.
"""

from typing import NamedTuple

import msgspec

from members import sets
from members.actions import orders
from members.actions.events import Happening
from members.actions.orders import Version

# Nothing is known of it, or nothing is written.
PLACED = f"""
made AS (
    INSERT INTO members_order ({orders.COLUMNS})
    VALUES ({orders.VALUES})
    ON CONFLICT (channel_id, external_id) DO NOTHING RETURNING id, channel_id, external_id, organization_id, account_id, occurred_at
), lines AS (
    INSERT INTO members_orderline (order_id, line, sku, name, category, quantity, unit_price, discount, amount, serial)
    SELECT made.id, n.*
    FROM made, unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[],
                      %s::text[]) AS n
), payments AS (
    INSERT INTO members_orderpayment (order_id, position, method, amount)
    SELECT made.id, n.* FROM made, unnest(%s::int[], %s::text[], %s::numeric[]) AS n
)"""  # noqa: S608
PLACE = f"WITH {PLACED} SELECT id FROM made"  # noqa: S608
# With its event and the visit to its node; whether something waited for it.
SELL = f"""
WITH {PLACED}, told AS (
    INSERT INTO members_event (account_id, channel_id, organization_id, name, occurred_at, properties)
    SELECT account_id, channel_id, organization_id, %s, %s::timestamptz, %s::jsonb FROM made
), visited AS (
    INSERT INTO members_membership AS m (organization_id, account_id, first_visited_at, last_visited_at)
    SELECT organization_id, account_id, occurred_at, occurred_at FROM made WHERE account_id IS NOT NULL
    ON CONFLICT (organization_id, account_id) DO UPDATE SET
        first_visited_at = least(m.first_visited_at, excluded.first_visited_at),
        last_visited_at = greatest(m.last_visited_at, excluded.last_visited_at)
    WHERE m.first_visited_at IS NULL OR excluded.first_visited_at < m.first_visited_at
       OR excluded.last_visited_at > m.last_visited_at
)
SELECT id, EXISTS (SELECT FROM members_return r
                   WHERE r.channel_id = made.channel_id AND r.order_key = made.external_id AND r.order_id IS NULL)
    OR EXISTS (SELECT FROM members_review r
               WHERE r.channel_id = made.channel_id AND r.order_key = made.external_id AND r.order_id IS NULL)
FROM made
"""  # noqa: S608


class Sold(NamedTuple):
    """``waited``: whether returns or reviews of this order came before it."""

    order: int
    waited: bool


def place(*, version: Version) -> int | None:
    """A new order; None, and nothing is written, if its number is known already."""
    rows = sets.prepared(PLACE, *_columns(version))
    return rows[0][0] if rows else None


def sell(*, version: Version, told: Happening) -> Sold | None:
    """`place`, with its event and the visit that it was."""
    event = told.name, told.occurred_at, msgspec.json.encode(told.properties).decode()
    rows = sets.prepared(SELL, *_columns(version), *sets.texts(event))
    return Sold(*rows[0]) if rows else None


def _columns(version: Version) -> list[str | None]:
    payments = [(place, *payment) for place, payment in enumerate(version.payments, start=1)]
    return [
        *sets.texts(orders.row(version)), *sets.columns(version.lines, 9), *sets.columns(payments, 3),
    ]  # fmt: skip
