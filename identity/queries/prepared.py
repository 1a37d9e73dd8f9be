"""Statements that the server plans once a connection: for the few that each arriving record needs."""

from collections.abc import Iterable

from members import sets


def fetch(query: str, *parameters) -> list[tuple]:
    """The rows that a statement returns, if any. Sets and lists of ids are sent as arrays; errors are Django's."""
    return sets.prepared(query, *(sets.array(each) if _is_set(each) else each for each in parameters))


def _is_set(value) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str)
