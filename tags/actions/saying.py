"""Values that come as rows of their own: several a member, words that data brings, scores that Python works out."""

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np
from django.db import connection
from django.utils.translation import gettext as _

from tags.actions import staging
from tags.actions.statements import GIVEN, Fit
from tags.conditions.faults import Fault
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build
from tags.models import Tag
from tags.models_of.learning import Scored
from tags.queries import columns
from tags.queries.definitions import Definition

MOST_WORDS = 20_000
LONGEST = 100

NEW_WORDS = """
INSERT INTO tags_tagvalue (tag_id, code, name, position, dropped)
SELECT {tag}, w.code, w.code, 0, FALSE FROM (SELECT DISTINCT s.code FROM {said} s WHERE s.code <> '') w
WHERE NOT EXISTS (SELECT FROM tags_tagvalue v WHERE v.tag_id = {tag} AND v.code = w.code)
ON CONFLICT (tag_id, code) DO NOTHING
"""
WORDS = "SELECT count(DISTINCT s.code) FROM {said} s"
VALUES = """
SELECT DISTINCT s.member_id, v.id::int FROM {said} s
JOIN tags_tagvalue v ON v.tag_id = {tag} AND v.code = s.code AND NOT v.dropped
"""


BUT_GIVEN = """
SELECT c.* FROM ({chosen}) c WHERE NOT EXISTS (
    SELECT FROM {given} g WHERE g.member_id = c.member_id AND g.labels[1] = ANY({codes}::text[]))"""
NOBODY = Sql("SELECT NULL::bigint AS member_id, NULL::text AS code WHERE FALSE")


def over(definition: Definition, setting: Setting) -> bool:
    """Whether the tag itself has ended: nobody carries it any more."""
    return definition.expires_at is not None and definition.expires_at <= setting.as_of


def said(definition: Definition, setting: Setting, fit: Fit | None) -> Sql:
    """SELECT member_id, code (or a number) as the tag's model says it."""
    if over(definition, setting):
        return NOBODY
    fitted = fit.fitted if fit else {}
    if hasattr(definition.model, "rows"):
        chosen = build(
            "SELECT q.member_id, left(q.said::text, {longest}) AS code FROM ({rows}) q (member_id, said) WHERE q.said IS NOT NULL",
            longest=LONGEST,
            rows=definition.model.rows(setting, fitted),
        )
    else:
        chosen = given(_scored(definition, setting, fitted))
    here = setting.known_here()
    if here:
        chosen = build("SELECT c.* FROM ({chosen}) c WHERE c.member_id IN ({here})", chosen=chosen, here=here)
    return _but_given(definition, setting, chosen)


def _but_given(definition: Definition, setting: Setting, chosen: Sql) -> Sql:
    """Where a member has one value, one that was given by hand goes before what the model says (``statements``)."""
    if not definition.given or definition.shape != Tag.Shape.ONE:
        return chosen
    only = setting.only_accounts(Sql("s.account_id"))
    given = build(GIVEN, source=f"tag:{definition.code}", as_of=setting.as_of, only=also([only]))
    return build(BUT_GIVEN, chosen=chosen, given=given, codes=list(definition.values))


def values(definition: Definition, table: Sql) -> Sql:
    """SELECT member_id, value_id for a table of (member_id, code). Words that data brings become values first."""
    if definition.open:
        _check(definition, table)
        new = build(NEW_WORDS, tag=definition.id, said=table)
        with connection.cursor() as cursor:
            cursor.execute(new.text, new.params)
    return build(VALUES, tag=definition.id, said=table)


def stage(definition: Definition, setting: Setting, fit: Fit | None) -> None:
    """For everybody: into the tables of this session."""
    if over(definition, setting):
        return
    if definition.shape == Tag.Shape.NUMBER:
        scored = _scored(definition, setting, fit.fitted if fit else {})
        numbered = zip(scored.members.tolist(), _numbers(scored), strict=True)
        staging.put(
            "tags_more_numbers (member_id, slot, number)",
            ((member, definition.slot, number) for member, number in numbered if number is not None),
        )
        return
    if hasattr(definition.model, "rows"):
        staging.say(said(definition, setting, fit))
    else:
        scored = _scored(definition, setting, fit.fitted if fit else {})
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE tags_said")
        staging.put("tags_said (member_id, code)", zip(scored.members.tolist(), scored.values, strict=True))
    said_of = _but_given(definition, setting, Sql("SELECT * FROM tags_said"))
    chosen = values(definition, build("({said})", said=said_of))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO tags_more (member_id, value_id) {chosen.text}", chosen.params)


def given(scored: Scored) -> Sql:
    """A few scores as a SELECT of (member_id, code)."""
    return build(
        "SELECT * FROM unnest({members}::bigint[], {codes}::text[]) AS g (member_id, code)",
        members=[int(member) for member in scored.members],
        codes=list(scored.values),
    )


def scored(definition: Definition, setting: Setting, fit: Fit | None) -> Iterable[tuple[int, float]]:
    """(member, number) of a number that Python works out, for a few members."""
    if over(definition, setting):
        return []
    found = _scored(definition, setting, fit.fitted if fit else {})
    numbered = zip(found.members.tolist(), _numbers(found), strict=True)
    return [(int(member), number) for member, number in numbered if number is not None]


def _numbers(scored: Scored) -> Sequence[float | None]:
    return [None if np.isnan(number) else float(number) for number in np.asarray(scored.values, dtype=float)]


def _scored(definition: Definition, setting: Setting, fitted: dict) -> Scored:
    asked = definition.model.asks(_by_itself(setting))
    return definition.model.scored(columns.columns(asked), fitted)


def _by_itself(setting: Setting) -> Setting:
    """A model that is asked in a statement of its own knows nothing of the named subqueries of another, by which sources are
    held for a few members."""
    return setting if setting.members is None else dataclasses.replace(setting, prepared={})


def _check(definition: Definition, table: Sql) -> None:
    asked = build(WORDS, said=table)
    with connection.cursor() as cursor:
        cursor.execute(asked.text, asked.params)
        if cursor.fetchone()[0] > MOST_WORDS:
            raise Fault(
                definition.code,
                _("data brings more than %(most)d different values") % {"most": MOST_WORDS},
                _("Narrow what it reads, such as to one category."),
            )
