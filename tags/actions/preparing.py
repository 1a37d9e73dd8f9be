"""Sources that the tags of a run read are read once, and held for its members and its moment.

What one statement alone reads is a named subquery of it. What several read is held in a temporary table.
"""

import contextlib
import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from django.db import DatabaseError

from tags.actions import staging, statements, trying
from tags.conditions import scans
from tags.conditions.catalogue import Node
from tags.conditions.leaves.audience import InAudience
from tags.conditions.nodes import All, Any, Not
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build, join
from tags.queries.definitions import Definition, Ready

Keep = Callable[[str, Iterable[tuple[str, str]], Sql], Sql]


class InStatement:
    """Named subqueries of one statement."""

    def __init__(self, *, materialized: bool = False) -> None:
        self.how = Sql("AS MATERIALIZED" if materialized else "AS")
        self.subqueries: list[Sql] = []

    def keep(self, name: str, _columns: Iterable[tuple[str, str]], rows: Sql) -> Sql:
        self.subqueries.append(build("{name} {how} ({rows})", name=Sql(name), how=self.how, rows=rows))
        return Sql(name)

    def before(self, query: Sql) -> Sql:
        if not self.subqueries:
            return query
        return build("WITH {subqueries} {query}", subqueries=join(self.subqueries, ", "), query=query)


@dataclass(frozen=True)
class Level:
    """How the statement of a level finds its sources: its setting, and the subqueries that go before it."""

    setting: Setting
    sources: InStatement = field(default_factory=InStatement)


def few(ready: Ready, setting: Setting) -> Level:
    """For a few members: subqueries of every statement that is made, each read once by it."""
    sources = InStatement(materialized=True)
    return Level(_placed(_together(ready.all()), setting, sources.keep), sources)


def everybody(ready: Ready, setting: Setting) -> tuple[Setting, list[Level]]:
    """For everybody: the setting with what is held in tables, and for each level what its own statement reads besides."""
    groups, readers = _together(ready.all()), _readers(ready)
    shared = {
        what: found for what, found in groups.items() if len(readers[what]) > 1 or None in readers[what]
    }
    held = _placed(shared, setting, staging.keep)
    levels = []
    for number in range(len(ready.levels)):
        sources = InStatement()
        own = {what: found for what, found in groups.items() if readers[what] == {number}}
        levels.append(Level(_placed(own, held, sources.keep, "tags_own"), sources))
    return held, levels


def _placed(groups: dict[tuple, list], setting: Setting, keep: Keep, name: str = "tags_source") -> Setting:
    """The setting with a place for each source: those of one scan are read together, in one pass over its table.

    ``keep(name, columns, rows)`` stores the rows of a SELECT and says where they are."""
    held = dict(setting.prepared)
    for number, ((node, _together_by), sources) in enumerate(groups.items(), start=1):
        # What cannot be read in advance is read by each tag, and fails with that tag alone.
        with contextlib.suppress(DatabaseError), trying.savepoint():
            reading = _reading(sources, setting.at(node))
            table = keep(f"{name}_{number}", reading.columns, reading.rows)
            for source, placed in zip(sources, reading.placed(table), strict=True):
                held[node.id, source.key] = placed
    return dataclasses.replace(setting, prepared=held)


def _reading(sources: list, setting: Setting) -> scans.Reading:
    if hasattr(sources[0], "scan"):
        return scans.read(sources, setting)
    (source,) = sources
    return scans.Reading(source.rows(setting), source.COLUMNS, ({name: name for name in source.taken()},))


def _together(definitions: Iterable[Definition]) -> dict[tuple, list]:
    """(node, scan) → its sources; of each other source that several ask for, (node, key) → itself."""
    alike: dict[tuple, list] = {}
    for node, source in _sources(definitions):
        alike.setdefault((node, source.key), []).append(source)
    together: dict[tuple, list] = {}
    for (node, _key), sources in alike.items():
        widest = sources[0]
        for source in sources[1:]:
            widest = widest.and_also(source)
        if hasattr(widest, "scan") or len(sources) > 1:
            together.setdefault((node, _what(widest)), []).append(widest)
    return together


def _what(source: object) -> object:
    return source.scan if hasattr(source, "scan") else source.key


def _readers(ready: Ready) -> dict[tuple, set]:
    """Which statements read a group of sources: the number of a level, or None for a statement of its own."""
    found: dict[tuple, set] = {}
    for number, level in enumerate(ready.levels):
        for definition in level:
            for node, source in _sources([definition]):
                by = None if statements.apart(definition) else number
                found.setdefault((node, _what(source)), set()).add(by)
    return found


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
