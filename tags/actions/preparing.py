"""Sources that the tags of a run read are read once, and held for its members and its moment."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterable, Iterator

from django.db import DatabaseError

from tags.actions import staging, trying
from tags.conditions import scans
from tags.conditions.catalogue import Node
from tags.conditions.leaves.audience import InAudience
from tags.conditions.nodes import All, Any, Not
from tags.conditions.setting import Placed, Setting
from tags.conditions.sql import Sql, build, join
from tags.queries.definitions import Definition

Keep = Callable[[int, Iterable[tuple[str, str]], Sql], Sql]


def prepared(definitions: Iterable[Definition], setting: Setting, *, keep: Keep) -> Setting:
    """The setting with a place for each source: those of one scan are read together, in one pass over its table.

    ``keep(number, columns, rows)`` stores the rows of a SELECT and says where they are.
    """
    held: dict[tuple, Placed] = {}
    for number, (node, sources) in enumerate(_together(definitions), start=1):
        # What cannot be read in advance is read by each tag, and fails with that tag alone.
        with contextlib.suppress(DatabaseError), trying.savepoint():
            reading = _reading(sources, setting.at(node))
            table = keep(number, reading.columns, reading.rows)
            for source, placed in zip(sources, reading.placed(table), strict=True):
                held[node.id, source.key] = placed
    return dataclasses.replace(setting, prepared=held)


def in_tables(number: int, columns: Iterable[tuple[str, str]], rows: Sql) -> Sql:
    """For everybody: a temporary table of this session."""
    return staging.keep(f"tags_source_{number}", columns, rows)


class InStatement:
    """For a few members: named subqueries of the one statement that reads all their tags."""

    def __init__(self) -> None:
        self.subqueries: list[Sql] = []

    def keep(self, number: int, _columns: Iterable[tuple[str, str]], rows: Sql) -> Sql:
        name = Sql(f"tags_source_{number}")
        self.subqueries.append(build("{name} AS MATERIALIZED ({rows})", name=name, rows=rows))
        return name

    def before(self, query: Sql) -> Sql:
        if not self.subqueries:
            return query
        return build("WITH {subqueries} {query}", subqueries=join(self.subqueries, ", "), query=query)


def _reading(sources: list, setting: Setting) -> scans.Reading:
    if hasattr(sources[0], "scan"):
        return scans.read(sources, setting)
    (source,) = sources
    return scans.Reading(source.rows(setting), source.COLUMNS, ({name: name for name in source.taken()},))


def _together(definitions: Iterable[Definition]) -> Iterator[tuple[Node, list]]:
    """The sources of a scan at one node in one list; each other source, where several ask for it, in one of its own."""
    alike: dict[tuple, list] = {}
    for node, source in _sources(definitions):
        alike.setdefault((node, source.key), []).append(source)
    together: dict[tuple, list] = {}
    for (node, key), sources in alike.items():
        widest = sources[0]
        for source in sources[1:]:
            widest = widest.and_also(source)
        if hasattr(widest, "scan"):
            together.setdefault((node, widest.scan), []).append(widest)
        elif len(sources) > 1:
            together[node, key] = [widest]
    for (node, _what), sources in together.items():
        yield node, sources


def _sources(definitions: Iterable[Definition]) -> Iterator[tuple[Node, object]]:
    for definition in definitions:
        if definition.model is not None:
            for source in definition.model.sources():
                yield definition.node, source
        if definition.measure is not None:
            yield definition.node, definition.measure.source()
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
