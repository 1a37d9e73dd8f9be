"""Orders: the version with the greatest (time, status, digest) rules wholly; the earliest time is when it was
placed."""

import msgspec
from msgspec import Struct

from members import sets
from members.actions import versions as history
from members.actions.versions import Raced

RANK = {"created": 0, "paid": 1, "completed": 2, "cancelled": 3}


class Version(Struct):
    """One version of one order. `lines`: (line, sku, name, category, quantity, unit price, discount, amount,
    serial); `payments`: (method, amount); `digest` is 32 hexadecimal digits. Amounts are Decimals."""

    channel: int
    external_id: str
    account: int | None
    account_key: str
    organization: int
    occurred_at: object
    status: str
    currency: str
    amount: object
    discount: object
    shipping: object
    cashier: str
    guide: str
    coupons: list
    attribution: dict
    version_at: object
    digest: str
    lines: list
    payments: list
    reward: bool = False
    receiver_province: str = ""

    def rank(self):
        return (self.version_at, RANK[self.status], self.digest)


class Known(Struct):
    """An order as it stands: `before` and `place` are its account and node before this batch, `ruled` whether
    this batch rules it now, `moved` whether it changed its time."""

    id: int
    channel: int
    external_id: str
    account: int | None
    account_key: str
    organization: int
    occurred_at: object
    status: str
    version_at: object
    digest: str
    created: bool = False
    ruled: bool = False
    moved: bool = False
    before: int | None = None
    place: int | None = None

    def rank(self):
        return (self.version_at, RANK[self.status], self.digest)


# The columns of an order as `row` gives them, and their places: in arrays for many, alone for one.
COLUMNS = (
    "channel_id, external_id, account_id, account_key, organization_id, occurred_at, status, currency, amount, "
    "discount, shipping, cashier, guide, coupons, attribution, version_at, version_digest, reward, "
    "receiver_province"
)
ARRAYS = (
    "%s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::bigint[], %s::timestamptz[], %s::text[], %s::text[], "
    "%s::numeric[], %s::numeric[], %s::numeric[], %s::text[], %s::text[], %s::jsonb[], %s::jsonb[], "
    "%s::timestamptz[], %s::uuid[], %s::bool[], %s::text[]"
)
VALUES = ARRAYS.replace("[]", "")
STANDING = (
    "o.id, o.channel_id, o.external_id, o.account_id, o.account_key, o.organization_id, o.occurred_at, o.status, "
    "o.version_at, replace(o.version_digest::text, '-', '')"
)

LOOK_UP = f"""
SELECT {STANDING}
FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, external_id)
JOIN members_order o USING (channel_id, external_id)
"""  # noqa: S608

LOCK = LOOK_UP + "ORDER BY o.channel_id, o.external_id FOR NO KEY UPDATE OF o"

LOCK_OPEN = """
SELECT o.id
FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, external_id)
JOIN members_order o USING (channel_id, external_id)
WHERE o.account_id IS NULL AND o.account_key <> ''
ORDER BY o.channel_id, o.external_id FOR NO KEY UPDATE OF o
"""

CREATE = f"""
INSERT INTO members_order ({COLUMNS})
SELECT * FROM unnest({ARRAYS}) AS n ({COLUMNS})
ORDER BY channel_id, external_id
ON CONFLICT (channel_id, external_id) DO NOTHING
RETURNING id, channel_id, external_id
"""  # noqa: S608

REPLACE = f"""
UPDATE members_order o SET
    account_id = n.account_id, account_key = n.account_key, organization_id = n.organization_id,
    occurred_at = n.occurred_at, status = n.status, currency = n.currency, amount = n.amount,
    discount = n.discount, shipping = n.shipping, cashier = n.cashier, guide = n.guide, coupons = n.coupons,
    attribution = n.attribution, version_at = n.version_at, version_digest = n.version_digest,
    receiver_province = n.receiver_province
FROM unnest({ARRAYS}) AS n ({COLUMNS})
WHERE o.channel_id = n.channel_id AND o.external_id = n.external_id
"""  # noqa: S608

EARLIER = """
UPDATE members_order o SET occurred_at = n.occurred_at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS n (id, occurred_at) WHERE o.id = n.id
"""

CLEAR = """
WITH replaced AS (SELECT unnest(%s::bigint[]) AS id),
     lines AS (DELETE FROM members_orderline l USING replaced r WHERE l.order_id = r.id)
DELETE FROM members_orderpayment p USING replaced r WHERE p.order_id = r.id
"""

LINES = (
    "members_orderline (order_id, line, sku, name, category, quantity, unit_price, discount, amount, serial)"
)
PAYMENTS = "members_orderpayment (order_id, position, method, amount)"

