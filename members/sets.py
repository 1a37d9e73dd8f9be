"""Sets of rows as PostgreSQL arrays, for statements that read them by unnest().

One text parameter a column is several times cheaper to send than a parameter a value, and the statement stays
the same for one row and for thousands.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime
from decimal import Decimal
from itertools import islice

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections

BLOCK = 5_000  # rows that COPY sends at once
PLANS = 400  # statements that the server keeps planned for a connection: more than a till's worker has

_escapes = str.maketrans({"\\": "\\\\", '"': '\\"'})
_copy_escapes = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_special = ("\\", "\t", "\n", "\r")


def array(values) -> str:
    """The literal of a one-dimensional array; None is NULL, everything else as PostgreSQL reads it from text."""
    if len(values) == 1:
        return "{" + _element(next(iter(values))) + "}"
    quick = _uniform(values)
    return "{" + (",".join([_element(value) for value in values]) if quick is None else quick) + "}"


def _uniform(values) -> str | None:
    """The elements, if all are numbers, times or plain texts: most columns are, and this is far cheaper."""
    types = set(map(type, values))
    if len(types) != 1:
        return None
    (kind,) = types
    if kind is int or kind is Decimal:
        return ",".join(map(str, values))
    if kind is datetime:
        return '"' + '","'.join(map(datetime.isoformat, values)) + '"'
    if kind is str:
        text = '"' + '","'.join(values) + '"'
        return text if "\\" not in text and text.count('"') == 2 * len(values) else None
    return None


def _element(value):
    if value is None:
        return "NULL"
    if value.__class__ is int:
        return str(value)
    if value.__class__ is not str:
        value = value.isoformat() if isinstance(value, datetime) else str(value)
    if '"' in value or "\\" in value:
        value = value.translate(_escapes)
    return f'"{value}"'


def texts(values: Iterable) -> list[str | None]:
    """Values as PostgreSQL reads them from text, so that a statement is prepared once for small and for great numbers."""
    return [value if value is None or value.__class__ is str else _text(value) for value in values]


def _text(value) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def columns(rows, width) -> list[str]:
    """Rows (equally long tuples) as `width` array literals, one a column."""
    if not rows:
        return ["{}"] * width
    return [array(column) for column in zip(*rows, strict=True)]


def run(sql, rows, width, *more, planned_once=False) -> list[tuple]:
    """Execute `sql`, whose first `width` parameters are the columns of `rows`; the rows it returns, if any.

    `planned_once`: the server keeps its plan for the connection, for statements that take longer to plan than to run.
    """
    if planned_once:
        return prepared(sql, *columns(rows, width), *more)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*columns(rows, width), *more])
        return cursor.fetchall() if cursor.description else []


def prepared(sql, *parameters) -> list[tuple]:
    """The rows that a statement returns, if any; the server plans it once a connection. Errors are Django's."""
    return _prepared(sql, parameters)


def named(sql, **parameters) -> list[tuple]:
    """Like `prepared`, with the parameters by their names: %(name)s."""
    return _prepared(sql, parameters)


def _prepared(sql, parameters):
    database = connections[DEFAULT_DB_ALIAS]  # found once, for it takes longer than it seems
    if database.connection is None:
        database.ensure_connection()
    with database.wrap_database_errors:
        cursor = _cursor(database.connection).execute(sql, parameters, prepare=True)
        return cursor.fetchall() if cursor.pgresult.nfields else []


def _cursor(raw):
    """One for all statements of a connection: to make one takes longer than to send a statement."""
    try:
        return raw.cursor_of_sets
    except AttributeError:
        raw.prepared_max = PLANS
        raw.cursor_of_sets = cursor = psycopg.Cursor(raw)
        return cursor


def pipelined(*statements) -> list[list[tuple]]:
    """The rows of several prepared statements (each with its parameters) sent together: one way there and back.

    Each sees what was committed when it began, so a read behind a lock sees what the lock waited for.
    """
    connection.ensure_connection()
    raw = connection.connection
    with connection.wrap_database_errors, raw.pipeline(), ExitStack() as stack:
        cursors = [stack.enter_context(psycopg.Cursor(raw)) for _ in statements]
        for cursor, (sql, *parameters) in zip(cursors, statements, strict=True):
            cursor.execute(sql, parameters, prepare=True)
        return [cursor.fetchall() for cursor in cursors]


def copy(target, rows) -> None:
    """COPY rows (equally long tuples; None is NULL) into `target`, a table with its columns: "t (a, b)"."""
    reported = connection.wrap_database_errors  # Django wraps execute(), not copy()
    with reported, connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as pipe:
        rows = iter(rows)
        while block := list(islice(rows, BLOCK)):
            pipe.write(_lines(block))


def _lines(rows) -> str:
    """Rows in COPY's text format, made column by column: most columns are of one type and need no escapes."""
    return "\n".join(map("\t".join, zip(*map(_fields, zip(*rows, strict=True)), strict=True))) + "\n"


def _fields(values) -> Iterable[str]:
    types = set(map(type, values))
    if types == {str}:
        return map(_field, values) if _escaped("".join(values)) else values
    if types <= {int, Decimal}:
        return map(str, values)
    return map(_field, values)


def _field(value) -> str:
    if value is None:
        return r"\N"
    text = value if value.__class__ is str else str(value)
    return text.translate(_copy_escapes) if _escaped(text) else text


def _escaped(text) -> bool:
    return any(each in text for each in _special)
