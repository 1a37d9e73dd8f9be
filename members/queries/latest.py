"""The newest facts of one member that happened within a node, as rows: each in one statement, planned once.

Each account gives at most as many rows as are asked for from its own index, so that a thousand orders cost no more than
twenty.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from members import sets
from members.models import Member, Organization

HERE = "organization_id IN (SELECT id FROM members_organization WHERE path LIKE %s)"

ACCOUNTS = """
SELECT a.id, c.code, a.external_id, o.code, a.revoked_at IS NOT NULL, a.first_seen_at, a.last_seen_at,
       EXISTS (SELECT FROM members_membership k JOIN members_organization n ON n.id = k.organization_id
               WHERE k.account_id = a.id AND n.path LIKE %s)
FROM members_account a JOIN members_channel c ON c.id = a.channel_id JOIN members_organization o ON o.id = a.organization_id
WHERE a.member_id = %s AND a.emptied_at IS NULL ORDER BY a.first_seen_at, a.id
"""

ORDERS = f"""
SELECT c.code, n.code, o.external_id, o.occurred_at, o.status, o.currency, o.amount, o.discount, o.shipping, sold.lines,
       back.returns
FROM (
    SELECT o.* FROM unnest(%s::bigint[]) AS a (id) CROSS JOIN LATERAL (
        SELECT * FROM members_order o WHERE o.account_id = a.id AND o.{HERE}
        ORDER BY o.occurred_at DESC, o.id DESC LIMIT %s
    ) o ORDER BY o.occurred_at DESC, o.id DESC LIMIT %s
) o
JOIN members_channel c ON c.id = o.channel_id JOIN members_organization n ON n.id = o.organization_id
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_object(
        'line', l.line, 'sku', l.sku, 'name', l.name, 'category', l.category, 'quantity', l.quantity::text,
        'unit_price', l.unit_price::text, 'discount', l.discount::text, 'amount', l.amount::text) ORDER BY l.line), '[]') AS lines
    FROM members_orderline l WHERE l.order_id = o.id
) sold
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_object('external_id', r.external_id, 'occurred_at', r.occurred_at,
                                               'amount', r.amount::text) ORDER BY r.occurred_at, r.id), '[]') AS returns
    FROM members_return r WHERE r.order_id = o.id
) back
ORDER BY o.occurred_at DESC, o.id DESC
"""  # noqa: S608

RETURNS = f"""
SELECT c.code, r.order_key, r.external_id, r.occurred_at, r.amount
FROM unnest(%s::bigint[]) AS a (id) CROSS JOIN LATERAL (
    SELECT * FROM members_return r WHERE r.account_id = a.id AND r.{HERE}
    ORDER BY r.occurred_at DESC, r.id DESC LIMIT %s
) r JOIN members_channel c ON c.id = r.channel_id
ORDER BY r.occurred_at DESC, r.id DESC LIMIT %s
"""  # noqa: S608

REVIEWS = """
SELECT c.code, r.external_id, r.occurred_at, r.rating, r.sku, r.text
FROM unnest(%s::bigint[]) AS a (id) CROSS JOIN LATERAL (
    SELECT * FROM members_review r WHERE r.account_id = a.id ORDER BY r.occurred_at DESC, r.id DESC LIMIT %s
) r JOIN members_channel c ON c.id = r.channel_id
ORDER BY r.occurred_at DESC, r.id DESC LIMIT %s
"""

TICKETS = f"""
SELECT c.code, n.code, t.external_id, t.kind, t.state, t.serial, t.filed_at, t.dispatched_at, t.closed_at, t.rating
FROM members_ticket t JOIN members_channel c ON c.id = t.channel_id JOIN members_organization n ON n.id = t.organization_id
WHERE t.account_id = ANY(%s::bigint[]) AND t.{HERE}
ORDER BY t.filed_at DESC, t.id DESC LIMIT %s
"""  # noqa: S608

CONSENTS = """
SELECT DISTINCT ON (s.purpose, s.touchpoint) c.code, s.purpose, s.touchpoint, s.granted, s.stated_at
FROM members_consent s JOIN members_account a ON a.id = s.account_id JOIN members_channel c ON c.id = a.channel_id
WHERE s.account_id = ANY(%s::bigint[])
ORDER BY s.purpose, s.touchpoint, s.stated_at DESC, s.granted, s.id
"""

AROUND = """
SELECT id, code FROM members_organization
WHERE path LIKE %s OR id = ANY(string_to_array(btrim(%s, '/'), '/')::bigint[])
"""


@dataclass(frozen=True, slots=True)
class Known:
    """An account with the codes of its channel and organization. ``seen``: known within the node."""

    id: int
    channel: str
    external_id: str
    organization: str
    revoked: bool
    first_seen_at: dt.datetime
    last_seen_at: dt.datetime
    seen: bool


@dataclass(frozen=True, slots=True)
class Bought:
    """``lines`` and ``returns`` as they are told: amounts as texts."""

    channel: str
    organization: str
    external_id: str
    occurred_at: dt.datetime
    status: str
    currency: str
    amount: Decimal
    discount: Decimal
    shipping: Decimal
    lines: list[dict]
    returns: list[dict]


@dataclass(frozen=True, slots=True)
class Returned:
    channel: str
    order: str
    external_id: str
    occurred_at: dt.datetime
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Reviewed:
    channel: str
    external_id: str
    occurred_at: dt.datetime
    rating: int | None
    sku: str
    text: str


@dataclass(frozen=True, slots=True)
class Filed:
    channel: str
    organization: str
    external_id: str
    kind: str
    state: str
    serial: str
    filed_at: dt.datetime
    dispatched_at: dt.datetime | None
    closed_at: dt.datetime | None
    rating: int | None


@dataclass(frozen=True, slots=True)
class Agreed:
    channel: str
    purpose: str
    touchpoint: str
    granted: bool
    stated_at: dt.datetime


def accounts(*, member: Member, node: Organization) -> list[Known]:
    """All accounts of a member, first seen first."""
    return [Known(*row) for row in sets.prepared(ACCOUNTS, _below(node), member.pk)]


def around(*, node: Organization) -> dict[int, str]:
    """{id: code} of the node, what is below it and what is above."""
    return dict(sets.prepared(AROUND, _below(node), node.path))


def orders(*, accounts: list[int], node: Organization, limit: int) -> list[Bought]:
    """With their lines, and what came back of them."""
    rows = sets.prepared(ORDERS, accounts, _below(node), limit, limit)
    return [Bought(*row[:9], row[9], [_dated(each) for each in row[10]]) for row in rows]


def returns(*, accounts: list[int], node: Organization, limit: int) -> list[Returned]:
    return [Returned(*row) for row in sets.prepared(RETURNS, accounts, _below(node), limit, limit)]


def reviews(*, accounts: list[int], limit: int) -> list[Reviewed]:
    """Wherever the goods were bought: what an account wrote is known with the account."""
    return [Reviewed(*row) for row in sets.prepared(REVIEWS, accounts, limit, limit)]


def tickets(*, accounts: list[int], node: Organization, limit: int) -> list[Filed]:
    """Those that the node serves."""
    return [Filed(*row) for row in sets.prepared(TICKETS, accounts, _below(node), limit)]


def consents(*, accounts: list[int]) -> list[Agreed]:
    """The statement that rules, for each purpose and way of contact: the latest; of two at once the refusal."""
    return [Agreed(*row) for row in sets.prepared(CONSENTS, accounts)]


def _below(node: Organization) -> str:
    return f"{node.path}%"


def _dated(told: dict) -> dict:
    return told | {"occurred_at": dt.datetime.fromisoformat(told["occurred_at"])}
