"""Where what a whole run computed waits, in tables of this session, until it is merged.

A statement that reads ten million orders writes nothing: its rows leave by COPY and come back by COPY. A long
INSERT … SELECT would hold a transaction id all the while, and hide newer events from every reader of the log.
"""

import tempfile
from collections.abc import Iterable

from django.db import connection, transaction

from tags.conditions.sql import Sql, build
from tags.queries import planning

IN_MEMORY = 64 * 1024 * 1024

CREATE = """
CREATE TEMPORARY TABLE IF NOT EXISTS tags_staged
    (member_id bigint NOT NULL, "values" int[] NOT NULL, numbers float8[] NOT NULL, due_at timestamptz);
CREATE TEMPORARY TABLE IF NOT EXISTS tags_said (member_id bigint NOT NULL, code text NOT NULL);
CREATE TEMPORARY TABLE IF NOT EXISTS tags_more (member_id bigint NOT NULL, value_id integer NOT NULL);
CREATE TEMPORARY TABLE IF NOT EXISTS tags_more_numbers
    (member_id bigint NOT NULL, slot smallint NOT NULL, number float8 NOT NULL)
"""
MADE = r"""
SELECT quote_ident(relname) FROM pg_class
WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r'
  AND relname ~ '^tags_(staged|said|more|more_numbers|source_[0-9]+)$'
"""
TABLES = ("tags_staged", "tags_more", "tags_more_numbers")


def begin() -> None:
    end()
    with connection.cursor() as cursor:
        cursor.execute(CREATE)


def end() -> None:
    with connection.cursor() as cursor:
        cursor.execute(MADE)
        if tables := [row[0] for row in cursor.fetchall()]:
            cursor.execute("DROP TABLE " + ", ".join(tables))


def clear() -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DROP INDEX IF EXISTS pg_temp.{table}_member")
            cursor.execute(f"TRUNCATE {table}")


def index() -> None:
    """After filling, before merging by ranges of members."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"CREATE INDEX {table}_member ON {table} (member_id)")
            cursor.execute(f"ANALYZE {table}")


def stage(rows: Sql) -> None:
    """Keep the (member_id, values, numbers, due_at) of a SELECT."""
    _copy(rows, "COPY pg_temp.tags_staged FROM STDIN")


def say(rows: Sql) -> None:
    """Keep the (member_id, code) of a SELECT, in place of what was said before."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE tags_said")
    _copy(rows, "COPY pg_temp.tags_said FROM STDIN")


def keep(table: str, columns: Iterable[tuple[str, str]], rows: Sql) -> Sql:
    """A table with the rows of a SELECT, and its name. ``columns``: (name, type)."""
    with connection.cursor() as cursor:
        shape = ", ".join(f"{name} {kind}" for name, kind in columns)
        cursor.execute(f"CREATE TEMPORARY TABLE {table} ({shape})")
        _copy(rows, f"COPY pg_temp.{table} FROM STDIN")
        cursor.execute(f"ANALYZE {table}")
    return Sql(table)


def put(into: str, rows: Iterable[tuple]) -> None:
    """Rows of Python, by COPY. ``into``: a table with its columns."""
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY pg_temp.{into} FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _copy(rows: Sql, into: str) -> None:
    out = build("COPY ({rows}) TO STDOUT", rows=rows)
    # COPY goes past Django's cursor: its errors are made Django's here.
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as held,
    ):
        with transaction.atomic():
            planning.alone()
            with cursor.cursor.copy(out.text, out.params) as copy:
                for block in copy:
                    held.write(block)
        held.seek(0)
        with cursor.copy(into) as copy:
            while block := held.read(1 << 16):
                copy.write(block)
