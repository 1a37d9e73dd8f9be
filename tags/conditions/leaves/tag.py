"""``tag``: has a tag, or one of some of its values. ``{"tag": "rfm", "value": ["important_value"]}``.

Of a tag that is a number: compared. ``{"tag": "orders_365d", "op": ">=", "value": 4}``; without ``op``: whether it is known.
"""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import comparison, form, reading
from tags.conditions.comparison import EQUALITY, ORDER, PRESENCE, Comparison
from tags.conditions.faults import Fault
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build

NUMBERS = (*EQUALITY, *ORDER, *PRESENCE)


@dataclass(frozen=True)
class HasTag:
    tag: str
    values: tuple[str, ...]
    said: str
    number: Comparison | None = None

    TABLE: ClassVar = Sql("tags_membertags")

    def sql(self, setting: Setting) -> Sql:
        return build(
            "SELECT t.member_id FROM tags_membertags t WHERE {term}{only}",
            term=self.term(Sql("t."), setting),
            only=also([setting.only(Sql("t.member_id"))]),
        )

    def complement(self) -> "HasTag | None":
        """Who has no tags at all has no number either."""
        if self.number is None or self.number.op != "unknown":
            return None
        return dataclasses.replace(self, number=Comparison("known"))

    def term(self, row: Sql, setting: Setting) -> Sql:
        """On a row of ``TABLE``, called by what stands before its columns."""
        tag = setting.catalogue.tags[self.tag]
        if self.number is not None:
            place = Sql(f"{row.text}numbers[{int(tag.slot)}]")
            if self.number.op == "known":
                return build("{place} IS NOT NULL", place=place)
            if self.number.op == "unknown":
                return build("{place} IS NULL", place=place)
            return self.number.sql(place, setting.as_of)
        ids = [tag.values[code] for code in self.values] if self.values else list(tag.values.values())
        return build('{row}"values" && {ids}::int[]', row=row, ids=ids)

    def signals(self) -> set[str]:
        """None of its own: what the tag needs, this needs (``tags.queries.needs``)."""
        return set()

    def describe(self) -> str:
        return self.said


FORM = form.Form(
    gettext_noop("tag"),
    (
        form.pick("tag", gettext_noop("tag"), "tag"),
        form.Field(
            "value",
            gettext_noop("value"),
            form.Case("pick:tag_value"),
            optional=True,
            many=True,
            by="tag",
            cases={"number": form.Case("number", NUMBERS)},
        ),
    ),
)


def parse(value: object, place: str, context: object) -> HasTag:
    fields = reading.mapping(value, place, required=["tag"], optional=["op", "value"])
    tags = context.catalogue.tags_here()
    code = reading.choice(fields["tag"], reading.inside(place, "tag"), tags, what=_("the tag"))
    tag = tags[code]
    _refuse_dead(tag, reading.inside(place, "tag"))

    if tag.slot is not None:
        test = comparison.parse(fields, place, read=reading.decimal, ops=NUMBERS, default=("known",))
        return HasTag(code, (), f"{tag.name} {test.describe()}", test)
    if "op" in fields:
        raise Fault(
            reading.inside(place, "op"),
            _("the tag “%(name)s” is no number") % {"name": tag.name},
            _("Name one or several of its values, without op."),
        )

    def known(item: object, at: str) -> str:
        return reading.choice(item, at, tag.values, what=_("the tag value"))

    values = reading.many(fields["value"], reading.inside(place, "value"), known) if "value" in fields else ()
    return HasTag(code, values, _said(tag, values))


def _refuse_dead(tag: object, place: str) -> None:
    """Nobody carries a draft, nor what was retired: a condition on it would silently find nobody."""
    said = {"name": tag.name, "day": tag.retired_on}
    if tag.status == "retired":
        raise Fault(
            place,
            _("the tag “%(name)s” was retired on %(day)s, and nobody carries it") % said,
            _("Choose another tag, or take this condition out."),
        )
    if tag.status != "approved":
        raise Fault(
            place,
            _("the tag “%(name)s” is a draft, and nobody carries it yet") % said,
            _("Have it approved first."),
        )


def _said(tag: object, values: tuple[str, ...]) -> str:
    if not values:
        return _("has the tag %(tag)s") % {"tag": tag.name}
    return _("%(tag)s is %(values)s") % {
        "tag": tag.name,
        "values": ", ".join(tag.names[value] for value in values),
    }
