"""Another process stopped between two of its transactions: a test finds it in the middle, however slow either is."""

import contextlib
import time
from collections.abc import Callable

import psycopg
from django.db import connection

from tests.connections import PATIENCE, Side


def session(**options: object) -> psycopg.Connection:
    given = connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}
    return psycopg.connect(**given, **options)


def until(found: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < deadline, f"not within {PATIENCE} s"
        time.sleep(0.02)


class Brake:
    """Whoever writes into the table waits, until one who waits is let through; the next one waits again.

    A lock is given to whoever asked for it first: to a writer that waits, then to us, then to the next writer.
    """

    def __init__(self, table: str, connect: Callable[..., psycopg.Connection] = session) -> None:
        self.table, self.stop = table, f"LOCK TABLE {table} IN SHARE MODE"
        self.holding, self.other, self.watching = connect(), connect(), connect(autocommit=True)
        self.asking = None

    def __enter__(self) -> "Brake":
        self.holding.execute(self.stop)
        return self

    def __exit__(self, *_error: object) -> None:
        if self.asking:
            self._no_longer_ask()
        for each in (self.holding, self.other, self.watching):
            each.close()

    def _no_longer_ask(self) -> None:
        """A connection that is closed while a thread waits on it spoils the next one opened at its address."""
        for each in (self.holding, self.other):
            with contextlib.suppress(psycopg.OperationalError):
                each.cancel_safe()
        self.asking.join(timeout=PATIENCE)

    def stopped(self, *, writers: int = 1) -> None:
        """Wait until so many wait."""
        if self.asking:
            self.asking.ended()
        until(lambda: len(self._waiting()) >= writers)

    def let_one_through(self) -> None:
        """One who waits may go on; returns before he has."""
        self.stopped()
        self.asking = Side(lambda: self.other.execute(self.stop))
        until(lambda: self.other.info.backend_pid in self._waiting())
        self.holding.rollback()
        self.holding, self.other = self.other, self.holding

    def let_through_until(self, found: Callable[[], object]) -> None:
        while not found():
            self.let_one_through()

    def _waiting(self) -> list[int]:
        asked = (
            "SELECT pid FROM pg_locks JOIN pg_database d ON d.oid = database AND datname = current_database()"
            " WHERE relation = %s::regclass AND NOT granted"
        )
        return [pid for (pid,) in self.watching.execute(asked, [self.table])]
