"""Runs a SELECT of member ids."""

from django.db import connection, transaction

from tags.conditions.sql import Sql, build
from tags.queries import planning


def ids(members: Sql) -> list[int]:
    return [row[0] for row in rows(members)]


def count(members: Sql) -> int:
    return row(build("SELECT count(*) FROM ({members}) m", members=members))[0]


def row(query: Sql) -> tuple:
    return rows(query)[0]


def rows(query: Sql) -> list[tuple]:
    with transaction.atomic(), connection.cursor() as cursor:
        planning.plain()
        cursor.execute(query.text, query.params)
        return cursor.fetchall()
