"""From a condition to one SQL statement over members.

What a row of the member's own tells (``tags.conditions.joined``) is tested on it; the rest are sets: semi-joins for what must
hold, anti-joins for what must not. Any that stands alone is a union of sets, so that an index may serve each part.
"""

from tags.conditions.joined import Joins, has_row, of_row, term, tested
from tags.conditions.nodes import All, Any, Not
from tags.conditions.setting import Setting
from tags.conditions.sql import NOTHING, Sql, also, build, join


def members(condition: object, setting: Setting) -> Sql:
    """``SELECT member_id``: each active member who fits, once, in no order; at a node only members known there."""
    here = setting.known_here()
    return _among_all(condition, setting, also([_within(here)]) if here else here)


def _among_all(condition: object, setting: Setting, here: Sql = NOTHING) -> Sql:
    parts = condition.parts if isinstance(condition, All) else (condition,)
    alone = len(parts) == 1 and isinstance(parts[0], Any)
    joins = Joins()
    terms = [
        _of_row(part, joins, setting) if has_row(part) and not alone else _of_set(part, setting)
        for part in parts
    ]
    return build(
        "SELECT m.id AS member_id FROM members_member m{joins} WHERE m.retired_at IS NULL{here}{terms}",
        joins=joins.joins(),
        here=here,
        terms=also([*terms, setting.only(Sql("m.id"))]),
    )


def _of_row(condition: object, joins: Joins, setting: Setting) -> Sql:
    """What rows of the member's own tell is tested on them, instead of gathering all who fit each part."""
    if hasattr(condition, "TABLE"):
        return term(condition, joins, setting)
    return tested(condition, lambda leaf: of_row(leaf, joins, setting))


def _of_set(condition: object, setting: Setting) -> Sql:
    excluded = _excluded(condition)
    if excluded is None:
        return _within(_rows(condition, setting))
    twice = _excluded(excluded)
    if twice is not None:
        return _of_set(twice, setting)
    return build(
        "NOT EXISTS (SELECT FROM ({rows}) n WHERE n.member_id = m.id)", rows=_rows(excluded, setting)
    )


def _within(rows: Sql) -> Sql:
    return build("m.id IN ({rows})", rows=rows)


def _excluded(condition: object) -> object | None:
    """Of a condition that is true of people without any fact: those of whom it is not true."""
    if isinstance(condition, Not):
        return condition.part
    return condition.complement() if hasattr(condition, "complement") else None


def _rows(condition: object, setting: Setting) -> Sql:
    """Member ids, perhaps repeated."""
    if isinstance(condition, Any):
        return join([_rows(part, setting) for part in condition.parts], " UNION ")
    if isinstance(condition, All) or _excluded(condition) is not None:
        return _among_all(condition, setting)
    return condition.sql(setting)
