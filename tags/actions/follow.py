"""Keeps tags in step with the event log: reads behind a cursor, computes the members that events speak of."""

import datetime as dt
from functools import partial

from members.actions import events
from members.models import Event
from tags.actions import changed
from tags.actions.everybody import READER
from tags.queries import touched

BATCH = 5_000
COLUMNS = ("tx", "account_id", "name", "occurred_at", "recorded_at")


def follow(*, now: dt.datetime) -> int:
    """One batch; how many events it took in."""
    log = Event.objects.only(*COLUMNS)
    return events.follow(reader=READER, log=log, take_in=partial(_compute, now), batch=BATCH, now=now)


def _compute(now: dt.datetime, told: list[Event]) -> None:
    members = touched.by(events=told)
    if members:
        changed.recompute(
            members=members,
            codes=None,
            now=now,
            oldest_event_at=min(event.recorded_at for event in told),
        )
