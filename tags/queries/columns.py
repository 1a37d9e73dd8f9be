"""Reads a SELECT of numbers into numpy columns: a million rows in a second or two, with no Python object per cell.

COPY in its binary format sends every row of n float8 columns in the same 2 + 12 n bytes (a count of fields, then each
field's length and value, big-endian), so a block of rows is an array of a structured type as it comes. NULL comes as NaN.
PostgreSQL's documentation of COPY, "Binary Format".
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from django.db import connection, transaction

from tags.conditions.sql import Sql, build, join
from tags.queries import planning

HEAD = 19  # signature, flags and length of an extension that there is none of
TAIL = 2  # a count of fields of -1
BLOCK = 1 << 16  # rows taken apart at once


def columns(query: Sql, names: Sequence[str] | None = None) -> dict[str, np.ndarray]:
    """These columns of a SELECT (all, if none is named), each as float64 (whole numbers are exact up to 2^53), rows in
    the order they come."""
    names = names or _named(query)
    shape = _shape(names)
    parts: list[np.ndarray] = []
    for block in _blocks(_copied(query, names), size=shape.itemsize):
        rows = np.frombuffer(block, dtype=shape)
        parts.append(np.stack([rows[f"v{place}"] for place in range(len(names))]).astype(np.float64))
    if not parts:
        return {name: np.empty(0) for name in names}
    return {name: np.concatenate([part[place] for part in parts]) for place, name in enumerate(names)}


def _named(query: Sql) -> list[str]:
    """What a SELECT calls its columns: planned, not run."""
    head = build("SELECT * FROM ({query}) q LIMIT 0", query=query)
    with connection.cursor() as cursor:
        cursor.execute(head.text, head.params)
        return [column.name for column in cursor.description]


def _shape(names: Sequence[str]) -> np.dtype:
    fields = [("fields", ">i2")]
    for place in range(len(names)):
        fields += [(f"l{place}", ">i4"), (f"v{place}", ">f8")]
    return np.dtype(fields)


def _copied(query: Sql, names: Iterable[str]) -> Iterator[memoryview | bytes]:
    numbers = [
        build("coalesce(q.{name}::float8, {nothing}::float8)", name=Sql(f'"{name}"'), nothing="NaN")
        for name in names
    ]
    out = build(
        "COPY (SELECT {numbers} FROM ({query}) q) TO STDOUT (FORMAT binary)",
        numbers=join(numbers, ", "),
        query=query,
    )
    with transaction.atomic(), connection.wrap_database_errors, connection.cursor() as cursor:
        planning.plain()
        with cursor.cursor.copy(out.text, out.params) as copy:
            yield from copy


def _blocks(pieces: Iterable[memoryview | bytes], *, size: int) -> Iterator[bytes]:
    """Whole rows, many at a time, without what stands before the first and after the last."""
    held, begun = bytearray(), False
    for piece in pieces:
        held += piece
        if not begun and len(held) >= HEAD:
            del held[:HEAD]
            begun = True
        if len(held) >= size * BLOCK:
            whole = len(held) // size * size
            yield bytes(held[:whole])
            del held[:whole]
    if len(held) > TAIL:
        yield bytes(held[:-TAIL])
