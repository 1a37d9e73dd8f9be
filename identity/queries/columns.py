"""A query's columns as arrays, a million rows in a second: each column comes as one binary value."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import psycopg
from django.db import connection

from identity.matching import words
from identity.matching.words import Words

NUMBER, TIME, TEXT, WORD = "number", "time", "text", "word"
SPAN = 500_000  # ids
EPOCH = 946_684_800_000_000  # PostgreSQL counts from 2000, we from 1970; both in microseconds
SENT = {
    NUMBER: ("int8send({})",),
    TIME: ("timestamptz_send({})",),
    TEXT: ("int4send(length({}))", "{}"),
    WORD: ("int4send(length({}))", "{}"),
}


def fetch(query: str, kinds: Mapping[str, str | tuple[str, ...]], *, table: str) -> dict[str, Sequence]:
    """Columns in the order of the query: NUMBER (bigint) and TIME (timestamptz, in microseconds since 1970) as int64,
    TEXT as a list, WORD (a text that repeats) as Words, and so a column of which all texts are told in a tuple.
    Nothing may be null.

    Only for trusted SQL: `kinds` names the columns of `query` to fetch. It has a column `id`, that of `table`, and is
    fetched by ranges of it, so that a part is in memory twice and not the whole.
    """
    parts = [f"string_agg({part}, '')" for name, kind in kinds.items() for part in _sent(name, kind)]
    statement = f"SELECT {', '.join(parts)} FROM ({query}) AS told WHERE id >= %s AND id < %s"  # noqa: S608 - constants
    found = [_parsed(kinds, _row(statement, span)) for span in _spans(table)]
    return {name: words.joined([part[name] for part in found]) for name in kinds}


def _spans(table: str) -> list[tuple[int, int]]:
    low, high = _row(f"SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM {table}")  # noqa: S608 - constants
    return [(start, start + SPAN) for start in range(low, high + 1, SPAN)]


def _row(statement: str, parameters: tuple = ()) -> tuple:
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(statement, parameters, binary=True).fetchone()


def _parsed(kinds: Mapping[str, str | tuple[str, ...]], row: tuple) -> dict[str, Sequence]:
    values = iter(row)
    return {name: _column(kind, values) for name, kind in kinds.items()}


def _sent(name: str, kind: str | tuple[str, ...]) -> list[str]:
    if isinstance(kind, tuple):
        told = ", ".join(f"'{word}'" for word in kind)
        return [f"int4send(coalesce(array_position(ARRAY[{told}]::text[], {name}::text), 0))"]
    return [part.format(name) for part in SENT[kind]]


def _column(kind: str | tuple[str, ...], values: Iterator) -> Sequence:
    if kind == NUMBER:
        return np.frombuffer(next(values) or b"", dtype=">i8").astype(np.int64)
    if kind == TIME:
        return np.frombuffer(next(values) or b"", dtype=">i8").astype(np.int64) + EPOCH
    ends = np.frombuffer(next(values) or b"", dtype=">i4").astype(np.int64)
    if isinstance(kind, tuple):
        return _told(kind, ends)
    text = next(values) or ""
    if not text:
        return Words([""], np.zeros_like(ends)) if kind == WORD else [""] * len(ends)
    pieces = (text[start:end] for start, end in itertools.pairwise([0, *ends.cumsum().tolist()]))
    return words.counted(pieces, len(ends)) if kind == WORD else list(pieces)


def _told(legend: tuple[str, ...], places: np.ndarray) -> Words:
    if not places.all():
        raise ValueError(f"a column holds something else than {', '.join(legend)}")
    return Words(list(legend), places - 1)
