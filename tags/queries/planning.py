"""How PostgreSQL should go about our statements. Only within a transaction: nothing of it outlives one.

A condition of thirty parts is compiled to machine code for longer (seconds) than it runs, so never compile. A few members'
facts are found through indexes: no estimate should read a table of ten million orders for them. Groups and sorts of everybody
take 64 MB each, rather than files; those of a computation of everybody, of which there is one at a time, a quarter of the
server's shared buffers.
"""

import contextlib
from collections.abc import Iterator

from django.db import OperationalError, connection, transaction

PLAIN = "SET LOCAL jit = off; SET LOCAL work_mem = '64MB'"
ALONE = """
SELECT set_config('jit', 'off', true), set_config('work_mem',
    greatest(65536, pg_size_bytes(current_setting('shared_buffers')) / 4096) || 'kB', true)
"""
FEW = "SET LOCAL jit = off; SET LOCAL enable_seqscan = off"


class TooLong(Exception):
    """A statement was stopped at its limit."""


@contextlib.contextmanager
def bounded(*, seconds: int) -> Iterator[None]:
    """Of what somebody waits for: no statement takes longer. Raises ``TooLong``."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{seconds}s"])
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "57014":
            raise
        raise TooLong from error


def plain() -> None:
    with connection.cursor() as cursor:
        cursor.execute(PLAIN)


def alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute(ALONE)


def few() -> None:
    with connection.cursor() as cursor:
        cursor.execute(FEW)
