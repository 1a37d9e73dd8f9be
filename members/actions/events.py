"""The event log: appended (several by COPY), never changed; an event that waits for its account is joined to it once."""

import datetime as dt
from collections.abc import Callable

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from msgspec import Struct

from members import sets
from members.models import Event, EventCursor

TABLE = "members_event (account_id, account_key, channel_id, organization_id, name, occurred_at, touchpoint, properties)"

ONE = """
INSERT INTO members_event (account_id, account_key, channel_id, organization_id, name, occurred_at, touchpoint, properties)
VALUES (%s::bigint, %s, %s::bigint, %s::bigint, %s, %s::timestamptz, %s, %s::jsonb)
"""
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
    if len(happenings) == 1:
        sets.prepared(ONE, *sets.texts(_row(happenings[0])))
    elif happenings:
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


def follow(
    *,
    reader: str,
    log: QuerySet[Event],
    take_in: Callable[[list[Event]], object],
    batch: int,
    now: dt.datetime,
) -> int:
    """Give a reader one batch of what `log` shows behind its cursor; how many events it was.

    Cursor and what `take_in` writes move in one transaction: killed, it begins again.
    """
    cursor, _made = EventCursor.objects.get_or_create(reader=reader)
    if not log.after(cursor).exists():
        return 0
    with transaction.atomic():
        cursor = EventCursor.objects.select_for_update().get(reader=reader)
        events = list(log.after(cursor)[:batch])
        if not events:
            return 0
        take_in(events)
        cursor.tx, cursor.event_id, cursor.moved_at = events[-1].tx, events[-1].pk, now
        cursor.save()
        return len(events)
