"""Sets of rows as PostgreSQL arrays, for statements that read them by unnest().

One text parameter a column is several times cheaper to send than a parameter a value, and the statement stays
the same for one row and for thousands.
"""

from datetime import datetime
from decimal import Decimal

from django.db import connection

_escapes = str.maketrans({"\\": "\\\\", '"': '\\"'})


def array(values) -> str:
    """The literal of a one-dimensional array; None is NULL, everything else as PostgreSQL reads it from text."""
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


def columns(rows, width) -> list[str]:
    """Rows (equally long tuples) as `width` array literals, one a column."""
    if not rows:
        return ["{}"] * width
    return [array(column) for column in zip(*rows, strict=True)]


def run(sql, rows, width, *more) -> list[tuple]:
    """Execute `sql`, whose first `width` parameters are the columns of `rows`; the rows it returns, if any."""
    with connection.cursor() as cursor:
        cursor.execute(sql, [*columns(rows, width), *more])
        return cursor.fetchall() if cursor.description else []


def copy(target, rows) -> None:
    """COPY rows of text (None is NULL) into `target`, a table with its columns: "t (a, b)"."""
    reported = connection.wrap_database_errors  # Django wraps execute(), not copy()
    with reported, connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as pipe:
        for row in rows:
            pipe.write_row(row)
