"""How many statements something sends, also those that go past Django to be planned once."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that were sent, as far as it came."""
    sent: list[str] = []
    execute = psycopg.Cursor.execute

    def told(cursor, query, *args, **more):
        sent.append(str(query))
        return execute(cursor, query, *args, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", told)
        yield sent
