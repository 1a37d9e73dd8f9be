"""From a condition to one SQL statement over sets of members: semi-joins for what must hold, anti-joins for what must not."""

from tags.conditions.nodes import All, Any, Not
from tags.conditions.setting import Setting
from tags.conditions.sql import NOTHING, Sql, also, build, join


def members(condition: object, setting: Setting) -> Sql:
    """``SELECT member_id``: each active member who fits, once, in no order; at a node only members known there."""
    here = setting.known_here()
    return _among_all(condition, setting, also([_within(here)]) if here else here)


def _among_all(condition: object, setting: Setting, here: Sql = NOTHING) -> Sql:
    parts = condition.parts if isinstance(condition, All) else (condition,)
    terms = [_term(part, setting) for part in parts]
    return build(
        "SELECT m.id AS member_id FROM members_member m WHERE m.retired_at IS NULL{here}{terms}",
        here=here,
        terms=also([*terms, setting.only(Sql("m.id"))]),
    )


def _term(condition: object, setting: Setting) -> Sql:
    excluded = _excluded(condition)
    if excluded is None:
        return _within(_rows(condition, setting))
    twice = _excluded(excluded)
    if twice is not None:
        return _term(twice, setting)
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
