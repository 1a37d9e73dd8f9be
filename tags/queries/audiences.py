"""Whom a condition or an audience chooses, before anything is saved and afterwards."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from members.models import Organization
from tags.conditions import compile, describe, moments, parse
from tags.conditions.leaves.audience import frozen
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.models import Audience
from tags.queries import catalogue, selection

SAMPLE = """
WITH chosen AS MATERIALIZED ({members})
SELECT (SELECT count(*) FROM chosen),
       ARRAY(SELECT member_id FROM chosen ORDER BY hashint8(member_id), member_id LIMIT {size})
"""


@dataclass(frozen=True)
class Preview:
    """``sample``: ids of some of the members, the same ones at each asking; ``said``: the condition in words."""

    count: int
    sample: list[int]
    said: str


def preview(
    *,
    condition: object,
    node: Organization,
    as_of: dt.datetime | dt.date,
    size: int = 10,
    audience: int | None = None,
) -> Preview:
    """Of the members known at the node: how many the condition chooses, and some of them. Nothing is saved.

    Raises ``tags.conditions.faults.Fault``. ``audience`` is the id of the one being edited, if any.
    """
    names = catalogue.at(node=node)
    parsed = parse.condition(condition, catalogue=names, audience=audience)
    members = compile.members(parsed, Setting(names, moments.moment(as_of)))
    count, sample = selection.row(build(SAMPLE, members=members, size=size))
    return Preview(count, sample, describe.sentence(parsed))


def chosen(
    *, condition: object, node: Organization, as_of: dt.datetime | dt.date, audience: int | None = None
) -> Sql:
    names = catalogue.at(node=node)
    parsed = parse.condition(condition, catalogue=names, audience=audience)
    return compile.members(parsed, Setting(names, moments.moment(as_of)))


def members_sql(*, audience: Audience, as_of: dt.datetime | dt.date) -> tuple[str, list]:
    """A SELECT of one column ``member_id``, each active member once, and its parameters: for INSERT … SELECT.

    Of a frozen audience those it was frozen with (one merged since then counts as the other), else those who fit
    at ``as_of``.
    """
    query = members(audience=audience, as_of=as_of)
    return query.text, list(query.params)


def members(*, audience: Audience, as_of: dt.datetime | dt.date, only: Collection[int] | None = None) -> Sql:
    """A SELECT of ``member_id``; with ``only``, of those among these members, and nobody else's facts are read."""
    names = catalogue.at(node=audience.organization)
    some = None if only is None else tuple(only)
    setting = Setting(names, moments.moment(as_of), members=some)
    if audience.frozen_at:
        return build("SELECT DISTINCT f.member_id FROM ({rows}) f", rows=frozen(audience.pk, setting))
    parsed = parse.condition(audience.condition, catalogue=names, audience=audience.pk)
    return compile.members(parsed, setting)


_members = members


def holds(*, audience: Audience, member: int, as_of: dt.datetime | dt.date) -> bool:
    """Whether this member is in it. Only his facts are read."""
    rows = members(audience=audience, as_of=as_of, only=(member,))
    asked = build("SELECT count(*) FROM ({rows}) f WHERE f.member_id = {member}", rows=rows, member=member)
    return selection.row(asked)[0] > 0


def among(*, audience: Audience, members: Collection[int], as_of: dt.datetime | dt.date) -> set[int]:
    """Those of these members who are in it. Only their facts are read."""
    asked = build(
        "SELECT DISTINCT f.member_id FROM ({rows}) f WHERE f.member_id = ANY({members})",
        rows=_members(audience=audience, as_of=as_of, only=members),
        members=list(members),
    )
    return set(selection.ids(asked))


def said(*, audience: Audience) -> str:
    """The condition in words."""
    names = catalogue.at(node=audience.organization)
    return describe.sentence(parse.condition(audience.condition, catalogue=names, audience=audience.pk))
