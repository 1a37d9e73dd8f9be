"""The yardstick of writing: the same rows, by COPY, into the same tables with their indexes and constraints."""

import time
from pathlib import Path

from django.apps import apps
from django.db import connection, transaction

SETTINGS = {
    "members_organization",
    "members_channel",
    "members_channelkey",
    "identity_identifierkind",
    "identity_cleaningrule",
    "identity_mapping",
}
BLOCK = 1 << 20


def seconds_to_copy_back(*, folder: Path) -> float:
    """Dump what was taken in, empty the tables, and time one transaction that COPYs everything back."""
    tables = _filled()
    for table in tables:
        _dump(table=table, path=folder / table)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
    begun = time.perf_counter()
    with transaction.atomic():
        for table in tables:
            _load(table=table, path=folder / table)
    return time.perf_counter() - begun


def _filled() -> list[str]:
    models = [model for label in ("members", "identity") for model in apps.get_app_config(label).get_models()]
    names = [model._meta.db_table for model in models if model._meta.db_table not in SETTINGS]
    with connection.cursor() as cursor:
        return [name for name in names if _exists(cursor, name)]


def _exists(cursor, table: str) -> bool:
    cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")
    return cursor.fetchone()[0]


def _dump(*, table: str, path: Path) -> None:
    with (
        path.open("wb") as out,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} TO STDOUT (FORMAT binary)") as blocks,
    ):
        for block in blocks:
            out.write(block)


def _load(*, table: str, path: Path) -> None:
    with (
        path.open("rb") as source,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy,
    ):
        while block := source.read(BLOCK):
            copy.write(block)
