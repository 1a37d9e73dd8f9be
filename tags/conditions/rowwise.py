"""From conditions to expressions over one row a member, so that one statement says which of many conditions hold of whom.

``tags.conditions.compile`` chooses a set of members; here a condition becomes a boolean that is never NULL, over joins
that are gathered once however many conditions ask for them.
"""

from collections.abc import Mapping

from tags.conditions.leaves.audience import InAudience
from tags.conditions.nodes import All, Any, Not
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build, join
from tags.conditions.turning import Turn


class Rows:
    """The joins of one statement over ``members_member m``, each made when the first expression asks for it."""

    def __init__(self, setting: Setting):
        self.setting = setting
        self._joins: dict[object, tuple[str, Sql]] = {}

    def joins(self) -> Sql:
        made = [
            build("LEFT JOIN {table} {alias} ON {alias}.member_id = m.id", table=table, alias=Sql(alias))
            for alias, table in self._joins.values()
        ]
        return join(made, "\n")

    def joined(self, key: object, table: Sql) -> str:
        """The alias of a table or bracketed SELECT with one row a member."""
        alias, _table = self._joins.setdefault(key, (f"j{len(self._joins) + 1}", table))
        return alias

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
    match condition:
        case All(parts):
            return _bracketed([holds(part, rows, setting) for part in parts], " AND ", "TRUE")
        case Any(parts):
            return _bracketed([holds(part, rows, setting) for part in parts], " OR ", "FALSE")
        case Not(part):
            return build("NOT {part}", part=holds(part, rows, setting))
        case InAudience(audience=audience, condition=inner) if inner is not None:
            there = setting.at(audience.node)
            return _bracketed([rows.known(there), holds(inner, rows, there)], " AND ", "TRUE")
    return _leaf(condition, rows, setting)


def _leaf(leaf: object, rows: Rows, setting: Setting) -> Sql:
    if hasattr(leaf, "term"):
        alias = rows.joined(leaf.TABLE.text, leaf.TABLE)
        return build("(({term}) IS TRUE)", term=leaf.term(Sql(f"{alias}."), setting))
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


def _bracketed(terms: list[Sql], joiner: str, empty: str) -> Sql:
    kept = [term for term in terms if term]
    return build("({terms})", terms=join(kept, joiner)) if kept else Sql(empty)
