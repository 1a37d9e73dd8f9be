"""What follows a sale and names it, as returns and reviews do: versioned like orders, waiting until the order is
known, then belonging to the order's account."""

from dataclasses import dataclass
from operator import attrgetter

from msgspec import Struct

from members import sets
from members.actions import versions as history


class Version(Struct):
    """One version of one fact; `digest` is 32 hexadecimal digits."""

    channel: int
    external_id: str
    order: int | None
    order_key: str
    account: int | None
    account_key: str
    occurred_at: object
    version_at: object
    digest: str

    def rank(self):
        return (self.version_at, self.digest)


COLUMNS = (
    ("channel_id", "bigint", "channel"),
    ("external_id", "text", "external_id"),
    ("order_id", "bigint", "order"),
    ("order_key", "text", "order_key"),
    ("account_id", "bigint", "account"),
    ("account_key", "text", "account_key"),
    ("occurred_at", "timestamptz", "occurred_at"),
    ("version_at", "timestamptz", "version_at"),
    ("version_digest", "uuid", "digest"),
)
KEY = ("channel_id", "external_id")

CREATE = """
INSERT INTO {table} ({columns})
SELECT * FROM unnest({arrays}) AS n ({columns}) ORDER BY channel_id, external_id
ON CONFLICT (channel_id, external_id) DO NOTHING
RETURNING channel_id, external_id, id
"""

REPLACE = """
UPDATE {table} r SET {changes}
FROM unnest({arrays}) AS n ({columns})
WHERE r.channel_id = n.channel_id AND r.external_id = n.external_id
RETURNING r.id
"""

LOCK = """
SELECT r.channel_id, r.external_id, r.id, r.version_at, replace(r.version_digest::text, '-', ''), r.occurred_at,
       r.account_id
FROM unnest(%s::bigint[], %s::text[]) AS k (channel_id, external_id)
JOIN {table} r USING (channel_id, external_id)
ORDER BY r.channel_id, r.external_id FOR NO KEY UPDATE OF r
"""

EARLIER = """
UPDATE {table} r SET occurred_at = n.occurred_at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS n (id, occurred_at) WHERE r.id = n.id
"""

JOIN_ACCOUNTS = """
UPDATE {table} r SET account_id = n.id
FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) AS n (channel_id, account_key, id)
WHERE r.channel_id = n.channel_id AND r.account_key = n.account_key AND r.account_id IS NULL
  AND r.account_key <> ''
RETURNING r.account_id
"""

JOIN_ORDERS = """
UPDATE {table} r SET order_id = n.id, account_id = coalesce(n.account_id, r.account_id)
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[]) AS n (channel_id, order_key, id, account_id),
     {table} before
WHERE r.channel_id = n.channel_id AND r.order_key = n.order_key AND r.order_id IS NULL AND r.order_key <> ''
  AND before.id = r.id
RETURNING before.account_id, r.account_id
"""

# An order that no longer names an account leaves the fact to the account that the fact itself names.
FOLLOW = """
UPDATE {table} r SET account_id = CASE WHEN n.account_id IS NOT NULL THEN n.account_id ELSE (
    SELECT a.id FROM members_account a WHERE a.channel_id = r.channel_id AND a.external_id = r.account_key
      AND a.emptied_at IS NULL) END
FROM unnest(%s::bigint[], %s::bigint[]) AS n (order_id, account_id), {table} before
WHERE r.order_id = n.order_id AND (n.account_id IS NULL OR r.account_id IS DISTINCT FROM n.account_id)
  AND before.id = r.id
RETURNING before.account_id, r.account_id
"""


@dataclass(frozen=True)
class Sorted:
    """Versions by what is to be done: rows to make, rows to write over; `ids` of the rows that stand, by key;
    `accounts` whose facts change, and those that one `left` for another account."""

    new: list
    replacing: list
    ids: dict
    accounts: set
    left: set


class AfterSales:
    """The statements that returns and reviews share, for one table.

    `own` are the columns that the table has besides the common ones: (column, its type, field of the version).
    """

    def __init__(self, table: str, own: tuple):
        columns = COLUMNS + own
        names = [name for name, _kind, _field in columns]
        self.row = attrgetter(*[field for _name, _kind, field in columns])
        self.width = len(columns)
        self.words = {
            "table": table,
            "columns": ", ".join(names),
            "arrays": ", ".join(f"%s::{kind}[]" for _name, kind, _field in columns),
            "changes": ", ".join(f"{name} = n.{name}" for name in names if name not in KEY),
        }

    def _run(self, statement, rows, width):
        return sets.run(statement.format(**self.words), rows, width) if rows else []

    def create(self, *, versions) -> dict:
        """Make a row for each; {key: id}. Raises Raced."""
        made = self._run(CREATE, [self.row(version) for version in versions], self.width)
        if len(made) < len(versions):
            raise history.Raced
        return {row[:2]: row[2] for row in made}

    def replace(self, *, versions) -> list[int]:
        """Write over the rows that stand; their ids."""
        return [id for (id,) in self._run(REPLACE, [self.row(version) for version in versions], self.width)]

    def sort(self, *, versions) -> Sorted:
        """Lock the rows that stand, note earlier times, and say what `versions` (channel, external id) change."""
        ruling, earliest = history.ruling(versions)
        known = {row[:2]: row[2:] for row in self._run(LOCK, sorted(ruling), 2)}
        for key, version in ruling.items():
            version.occurred_at = min(earliest[key], known[key][3]) if key in known else earliest[key]
        standing = {key: version for key, version in ruling.items() if key in known}
        replaced = [(known[key][4], v) for key, v in standing.items() if v.rank() > known[key][1:3]]
        late = [
            (known[key][0], v.occurred_at)
            for key, v in standing.items()
            if v.rank() <= known[key][1:3] and v.occurred_at < known[key][3]
        ]
        self._run(EARLIER, late, 2)
        return Sorted(
            new=[ruling[key] for key in sorted(ruling.keys() - known.keys())],
            replacing=[v for _owner, v in replaced],
            ids={key: row[0] for key, row in known.items()},
            accounts={v.account for v in ruling.values()} | {row[4] for row in known.values()},
            left={owner for owner, v in replaced if owner != v.account},
        )

    def join_accounts(self, *, accounts) -> set:
        """Give what waited for `accounts` (rows channel, external id, id) its account; the accounts."""
        return {row[0] for row in self._run(JOIN_ACCOUNTS, accounts, 3)}

    def join_orders(self, *, orders) -> set:
        """Give what waited for `orders` (rows channel, external id, id, account) its order; the accounts that gained
        or lost one."""
        return {account for row in self._run(JOIN_ORDERS, orders, 4) for account in row}

    def follow(self, *, orders) -> set:
        """Move facts to the account of their order (rows order, account); the accounts that gained or lost one."""
        return {account for row in self._run(FOLLOW, orders, 2) for account in row}
