"""The statement that gives members the values and numbers of many tags at once: one row a member."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from tags.conditions import rowwise, turning
from tags.conditions.rowwise import Rows
from tags.conditions.setting import Setting
from tags.conditions.sql import NOTHING, Sql, build, join
from tags.conditions.turning import Turn
from tags.models import Tag
from tags.queries.definitions import Definition

EVERY = """
SELECT m.id AS member_id, {values} AS "values", {numbers} AS numbers, {due} AS due_at
FROM members_member m
{joins}
WHERE m.retired_at IS NULL{only}"""

# The latest statement of any of a person's accounts rules; one that expired gives nothing.
GIVEN = """(
SELECT g.member_id, g.labels, g.expires_at FROM (
    SELECT DISTINCT ON (a.member_id) a.member_id, s.labels, s.expires_at
    FROM members_labelstatement s JOIN members_account a ON a.id = s.account_id AND a.emptied_at IS NULL
    WHERE s.source = {source} AND s.stated_at <= {as_of}{only}
    ORDER BY a.member_id, s.stated_at DESC, s.labels DESC) g
WHERE cardinality(g.labels) > 0 AND (g.expires_at IS NULL OR g.expires_at > {as_of}))"""


NOBODYS = Sql("NULL")  # what a member has who is not known where the tag stands


@dataclass(frozen=True)
class Fit:
    """What a model learned, by which members are measured."""

    fitted: dict


def of(
    definitions: list[Definition],
    setting: Setting,
    fits: dict[int, Fit],
    *,
    width: int,
    level: Iterable[Definition] = (),
) -> Sql:
    """SELECT member_id, values, numbers, due_at of all these tags. ``width``: how many places for numbers there are;
    ``level``: tags of which those that are not computed keep their values, and yet a given one ends in its time."""
    rows = Rows()
    made = [_Made.of(each, rows, setting.at(each.node), fits.get(each.id)) for each in definitions]
    computed = {each.id for each in definitions}
    kept = [each for each in level if each.holds_given and each.id not in computed]
    turns = [turn for each in made for turn in each.turns]
    turns += [_end(_given(each, rows, setting.at(each.node))) for each in kept]
    return build(
        EVERY,
        values=_array(made),
        numbers=_numbers({each.definition.slot: each.sql for each in made if each.number}, width),
        due=turning.due(turns, setting.as_of),
        joins=rows.joins(),
        only=build(" AND {term}", term=setting.only(Sql("m.id"))) if setting.members is not None else NOTHING,
    )


def apart(definition: Definition) -> bool:
    """Whether its values come as rows of their own: several a member, words that data brings, or scores of Python."""
    if definition.model is None:
        return False
    return definition.shape == Tag.Shape.SEVERAL or definition.open or not hasattr(definition.model, "rows")


@dataclass(frozen=True)
class _Made:
    """The expression of one tag: a number, an array of value ids, or one of them."""

    definition: Definition
    sql: Sql
    turns: list[Turn]

    @property
    def number(self) -> bool:
        return self.definition.shape == Tag.Shape.NUMBER

    @classmethod
    def of(cls, definition: Definition, rows: Rows, setting: Setting, fit: Fit | None) -> "_Made":
        sql, turns = _computed(definition, rows, setting, fit)
        if definition.holds_given:
            sql, turns = _with_given(definition, rows, setting, sql, turns)
        if definition.expires_at is not None:
            over = definition.expires_at <= setting.as_of
            sql = _nothing(definition) if over else sql
            turns = [] if over else [*turns, Turn(build("{at}::timestamptz", at=definition.expires_at))]
        return cls(definition, sql, turns)


def _computed(
    definition: Definition, rows: Rows, setting: Setting, fit: Fit | None
) -> tuple[Sql, list[Turn]]:
    known = rows.known(setting)
    if definition.measure is not None:
        leaf = definition.measure
        number = leaf.measured(rows.columns(leaf.source(), setting), setting)
        turns = rowwise.turns_of_leaf(leaf, rows, setting)
        return build("({number})::float8", number=_where(known, number, NOBODYS)), turns
    if apart(definition):
        return _nothing(definition), []
    if definition.model is not None:
        return _where(known, _modelled(definition, rows, setting, fit), NOBODYS), []
    turns = [turn for each in definition.conditions for turn in rowwise.turns(each, rows, setting)]
    return _where(known, _ruled(definition, rows, setting), _nothing(definition)), turns


def _nothing(definition: Definition) -> Sql:
    return Sql("'{}'::int[]" if definition.shape == Tag.Shape.SEVERAL else "NULL::int")


def _ruled(definition: Definition, rows: Rows, setting: Setting) -> Sql:
    ids = list(definition.values.values())
    tests = [rowwise.holds(each, rows, setting) for each in definition.conditions]
    if definition.shape == Tag.Shape.SEVERAL:
        each = [
            build("CASE WHEN {test} THEN {id}::int END", test=t, id=i)
            for t, i in zip(tests, ids, strict=True)
        ]
        return build("array_remove(ARRAY[{each}]::int[], NULL)", each=join(each, ", "))
    cases = [build("WHEN {test} THEN {id}::int", test=t, id=i) for t, i in zip(tests, ids, strict=True)]
    return build("CASE {cases} END", cases=join(cases, " "))


def _modelled(definition: Definition, rows: Rows, setting: Setting, fit: Fit | None) -> Sql:
    """What a model's own SELECT (member_id, code or number) says of the member."""
    chosen = definition.model.rows(setting, fit.fitted if fit else {})
    number = definition.shape == Tag.Shape.NUMBER
    table = build("(SELECT * FROM ({chosen}) q (member_id, said))", chosen=chosen)
    alias = rows.joined(("model", definition.id), table)
    said = Sql(f"{alias}.said")
    return said if number else _id_of(said, definition)


