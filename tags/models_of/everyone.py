"""Whom a model that says something of everybody is about: active members, at a node those known there."""

from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build


def of(setting: Setting) -> Sql:
    """SELECT member_id, once each."""
    here = setting.known_here()
    known = build("m.id IN ({here})", here=here) if here else here
    return build(
        "SELECT m.id AS member_id FROM members_member m WHERE m.retired_at IS NULL{terms}",
        terms=also([known, setting.only(Sql("m.id"))]),
    )


def here(setting: Setting, column: Sql) -> Sql:
    """A further term that keeps members known at the node; nothing for the group."""
    known = setting.known_here()
    return build(" AND {column} IN ({known})", column=column, known=known) if known else known
