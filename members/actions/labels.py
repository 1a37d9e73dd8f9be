"""What a source calls a customer: its whole list as of a time. Every statement is kept; a source's latest one rules.

Statements may come in any order and any number of times: the same set of them leaves the same rows.
"""

import datetime as dt
from collections.abc import Collection, Iterable

import msgspec
from django.db import connection
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
ON CONFLICT (account_id, source, stated_at, members_digest_of(labels)) DO NOTHING
"""
UNSAY = """
DELETE FROM members_labelstatement WHERE account_id = ANY(%s::bigint[]) AND record IS NOT NULL
"""


ADDED = """
WITH chosen AS MATERIALIZED ({members}),
target AS (
    SELECT DISTINCT ON (a.member_id) a.id, a.channel_id, a.organization_id
    FROM chosen c JOIN members_account a ON a.member_id = c.member_id AND a.emptied_at IS NULL
    ORDER BY a.member_id, a.revoked_at IS NOT NULL, a.first_seen_at, a.id
), stated AS (
    INSERT INTO members_labelstatement (account_id, source, labels, stated_at, expires_at, stated_by_id, reason)
    SELECT id, %s, %s::varchar[], %s, %s, %s, %s FROM target
    ON CONFLICT (account_id, source, stated_at, members_digest_of(labels)) DO NOTHING RETURNING account_id
)
INSERT INTO members_event (account_id, channel_id, organization_id, name, occurred_at, properties)
SELECT t.id, t.channel_id, t.organization_id, %s, %s, %s::jsonb FROM target t JOIN stated s ON s.account_id = t.id
"""
REMOVED = """
WITH chosen AS MATERIALIZED ({members}),
ruling AS (
    SELECT DISTINCT ON (l.account_id) l.account_id, l.labels
    FROM chosen c JOIN members_account a ON a.member_id = c.member_id AND a.emptied_at IS NULL
    JOIN members_labelstatement l ON l.account_id = a.id AND l.source = %s
    ORDER BY l.account_id, l.stated_at DESC, l.labels DESC
), stated AS (
    INSERT INTO members_labelstatement (account_id, source, labels, stated_at, stated_by_id, reason)
    SELECT account_id, %s, '{{}}', %s, %s, %s FROM ruling WHERE labels <> '{{}}'
    ON CONFLICT (account_id, source, stated_at, members_digest_of(labels)) DO NOTHING RETURNING account_id
), told AS (
    INSERT INTO members_event (account_id, channel_id, organization_id, name, occurred_at, properties)
    SELECT a.id, a.channel_id, a.organization_id, %s, %s, %s::jsonb
    FROM stated s JOIN members_account a ON a.id = s.account_id
)
SELECT count(DISTINCT a.member_id) FROM stated s JOIN members_account a ON a.id = s.account_id
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


class Said(Struct):
    """By whom and why staff call members something, and the event that tells of it."""

    by: int | None
    reason: str
    at: dt.datetime
    event: str
    properties: dict


def add(
    *,
    members: tuple[str, tuple],
    source: str,
    labels: Collection[str],
    said: Said,
    expires_at: dt.datetime | None,
) -> int:
    """Call all members of a SELECT of ``member_id`` (with its parameters) so, on the account that each was seen by first.

    One statement and one event a member; how many members that were.
    """
    text, params = members
    given = [
        *params, source, sets.array(sorted(set(labels))), said.at, expires_at, said.by, said.reason, *_event(said)
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(ADDED.format(members=text), given)
        return cursor.rowcount


def take_off(*, members: tuple[str, tuple], source: str, said: Said) -> int:
    """Take off what ``source`` calls these members, on each of their accounts; how many members that were."""
    text, params = members
    given = [*params, source, source, said.at, said.by, said.reason, *_event(said)]
    with connection.cursor() as cursor:
        cursor.execute(REMOVED.format(members=text), given)
        return cursor.fetchone()[0]


def _event(said: Said) -> tuple:
    return said.event, said.at, msgspec.json.encode(said.properties).decode()
