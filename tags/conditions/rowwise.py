"""From conditions to expressions over one row a member, so that one statement says which of many conditions hold of whom.

``tags.conditions.compile`` chooses a set of members; here a condition becomes a boolean that is never NULL, over joins
that are gathered once however many conditions ask for them.
"""

from collections.abc import Mapping

from tags.conditions.joined import Joins, bracketed, has_row, of_row, tested
from tags.conditions.leaves.audience import InAudience
from tags.conditions.nodes import All, Any, Not
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.conditions.turning import Turn


class Rows(Joins):
    """The joins of such a statement: tables, rows of sources, sets of members."""

    def columns(self, source: object, setting: Setting) -> dict[str, Sql]:
        """A source's columns by name, in words of this statement."""
        placed = setting.placed(source)
        if placed is None:
            alias = self.joined(
                (setting.catalogue.node.id, source), build("({rows})", rows=source.rows(setting))
            )
            return source.columns(Sql(f"{alias}."))
        alias = self.joined(placed.table.text, placed.table)
        found = source.columns(Sql(""))
        return {
            name: Sql(f"{alias}.{placed.columns[name]}") if name in placed.columns else column
            for name, column in found.items()
        }

    def among(self, key: object, members: Sql) -> Sql:
        """Whether the member is one of a SELECT of member ids, which may name one repeatedly."""
        alias = self.joined(key, build("(SELECT DISTINCT c.member_id FROM ({members}) c)", members=members))
        return Sql(f"{alias}.member_id IS NOT NULL")

    def known(self, setting: Setting) -> Sql:
        """Whether the member is known at the setting's node; nothing for the group, which knows all."""
        here = setting.known_here()
        return self.among(("known", setting.catalogue.node.id), here) if here else here


def holds(condition: object, rows: Rows, setting: Setting) -> Sql:
    """TRUE or FALSE, never NULL, of each member ``m`` known at the setting's node."""
    return tested(condition, lambda leaf: _leaf(leaf, rows, setting))


def _leaf(leaf: object, rows: Rows, setting: Setting) -> Sql:
    if isinstance(leaf, InAudience) and leaf.condition is not None:
        there = setting.at(leaf.audience.node)
        return bracketed([rows.known(there), holds(leaf.condition, rows, there)], " AND ", "TRUE")
    if has_row(leaf):
        return of_row(leaf, rows, setting)
    if hasattr(leaf, "source"):
        return build("(({test}) IS TRUE)", test=leaf.test(rows.columns(leaf.source(), setting), setting))
    return rows.among((setting.catalogue.node.id, leaf), leaf.sql(setting))


def turns(condition: object, rows: Rows, setting: Setting) -> list[Turn]:
    """When, of each member, time alone may next change an answer."""
    match condition:
        case All(parts) | Any(parts):
            return [turn for part in parts for turn in turns(part, rows, setting)]
        case Not(part):
            return turns(part, rows, setting)
        case InAudience(audience=audience, condition=inner):
            return turns(inner, rows, setting.at(audience.node)) if inner is not None else []
    return turns_of_leaf(condition, rows, setting)


def turns_of_leaf(leaf: object, rows: Rows, setting: Setting) -> list[Turn]:
    return leaf.turns(_columns(leaf, rows, setting), setting) if hasattr(leaf, "turns") else []


def _columns(leaf: object, rows: Rows, setting: Setting) -> Mapping[str, Sql]:
    if hasattr(leaf, "TABLE"):
        return _Whole(rows.joined(leaf.TABLE.text, leaf.TABLE))
    return rows.columns(leaf.source(), setting) if hasattr(leaf, "source") else {}


class _Whole(dict):
    """Every column of a joined table, by its own name."""

    def __init__(self, alias: str):
        self.alias = alias

    def __missing__(self, name: str) -> Sql:
        return Sql(f"{self.alias}.{name}")
