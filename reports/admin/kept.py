"""Reports over a million members take seconds: an answer is kept for some minutes, and says as of when it is."""

from collections.abc import Callable

from django.core.cache import caches
from django.db import connection

MINUTES = 5
LARGE = 300_000  # events; more are counted while the page waits

EVENTS = "SELECT coalesce(max(reltuples), 0) FROM pg_class WHERE oid = 'members_event'::regclass"


def report(key: str, compute: Callable[[], object], *, fresh: bool = False) -> object:
    """``compute()``, or its answer of the last minutes, whichever server process asked for it."""
    found = None if fresh else _kept().get(_name(key))
    if found is None:
        found = compute()
        _kept().set(_name(key), found, MINUTES * 60)
    return found


def takes_long(key: str) -> bool:
    """Whether the answer is not there and many events are to be counted, as the server estimates."""
    if _name(key) in _kept():
        return False
    with connection.cursor() as cursor:
        cursor.execute(EVENTS)
        return cursor.fetchone()[0] > LARGE


def _kept():
    return caches["reports"]


def _name(key: str) -> str:
    return f"report-{key}"
