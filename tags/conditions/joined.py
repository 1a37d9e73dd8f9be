"""Conditions tested on one row a member: the tables that have such a row are joined, and All, Any and Not become AND, OR and NOT."""

from collections.abc import Callable

from tags.conditions.nodes import All, Any, Not
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build, join


class Joins:
    """The joins of one statement over ``members_member m``, each made when the first test asks for it."""

    def __init__(self) -> None:
        self._joins: dict[object, tuple[str, Sql]] = {}

    def joins(self) -> Sql:
        made = [
            build(" LEFT JOIN {table} {alias} ON {alias}.member_id = m.id", table=table, alias=Sql(alias))
            for alias, table in self._joins.values()
        ]
        return join(made, "\n")

    def joined(self, key: object, table: Sql) -> str:
        """The alias of a table or bracketed SELECT with one row a member."""
        alias, _table = self._joins.setdefault(key, (f"j{len(self._joins) + 1}", table))
        return alias


def has_row(condition: object) -> bool:
    """Whether each leaf asks of a table that has one row a member."""
    match condition:
        case All(parts) | Any(parts):
            return all(map(has_row, parts))
        case Not(part):
            return has_row(part)
    return hasattr(condition, "TABLE")


def tested(condition: object, leaf: Callable[[object], Sql]) -> Sql:
    """TRUE or FALSE, if of each leaf it is: never NULL, which NOT would leave as it is."""
    match condition:
        case All(parts):
            return bracketed([tested(part, leaf) for part in parts], " AND ", "TRUE")
        case Any(parts):
            return bracketed([tested(part, leaf) for part in parts], " OR ", "FALSE")
        case Not(part):
            return build("NOT {part}", part=tested(part, leaf))
    return leaf(condition)


def of_row(leaf: object, joins: Joins, setting: Setting) -> Sql:
    return build("({term} IS TRUE)", term=term(leaf, joins, setting))


def term(leaf: object, joins: Joins, setting: Setting) -> Sql:
    """As ``of_row``, but NULL where there is no row or nothing is known; an index may serve it."""
    alias = joins.joined(leaf.TABLE.text, leaf.TABLE)
    return build("({term})", term=leaf.term(Sql(f"{alias}."), setting))


def bracketed(terms: list[Sql], joiner: str, empty: str) -> Sql:
    kept = [each for each in terms if each]
    return build("({terms})", terms=join(kept, joiner)) if kept else Sql(empty)
