"""Returns: versioned like orders; they belong to their order's account as soon as the order is known."""

from msgspec import Struct

from members import sets
from members.actions.aftersales import AfterSales
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

LINES = "members_returnline (returned_id, position, line, sku, quantity, refund)"

_shared = AfterSales("members_return")
join_accounts, join_orders, follow = _shared.join_accounts, _shared.join_orders, _shared.follow


def record(*, versions) -> set:
    """Write versions of returns; the accounts whose returns changed. Raises Raced."""
    found = _shared.sort(versions=versions)
    ids = found.ids | _create(found.new)
    if found.replacing:
        sets.run(REPLACE, [_row(version) for version in found.replacing], 11)
    _write_lines([*found.new, *found.replacing], ids)
    return found.accounts


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
