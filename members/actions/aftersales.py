"""What follows a sale and names it, as returns and reviews do: versioned like orders, waiting until the order is
known, then belonging to the order's account."""

from dataclasses import dataclass

from members import sets
from members.actions import versions as history

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
    `accounts` whose facts change."""

    new: list
    replacing: list
    ids: dict
    accounts: set


class AfterSales:
    """The statements that returns and reviews share, for one table."""

    def __init__(self, table: str):
        self.table = table

    def _run(self, statement, rows, width):
        return sets.run(statement.format(table=self.table), rows, width) if rows else []

    def sort(self, *, versions) -> Sorted:
        """Lock the rows that stand, note earlier times, and say what `versions` (channel, external id) change."""
        ruling, earliest = history.ruling(versions)
        known = {row[:2]: row[2:] for row in self._run(LOCK, sorted(ruling), 2)}
        for key, version in ruling.items():
            version.occurred_at = min(earliest[key], known[key][3]) if key in known else earliest[key]
        standing = {key: version for key, version in ruling.items() if key in known}
        replacing = [v for key, v in standing.items() if v.rank() > known[key][1:3]]
        late = [
            (known[key][0], v.occurred_at)
            for key, v in standing.items()
            if v.rank() <= known[key][1:3] and v.occurred_at < known[key][3]
        ]
        self._run(EARLIER, late, 2)
        return Sorted(
            new=[ruling[key] for key in sorted(ruling.keys() - known.keys())],
            replacing=replacing,
            ids={key: row[0] for key, row in known.items()},
            accounts={v.account for v in ruling.values()} | {row[4] for row in known.values()},
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
