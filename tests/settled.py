"""Readers of the event log, patient enough for a server that other tests use, too.

The log shows an event when every older transaction is known to have ended. That of another test, or of autovacuum, may
be in the way for a moment: the product reads again a second later, a test would have to guess when.
"""

import functools
import time
from collections.abc import Callable

from django.db import connection
from django.db.models import Q, QuerySet

from members.models import Event, EventCursor

PATIENCE = 30
XMAX = (
    "(pg_snapshot_xmax(pg_current_snapshot())::text::bigint)"  # whoever is still at work on the same server
)


def patient(follow: Callable[..., int]) -> Callable[..., int]:
    """The same, but what is committed is read at once; in a transaction, as it is."""

    @functools.wraps(follow)
    def followed(*, reader: str, log: QuerySet[Event], **given: object) -> int:
        until = time.monotonic() + PATIENCE
        while _hidden(reader, log) and time.monotonic() < until:
            time.sleep(0.02)
        while not (taken := follow(reader=reader, log=log, **given)):
            if not _left(reader, log).exists() or time.monotonic() > until:
                break
        return taken

    return lambda **given: follow(**given) if connection.in_atomic_block else followed(**given)


def _hidden(reader: str, log: QuerySet[Event]) -> bool:
    cursor, _made = EventCursor.objects.get_or_create(reader=reader)
    return _left(reader, log).count() > log.after(cursor).count()


def _left(reader: str, log: QuerySet[Event]) -> QuerySet[Event]:
    cursor, _made = EventCursor.objects.get_or_create(reader=reader)
    return log.filter(Q(tx=cursor.tx, id__gt=cursor.event_id) | Q(tx__gt=cursor.tx))
