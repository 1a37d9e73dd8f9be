"""Reviews: versioned like orders; they belong to their order's account as soon as the order is known."""

from msgspec import Struct

from members import sets
from members.actions.aftersales import AfterSales
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

_shared = AfterSales("members_review")
join_accounts, join_orders, follow = _shared.join_accounts, _shared.join_orders, _shared.follow


def record(*, versions) -> set:
    """Write versions of reviews; the accounts whose reviews changed. Raises Raced."""
    found = _shared.sort(versions=versions)
    _create(found.new)
    if found.replacing:
        sets.run(REPLACE, [_row(version) for version in found.replacing], 12)
    return found.accounts


def _create(new):
    if new and len(sets.run(CREATE, [_row(version) for version in new], 12)) < len(new):
        raise Raced


def _row(v):
    return (
        v.channel, v.external_id, v.order, v.order_key, v.account, v.account_key, v.sku, v.rating, v.text,
        v.occurred_at, v.version_at, v.digest,
    )  # fmt: skip
