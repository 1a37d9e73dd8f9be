"""Reviews: versioned like orders; they belong to their order's account as soon as the order is known."""

from msgspec import Struct

from members import sets
from members.actions import versions as history
from members.actions.versions import Raced


class Version(Struct):
    """One version of one review; `digest` is 32 hexadecimal digits."""

    channel: int
    external_id: str
    order: int | None
    order_key: str
    account: int | None
    account_key: str
    sku: str
    rating: int | None
    text: str
    occurred_at: object
    version_at: object
    digest: str

    def rank(self):
        return (self.version_at, self.digest)


COLUMNS = (
    "channel_id, external_id, order_id, order_key, account_id, account_key, sku, rating, text, "
    "occurred_at, version_at, version_digest"
)
ARRAYS = (
    "%s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::text[], "
    "%s::int[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::uuid[]"
)

LOCK = """
SELECT r.channel_id, r.external_id, r.id, r.version_at, replace(r.version_digest::text, '-', ''), r.occurred_at,
       r.account_id
FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, external_id)
JOIN members_review r USING (channel_id, external_id)
ORDER BY r.channel_id, r.external_id FOR NO KEY UPDATE OF r
"""

CREATE = f"""
INSERT INTO members_review ({COLUMNS})
SELECT * FROM unnest({ARRAYS}) AS n ({COLUMNS}) ORDER BY channel_id, external_id
ON CONFLICT (channel_id, external_id) DO NOTHING
RETURNING channel_id, external_id, id
"""  # noqa: S608

REPLACE = f"""
UPDATE members_review r SET
    order_id = n.order_id, order_key = n.order_key, account_id = n.account_id, account_key = n.account_key,
    sku = n.sku, rating = n.rating, text = n.text, occurred_at = n.occurred_at,
    version_at = n.version_at, version_digest = n.version_digest
FROM unnest({ARRAYS}) AS n ({COLUMNS})
WHERE r.channel_id = n.channel_id AND r.external_id = n.external_id
"""  # noqa: S608

EARLIER = """
UPDATE members_review r SET occurred_at = n.occurred_at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS n (id, occurred_at) WHERE r.id = n.id
"""

JOIN_ACCOUNTS = """
UPDATE members_review r SET account_id = n.id
FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) AS n (channel_id, account_key, id)
WHERE r.channel_id = n.channel_id AND r.account_key = n.account_key AND r.account_id IS NULL
  AND r.account_key <> ''
RETURNING r.account_id
"""

JOIN_ORDERS = """
UPDATE members_review r SET order_id = n.id, account_id = coalesce(n.account_id, r.account_id)
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[]) AS n (channel_id, order_key, id, account_id)
WHERE r.channel_id = n.channel_id AND r.order_key = n.order_key AND r.order_id IS NULL AND r.order_key <> ''
RETURNING r.account_id
"""

# An order that no longer names an account leaves the review to the account that the review itself names.
FOLLOW = """
UPDATE members_review r SET account_id = CASE WHEN n.account_id IS NOT NULL THEN n.account_id ELSE (
    SELECT a.id FROM members_account a WHERE a.channel_id = r.channel_id AND a.external_id = r.account_key) END
FROM unnest(%s::bigint[], %s::bigint[]) AS n (order_id, account_id)
WHERE r.order_id = n.order_id AND (n.account_id IS NULL OR r.account_id IS DISTINCT FROM n.account_id)
RETURNING r.account_id
"""


def record(*, versions) -> set:
    """Write versions of reviews; the accounts whose reviews changed. Raises Raced."""
    ruling, earliest = history.ruling(versions)
    if not ruling:
        return set()
    known = {row[:2]: row[2:] for row in sets.run(LOCK, sorted(ruling), 2)}
    for key, version in ruling.items():
        version.occurred_at = min(earliest[key], known[key][3]) if key in known else earliest[key]
    new = [ruling[key] for key in sorted(ruling.keys() - known.keys())]
    replacing = [v for key, v in ruling.items() if key in known and v.rank() > known[key][1:3]]
    _note_earlier(ruling, known, replacing)
    _create(new)
    if replacing:
        sets.run(REPLACE, [_row(version) for version in replacing], 12)
    return {v.account for v in ruling.values()} | {row[4] for row in known.values()}


def _note_earlier(ruling, known, replacing):
    replaced = {(v.channel, v.external_id) for v in replacing}
    rows = [
        (known[key][0], v.occurred_at)
        for key, v in ruling.items()
        if key in known and key not in replaced and v.occurred_at < known[key][3]
    ]
    if rows:
        sets.run(EARLIER, rows, 2)


def _create(new):
    if new and len(sets.run(CREATE, [_row(version) for version in new], 12)) < len(new):
        raise Raced


def _row(v):
    return (
        v.channel, v.external_id, v.order, v.order_key, v.account, v.account_key, v.sku, v.rating, v.text,
        v.occurred_at, v.version_at, v.digest,
    )  # fmt: skip


def join_accounts(*, accounts) -> set:
    """Give reviews that waited for `accounts` (rows channel, external id, id) their account; the accounts."""
    return {row[0] for row in sets.run(JOIN_ACCOUNTS, accounts, 3)} if accounts else set()


def join_orders(*, orders) -> set:
    """Give reviews that waited for `orders` (rows channel, external id, id, account) their order; the accounts."""
    return {row[0] for row in sets.run(JOIN_ORDERS, orders, 4)} if orders else set()


def follow(*, orders) -> set:
    """Move reviews to the account of their order (rows order, account); the accounts that gained one."""
    return {row[0] for row in sets.run(FOLLOW, orders, 2)} if orders else set()
