"""What waits for the worker: files to try or to read, and imports to take back. Each goes on where it stood."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from identity.actions import imports, undoing
from identity.models import Withdrawal

LOCK, IMPORT, WITHDRAWAL = 904_502, 0, 1
TRY = "SELECT pg_try_advisory_lock(%s, %s)"
FREE = "SELECT pg_advisory_unlock(%s, %s)"


def work(*, clock: Callable[[], dt.datetime], minutes: float) -> int:
    """Do what is due, for about so long; how many pieces of work came to their end."""
    until = clock() + dt.timedelta(minutes=minutes)
    done = 0
    for imported in imports.due():
        with _alone(imported.pk * 2 + IMPORT) as mine:
            imported.refresh_from_db()
            if mine and imported.state in imports.BUSY:
                done += imports.work(imported=imported, clock=clock, until=until)
        if clock() >= until:
            return done
    for withdrawal in Withdrawal.objects.filter(ended_at=None).order_by("pk"):
        with _alone(withdrawal.pk * 2 + WITHDRAWAL) as mine:
            while mine and clock() < until:
                if undoing.go_on(withdrawal=withdrawal, clock=clock, batches=1):
                    done += 1
                    break
    return done


@contextmanager
def _alone(number: int) -> Iterator[bool]:
    """Whether nobody else is at this piece of work. A process that is killed lets go of it."""
    with connection.cursor() as cursor:
        cursor.execute(TRY, [LOCK, number])
        mine = cursor.fetchone()[0]
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute(FREE, [LOCK, number])
