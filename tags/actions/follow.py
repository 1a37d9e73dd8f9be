"""Keeps tags in step with the event log: reads behind a cursor, computes the members that events speak of."""

import datetime as dt

from django.db import transaction

from members.models import Event, EventCursor
from tags.actions import changed, compute
from tags.actions.everybody import READER
from tags.queries import touched

BATCH = 5_000
COLUMNS = ("tx", "account_id", "name", "occurred_at", "recorded_at")
SKEW = dt.timedelta(minutes=15)


def follow(*, now: dt.datetime) -> int:
    """One batch; how many events it took in. Cursor and tags move in one transaction: killed, it begins again."""
    cursor, _made = EventCursor.objects.get_or_create(reader=READER)
    if not Event.objects.after(cursor).exists():
        return 0
    with transaction.atomic():
        cursor = EventCursor.objects.select_for_update().get(reader=READER)
        events = list(Event.objects.after(cursor).only(*COLUMNS)[:BATCH])
        if not events:
            return 0
        _compute(events, now)
        cursor.tx, cursor.event_id, cursor.moved_at = events[-1].tx, events[-1].pk, now
        cursor.save()
        return len(events)


def _compute(events: list[Event], now: dt.datetime) -> None:
    members = touched.by(events=events)
    if members:
        changed.recompute(
            members=members,
            codes=None,
            now=now,
            as_of=_as_of(events, now),
            names=compute.all_names(),
            oldest_event_at=min(event.recorded_at for event in events),
        )


def _as_of(events: list[Event], now: dt.datetime) -> dt.datetime:
    """Now, or a little later: what a channel says whose clock is ahead should not wait for tomorrow's computation."""
    return max([now, *(event.occurred_at for event in events if event.occurred_at <= now + SKEW)])
