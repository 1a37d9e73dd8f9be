"""Statements that the server plans once a connection: for the few that each arriving record needs."""

from collections.abc import Iterable

import psycopg
from django.db import connection

from members import sets


def fetch(query: str, *parameters) -> list[tuple]:
    """The rows that a statement returns, if any. Sets and lists of ids are sent as arrays; errors are Django's."""
    told = [sets.array(each) if _is_set(each) else each for each in parameters]
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(query, told, prepare=True)
        return cursor.fetchall() if cursor.description else []


def _is_set(value) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str)
