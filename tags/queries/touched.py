"""Members whose facts changed, as the event log tells."""

from collections.abc import Iterable

from django.db import connection

SETTLED = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"

TOUCHED = """
SELECT DISTINCT touched FROM members_event e JOIN members_account a ON a.id = e.account_id,
       unnest(ARRAY[a.member_id, a.minted_id]) touched
WHERE e.tx >= %s AND touched BETWEEN %s AND %s
ORDER BY 1
"""

OF_ACCOUNTS = """
SELECT DISTINCT touched FROM members_account a, unnest(ARRAY[a.member_id, a.minted_id]) touched
WHERE a.id = ANY(%s::bigint[]) ORDER BY 1
"""


def horizon() -> int:
    """Every transaction below this id has ended: what it wrote is seen by statements from here on."""
    with connection.cursor() as cursor:
        cursor.execute(SETTLED)
        return cursor.fetchone()[0]


def members(*, since: int, first: int = 0, last: int = 2**63 - 1) -> list[int]:
    """Members (ids in a range) with an event of a transaction not below the horizon, and those their accounts minted."""
    with connection.cursor() as cursor:
        cursor.execute(TOUCHED, [since, first, last])
        return [row[0] for row in cursor.fetchall()]


def of_accounts(*, accounts: Iterable[int]) -> list[int]:
    """The members that accounts belong to now, and those that they minted: retired, if they were merged away."""
    with connection.cursor() as cursor:
        cursor.execute(OF_ACCOUNTS, [sorted(accounts)])
        return [row[0] for row in cursor.fetchall()]
