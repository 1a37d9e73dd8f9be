"""Keeps tags in step with the event log: reads behind a cursor, computes the members that events speak of."""

import datetime as dt
from functools import partial

from members.actions import events
from members.models import Event
from tags.actions import changed, compute
from tags.actions.everybody import READER
from tags.queries import touched

BATCH = 5_000
COLUMNS = ("tx", "account_id", "name", "occurred_at", "recorded_at")
SKEW = dt.timedelta(minutes=15)


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
            as_of=as_of(told, now),
            names=compute.all_names(),
            oldest_event_at=min(event.recorded_at for event in told),
        )


def as_of(told: list[Event], now: dt.datetime) -> dt.datetime:
    """Now, or a little later: what a channel says whose clock is ahead should not wait for tomorrow's computation."""
    return max([now, *(event.occurred_at for event in told if event.occurred_at <= now + SKEW)])