def _id_of(code: Sql, definition: Definition) -> Sql:
    cases = [build("WHEN {code} THEN {id}::int", code=name, id=pk) for name, pk in definition.values.items()]
    return build("CASE {code} {cases} END", code=code, cases=join(cases, " "))


def _with_given(
    definition: Definition, rows: Rows, setting: Setting, computed: Sql, turns: list[Turn]
) -> tuple[Sql, list[Turn]]:
    """What staff or a file gave goes before what is computed; of several values it is added."""
    alias = _given(definition, rows, setting)
    if definition.shape == Tag.Shape.ONE:
        first = _id_of(Sql(f"{alias}.labels[1]"), definition)
        sql = build("coalesce({first}, {computed})", first=first, computed=computed)
    else:
        ids = build(
            "ARRAY(SELECT k.id FROM unnest({codes}::text[], {ids}::int[]) AS k (code, id) WHERE k.code = ANY({labels})"
            " AND k.id <> ALL(coalesce({computed}, '{{}}')))",
            codes=list(definition.values),
            ids=list(definition.values.values()),
            labels=Sql(f"{alias}.labels"),
            computed=computed,
        )
        sql = build("coalesce({computed}, '{{}}') || {ids}", computed=computed, ids=ids)
    return sql, [*turns, _end(alias)]


def _given(definition: Definition, rows: Rows, setting: Setting) -> str:
    """The alias of what was given: member_id, labels, expires_at."""
    only = setting.only_accounts(Sql("s.account_id"))
    table = build(
        GIVEN,
        source=f"tag:{definition.code}",
        as_of=setting.as_of,
        only=build(" AND {only}", only=only) if only else NOTHING,
    )
    return rows.joined(("given", definition.id), table)


def _end(alias: str) -> Turn:
    return Turn(Sql(f"{alias}.expires_at"))


def _where(known: Sql, said: Sql, unknown: Sql) -> Sql:
    if not known:
        return said
    return build("CASE WHEN {known} THEN {said} ELSE {unknown} END", known=known, said=said, unknown=unknown)


def _array(made: list[_Made]) -> Sql:
    """All value ids in ascending order: as they come, where the ids of the tags do not overlap."""
    kept = sorted(
        (each for each in made if not each.number),
        key=lambda each: min(each.definition.values.values(), default=0),
    )
    if not kept:
        return Sql("'{}'::int[]")
    pieces = []
    for several, group in itertools.groupby(
        kept, key=lambda each: each.definition.shape == Tag.Shape.SEVERAL
    ):
        found = [each.sql for each in group]
        pieces += found if several else [build("ARRAY[{ones}]::int[]", ones=join(found, ", "))]
    every = build("array_remove({pieces}, NULL)", pieces=join(pieces, " || "))
    if _ascending(kept):
        return every
    return build("ARRAY(SELECT v FROM unnest({every}) v ORDER BY v)", every=every)


def _ascending(made: list[_Made]) -> bool:
    """Whether the expressions give ascending ids without being sorted: each tag's ids lie above those of the one before,
    and no tag gives several in another order."""
    last = 0
    for each in made:
        ids = list(each.definition.values.values())
        several = each.definition.shape == Tag.Shape.SEVERAL
        if ids and (min(ids) <= last or (several and (each.definition.given or ids != sorted(ids)))):
            return False
        last = max([last, *ids])
    return True


def _numbers(by_slot: dict[int, Sql], width: int) -> Sql:
    if not width:
        return Sql("'{}'::float8[]")
    places = [by_slot.get(slot, Sql("NULL")) for slot in range(1, width + 1)]
    return build("ARRAY[{places}]::float8[]", places=join(places, ", "))
