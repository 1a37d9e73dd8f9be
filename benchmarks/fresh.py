"""A database of its own for each benchmark: made on the same server, dropped afterwards."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from config import environment


def server() -> str:
    """URL of a database on the server: DATABASE_URL, else the embedded server's."""
    environment.read()
    if url := os.environ.get("DATABASE_URL"):
        return url
    from config import postgres

    return postgres.ensure(Path(os.environ.get("NINEFOLD_VAR", environment.BASE_DIR / "var")) / "postgres")


@contextlib.contextmanager
def database(*, name: str) -> Iterator[str]:
    """URL of a new, empty database that is gone when the block ends."""
    url = server()
    database_name = f"ninefold_bench_{name}_{os.getpid()}".replace("-", "_")
    _execute(url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database_name)))
    try:
        yield urlunsplit(urlsplit(url)._replace(path=f"/{database_name}"))
    finally:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        _execute(url, drop.format(sql.Identifier(database_name)))


def _execute(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def environ(url: str) -> dict[str, str]:
    """The environment of a process that works in this database."""
    return {
        **os.environ,
        "DATABASE_URL": url,
        "NINEFOLD_ENV": os.environ.get("NINEFOLD_ENV", "development"),
        "DEBUG": "false",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
