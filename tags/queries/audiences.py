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


def members(*, audience: Audience, as_of: dt.datetime | dt.date) -> Sql:
    if audience.frozen_at is None:
        return chosen(
            condition=audience.condition, node=audience.organization, as_of=as_of, audience=audience.pk
        )
    setting = Setting(catalogue.at(node=audience.organization), moments.moment(as_of))
    return build("SELECT DISTINCT f.member_id FROM ({rows}) f", rows=frozen(audience.pk, setting))


def holds(*, audience: Audience, member: int, as_of: dt.datetime | dt.date) -> bool:
    """Whether this member is in it. Only his facts are read."""
    rows = _rows_of(audience, (member,), as_of)
    asked = build("SELECT count(*) FROM ({rows}) f WHERE f.member_id = {member}", rows=rows, member=member)
    return selection.row(asked)[0] > 0


def among(*, audience: Audience, members: Collection[int], as_of: dt.datetime | dt.date) -> set[int]:
    """Those of these members who are in it. Only their facts are read."""
    rows = _rows_of(audience, tuple(members), as_of)
    asked = build(
        "SELECT DISTINCT f.member_id FROM ({rows}) f WHERE f.member_id = ANY({members})",
        rows=rows,
        members=list(members),
    )
    return set(selection.ids(asked))


def _rows_of(audience: Audience, members: tuple[int, ...], as_of: dt.datetime | dt.date) -> Sql:
    names = catalogue.at(node=audience.organization)
    setting = Setting(names, moments.moment(as_of), members=members)
    if audience.frozen_at:
        return frozen(audience.pk, setting)
    parsed = parse.condition(audience.condition, catalogue=names, audience=audience.pk)
    return compile.members(parsed, setting)


def said(*, audience: Audience) -> str:
    """The condition in words."""
    names = catalogue.at(node=audience.organization)
    return describe.sentence(parse.condition(audience.condition, catalogue=names, audience=audience.pk))
