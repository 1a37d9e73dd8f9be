"""The event log: appended by COPY, never changed; an event that waits for its account is joined to it once."""

import msgspec
from msgspec import Struct

from members import sets

TABLE = "members_event (account_id, account_key, channel_id, organization_id, name, occurred_at, touchpoint, properties)"

JOIN = """
UPDATE members_event e SET account_id = n.id
FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) AS n (channel_id, account_key, id)
WHERE e.channel_id = n.channel_id AND e.account_key = n.account_key AND e.account_id IS NULL
  AND e.account_key <> ''
RETURNING e.account_id
"""


class Happening(Struct):
    """One event to record: ids of the database, `key` the account that is named but not known yet."""

    name: str
    occurred_at: object
    channel: int
    account: int | None = None
    key: str = ""
    organization: int | None = None
    touchpoint: str = ""
    properties: dict = {}


def record(*, happenings) -> None:
    """Append events in the order given."""
    if happenings:
        sets.copy(TABLE, map(_row, happenings))


def _row(each):
    return (
        each.account,
        each.key,
        each.channel,
        each.organization,
        each.name,
        each.occurred_at,
        each.touchpoint,
        msgspec.json.encode(each.properties).decode() if each.properties else "{}",
    )


def join(*, accounts) -> set:
    """Give events that waited for `accounts` (rows channel, external id, id) their account; the accounts."""
    return {row[0] for row in sets.run(JOIN, accounts, 3)} if accounts else set()
