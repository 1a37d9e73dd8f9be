"""One worker is on duty for a database; another one waits, ready to take over."""

import os
import time
from pathlib import Path

import structlog
from django.db import OperationalError, connection

log = structlog.get_logger(__name__)

LOCK = 904_501  # any number, the same in every worker
PAUSE = 2.0


def take() -> None:
    """Waits until the database answers and no other worker holds the duty, which this session then does."""
    while not _taken():
        time.sleep(PAUSE)


def check() -> None:
    """Raises OperationalError when the session that holds the duty is gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _taken() -> bool:
    try:
        _revive()
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            return cursor.fetchone()[0]
    except OperationalError:
        log.warning("worker.waits_for_the_database")
        return False


def _revive() -> None:
    """The embedded server has no other keeper; a server of its own (DATABASE_URL) has."""
    if folder := os.environ.get("NINEFOLD_EMBEDDED"):
        from config import postgres

        postgres.ensure(Path(folder))
