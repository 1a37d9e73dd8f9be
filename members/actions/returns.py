"""Returns: versioned like orders; they belong to their order's account as soon as the order is known."""

from msgspec import Struct

from members import sets
from members.actions import versions as history
from members.actions.versions import Raced


class Version(Struct):
    """One version of one return. `lines`: (line or None, sku, quantity, refund); `digest` 32 hexadecimal digits."""

    channel: int
    external_id: str
    order: int | None
    order_key: str
    account: int | None
    account_key: str
    organization: int
    occurred_at: object
    amount: object
    version_at: object
    digest: str
    lines: list

    def rank(self):
        return (self.version_at, self.digest)


COLUMNS = (
    "channel_id, external_id, order_id, order_key, account_id, account_key, organization_id, occurred_at, amount, "
    "version_at, version_digest"
)
ARRAYS = (
    "%s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::bigint[], "
    "%s::timestamptz[], %s::numeric[], %s::timestamptz[], %s::uuid[]"
)

LOCK = """
SELECT r.channel_id, r.external_id, r.id, r.version_at, replace(r.version_digest::text, '-', ''), r.occurred_at,
       r.account_id
FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, external_id)
JOIN members_return r USING (channel_id, external_id)
ORDER BY r.channel_id, r.external_id FOR NO KEY UPDATE OF r
"""

CREATE = f"""
INSERT INTO members_return ({COLUMNS})
SELECT * FROM unnest({ARRAYS}) AS n ({COLUMNS}) ORDER BY channel_id, external_id
ON CONFLICT (channel_id, external_id) DO NOTHING
RETURNING channel_id, external_id, id
"""  # noqa: S608

REPLACE = f"""
WITH replaced AS (
    UPDATE members_return r SET
        order_id = n.order_id, order_key = n.order_key, account_id = n.account_id, account_key = n.account_key,
        organization_id = n.organization_id, occurred_at = n.occurred_at, amount = n.amount,
        version_at = n.version_at, version_digest = n.version_digest
    FROM unnest({ARRAYS}) AS n ({COLUMNS})
    WHERE r.channel_id = n.channel_id AND r.external_id = n.external_id
    RETURNING r.id
)
DELETE FROM members_returnline l USING replaced WHERE l.returned_id = replaced.id
"""  # noqa: S608

EARLIER = """
UPDATE members_return r SET occurred_at = n.occurred_at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS n (id, occurred_at) WHERE r.id = n.id
"""

LINES = "members_returnline (returned_id, position, line, sku, quantity, refund)"

JOIN_ACCOUNTS = """
UPDATE members_return r SET account_id = n.id
FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) AS n (channel_id, account_key, id)
WHERE r.channel_id = n.channel_id AND r.account_key = n.account_key AND r.account_id IS NULL
  AND r.account_key <> ''
RETURNING r.account_id
"""

JOIN_ORDERS = """
UPDATE members_return r SET order_id = n.id, account_id = coalesce(n.account_id, r.account_id)
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[]) AS n (channel_id, order_key, id, account_id)
WHERE r.channel_id = n.channel_id AND r.order_key = n.order_key AND r.order_id IS NULL AND r.order_key <> ''
RETURNING r.account_id
"""

# An order that no longer names an account leaves the return to the account that the return itself names.
FOLLOW = """
UPDATE members_return r SET account_id = CASE WHEN n.account_id IS NOT NULL THEN n.account_id ELSE (
    SELECT a.id FROM members_account a WHERE a.channel_id = r.channel_id AND a.external_id = r.account_key) END
FROM unnest(%s::bigint[], %s::bigint[]) AS n (order_id, account_id)
WHERE r.order_id = n.order_id AND (n.account_id IS NULL OR r.account_id IS DISTINCT FROM n.account_id)
RETURNING r.account_id
"""


def record(*, versions) -> set:
    """Write versions of returns; the accounts whose returns changed. Raises Raced."""
    ruling, earliest = history.ruling(versions)
    if not ruling:
        return set()
    known = {row[:2]: row[2:] for row in sets.run(LOCK, sorted(ruling), 2)}
    for key, version in ruling.items():
        version.occurred_at = min(earliest[key], known[key][3]) if key in known else earliest[key]
    new = [ruling[key] for key in sorted(ruling.keys() - known.keys())]
    replacing = [v for key, v in ruling.items() if key in known and v.rank() > known[key][1:3]]
    _note_earlier(ruling, known, replacing)
    ids = {key: row[0] for key, row in known.items()} | _create(new)
    if replacing:
        sets.run(REPLACE, [_row(version) for version in replacing], 11)
    _write_lines([*new, *replacing], ids)
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
    if not new:
        return {}
    made = sets.run(CREATE, [_row(version) for version in new], 11)
    if len(made) < len(new):
        raise Raced
    return {row[:2]: row[2] for row in made}


def _row(v):
    return (
        v.channel, v.external_id, v.order, v.order_key, v.account, v.account_key, v.organization, v.occurred_at,
        v.amount, v.version_at, v.digest,
    )  # fmt: skip


def _write_lines(versions, ids):
    lines = [
        (ids[v.channel, v.external_id], place, *line)
        for v in versions
        for place, line in enumerate(v.lines, start=1)
    ]
    if lines:
        sets.copy(LINES, lines)


def join_accounts(*, accounts) -> set:
    """Give returns that waited for `accounts` (rows channel, external id, id) their account; the accounts."""
    return {row[0] for row in sets.run(JOIN_ACCOUNTS, accounts, 3)} if accounts else set()


def join_orders(*, orders) -> set:
    """Give returns that waited for `orders` (rows channel, external id, id, account) their order; the accounts."""
    return {row[0] for row in sets.run(JOIN_ORDERS, orders, 4)} if orders else set()


def follow(*, orders) -> set:
    """Move returns to the account of their order (rows order, account); the accounts that gained one."""
    return {row[0] for row in sets.run(FOLLOW, orders, 2)} if orders else set()
