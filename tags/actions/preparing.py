"""Sources that several conditions of a run read are read once, and kept for its members and its moment."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterable, Iterator

from django.db import DatabaseError

from tags.actions import staging
from tags.conditions.catalogue import Node
from tags.conditions.leaves.audience import InAudience
from tags.conditions.nodes import All, Any, Not
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build, join
from tags.queries.definitions import Definition

Keep = Callable[[int, object, Sql], Sql]


def prepared(definitions: Iterable[Definition], setting: Setting, *, keep: Keep) -> Setting:
    """The setting with a table for each source that is asked for more than once.

    ``keep(number, source, rows)`` stores the rows of a source and says where they are.
    """
    found: dict[tuple, list] = {}
    for node, source in _sources(definitions):
        found.setdefault((node, source.key), []).append(source)
    tables = {}
    for number, ((node, key), sources) in enumerate(found.items(), start=1):
        if len(sources) > 1:
            widest = sources[0]
            for source in sources[1:]:
                widest = widest.and_also(source)
            # What cannot be read in advance is read by each tag, and fails with that tag alone.
            with contextlib.suppress(DatabaseError), staging.savepoint():
                tables[node.id, key] = keep(number, widest, widest.rows(setting.at(node)))
    return dataclasses.replace(setting, prepared=tables)


def in_tables(number: int, source: object, rows: Sql) -> Sql:
    """For everybody: a temporary table of this session."""
    return staging.keep(f"tags_source_{number}", source.COLUMNS, rows)


class InStatement:
    """For a few members: named subqueries of the one statement that reads all their tags."""

    def __init__(self) -> None:
        self.subqueries: list[Sql] = []

    def keep(self, number: int, _source: object, rows: Sql) -> Sql:
        name = Sql(f"tags_source_{number}")
        self.subqueries.append(build("{name} AS MATERIALIZED ({rows})", name=name, rows=rows))
        return name

    def before(self, query: Sql) -> Sql:
        if not self.subqueries:
            return query
        return build("WITH {subqueries} {query}", subqueries=join(self.subqueries, ", "), query=query)


def _sources(definitions: Iterable[Definition]) -> Iterator[tuple[Node, object]]:
    for definition in definitions:
        if definition.model is not None:
            yield definition.node, definition.model.source()
        for condition in definition.conditions:
            yield from _in(condition, definition.node)


def _in(condition: object, node: Node) -> Iterator[tuple[Node, object]]:
    match condition:
        case All(parts) | Any(parts):
            for part in parts:
                yield from _in(part, node)
        case Not(part):
            yield from _in(part, node)
        case InAudience():
            if condition.condition is not None:
                yield from _in(condition.condition, condition.audience.node)
        case _ if hasattr(condition, "source"):
            yield node, condition.source()
