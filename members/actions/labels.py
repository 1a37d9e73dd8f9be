"""What a source calls a customer: its whole list as of a time. Every statement is kept; a source's latest one rules.

Statements may come in any order and any number of times: the same set of them leaves the same rows.
"""

import datetime as dt
from collections.abc import Collection, Iterable

from msgspec import Struct

from members import sets

# Of two records that state the same at the same time the greater digest is kept, whichever came first.
OUTDO = """
DELETE FROM members_labelstatement l
USING unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::uuid[])
      AS n (account_id, source, labels, stated_at, record)
WHERE l.account_id = n.account_id AND l.source = n.source AND l.stated_at = n.stated_at
  AND l.labels = n.labels::varchar[] AND l.record < n.record
"""
STATE = """
INSERT INTO members_labelstatement (account_id, source, labels, stated_at, expires_at, stated_by_id, reason, record)
SELECT DISTINCT ON (account_id, source, stated_at, labels)
       account_id, source, labels::varchar[], stated_at, expires_at, stated_by, reason, record
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::text[], %s::uuid[])
     AS n (account_id, source, labels, stated_at, expires_at, stated_by, reason, record)
ORDER BY account_id, source, stated_at, labels, record DESC NULLS LAST
ON CONFLICT (account_id, source, stated_at, labels) DO NOTHING
"""
UNSAY = """
DELETE FROM members_labelstatement WHERE account_id = ANY(%s::bigint[]) AND record IS NOT NULL
"""


class Statement(Struct):
    """All labels of a source on an account (id), as of a time. ``record`` is the digest of what stated it, in hex."""

    account: int
    source: str
    labels: Collection[str]
    stated_at: dt.datetime
    expires_at: dt.datetime | None = None
    by: int | None = None
    reason: str = ""
    record: str | None = None


def state(*, statements: Iterable[Statement]) -> None:
    """Keep statements. No labels: the source takes off what it called the account."""
    rows = [_row(each) for each in statements]
    if not rows:
        return
    told = [(*row[:4], row[7]) for row in rows if row[7]]
    if told:
        sets.run(OUTDO, told, 5)
    sets.run(STATE, rows, 8)


def _row(each: Statement) -> tuple:
    labels = sets.array(sorted(set(each.labels))) if each.labels else "{}"
    return (
        each.account, each.source, labels, each.stated_at, each.expires_at, each.by, each.reason, each.record,
    )  # fmt: skip


def unsay(*, accounts: Iterable[int]) -> None:
    """Take away what records stated of these accounts; what staff gave stays."""
    sets.run(UNSAY, [(id,) for id in sorted(accounts)], 1)
