"""How PostgreSQL should go about our statements. Only within a transaction: nothing of it outlives one.

A condition of thirty parts is compiled to machine code for longer (seconds) than it runs, so never compile. A few members'
facts are found through indexes: no estimate should read a table of ten million orders for them. Groups and sorts of everybody
take 64 MB each, rather than files.
"""

import contextlib
from collections.abc import Iterator

from django.db import OperationalError, connection, transaction

PLAIN = "SET LOCAL jit = off; SET LOCAL work_mem = '64MB'"
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


def few() -> None:
    with connection.cursor() as cursor:
        cursor.execute(FEW)