JOIN = """
UPDATE members_order o SET account_id = n.id
FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) AS n (channel_id, account_key, id)
WHERE o.channel_id = n.channel_id AND o.account_key = n.account_key AND o.account_id IS NULL
  AND o.account_key <> ''
RETURNING o.id, o.account_id, o.organization_id, o.occurred_at, o.channel_id, o.external_id
"""


def look_up(*, keys) -> dict:
    """{(channel id, external id): Known} of those `keys` that are known."""
    rows = sets.run(LOOK_UP, sorted(keys), 2) if keys else []
    return {row[1:3]: Known(*row) for row in rows}


def lock(*, keys) -> dict:
    """`look_up`, with the rows locked in the order of their keys."""
    rows = sets.run(LOCK, sorted(keys), 2) if keys else []
    return {row[1:3]: Known(*row, before=row[3], place=row[5]) for row in rows}


def settled(*, keys) -> dict:
    """`look_up`, after every transaction that was just giving one of these orders its account has ended, and
    before another one can."""
    if keys:
        sets.run(LOCK_OPEN, sorted(keys), 2)
    return look_up(keys=keys)


def record(*, versions, known) -> dict:
    """Write `versions` (a list; several of one order are fine) over the locked `known`; {key: Known} of all.

    Raises Raced if another transaction made one of the orders meanwhile.
    """
    ruling, earliest = history.ruling(versions)
    new = [ruling[key] for key in sorted(ruling.keys() - known.keys())]
    replacing = [v for key, v in ruling.items() if key in known and v.rank() > known[key].rank()]
    for version in ruling.values():
        key = (version.channel, version.external_id)
        version.occurred_at = min(earliest[key], known[key].occurred_at) if key in known else earliest[key]
    _note_earlier(ruling, known, replacing)
    _replace(replacing, known)
    known = known | _create(new)
    _write_details([*new, *replacing], known)
    return known


def _note_earlier(ruling, known, replacing):
    """An older version cannot rule, but it may know an earlier time."""
    replaced = {(v.channel, v.external_id) for v in replacing}
    rows = []
    for key, version in ruling.items():
        standing = known.get(key)
        if standing and key not in replaced and version.occurred_at < standing.occurred_at:
            standing.occurred_at, standing.moved = version.occurred_at, True
            rows.append((standing.id, version.occurred_at))
    if rows:
        sets.run(EARLIER, rows, 2)


def _replace(replacing, known):
    if not replacing:
        return
    sets.run(REPLACE, [row(version) for version in replacing], 19)
    sets.run(CLEAR, [(known[v.channel, v.external_id].id,) for v in replacing], 1)
    for version in replacing:
        standing = known[version.channel, version.external_id]
        standing.moved = version.occurred_at != standing.occurred_at
        standing.account, standing.account_key = version.account, version.account_key
        standing.organization, standing.occurred_at = version.organization, version.occurred_at
        standing.status, standing.version_at, standing.digest = (
            version.status,
            version.version_at,
            version.digest,
        )
        standing.ruled = True


def _create(new):
    if not new:
        return {}
    made = sets.run(CREATE, [row(version) for version in new], 19)
    if len(made) < len(new):
        raise Raced
    ids = {row[1:]: row[0] for row in made}
    return {(v.channel, v.external_id): _standing(v, ids[v.channel, v.external_id]) for v in new}


def _standing(v, id):
    return Known(
        id, v.channel, v.external_id, v.account, v.account_key, v.organization, v.occurred_at, v.status,
        v.version_at, v.digest, created=True, ruled=True,
    )  # fmt: skip


def row(v):
    return (
        v.channel, v.external_id, v.account, v.account_key, v.organization, v.occurred_at, v.status, v.currency,
        v.amount, v.discount, v.shipping, v.cashier, v.guide,
        msgspec.json.encode(v.coupons).decode() if v.coupons else "[]",
        msgspec.json.encode(v.attribution).decode() if v.attribution else "{}",
        v.version_at, v.digest, v.reward, v.receiver_province,
    )  # fmt: skip


def _write_details(versions, known):
    lines, payments = [], []
    for version in versions:
        id = known[version.channel, version.external_id].id
        lines += [(id, *line) for line in version.lines]
        payments += [(id, place, *payment) for place, payment in enumerate(version.payments, start=1)]
    if lines:
        sets.copy(LINES, lines)
    if payments:
        sets.copy(PAYMENTS, payments)


def join(*, accounts) -> list[tuple]:
    """Give orders that waited for `accounts` (rows channel, external id, id) their account.

    Returns (order, account, organization, placed at, channel, order number) of each order joined.
    """
    return sets.run(JOIN, accounts, 3) if accounts else []
