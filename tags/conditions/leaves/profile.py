"""``profile``: what is known about the person. ``{"field": "age", "op": "between", "value": [40, 60]}``.

What is not known never matches a comparison, whichever; ``unknown`` finds it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import comparison, form, moments, reading
from tags.conditions.comparison import EQUALITY, ORDER, PRESENCE, TEXT, Comparison
from tags.conditions.leaves import in_time
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build
from tags.conditions.turning import Turn


@dataclass(frozen=True)
class Field:
    label: str
    read: Callable[[object, str], object]
    ops: tuple[str, ...]
    column: str
    present: str = "{column} IS NOT NULL"


def _gender(value: object, place: str) -> str:
    return reading.choice(value, place, ("male", "female"), what=_("the gender"))


def _age(value: object, place: str) -> int:
    return reading.integer(value, place, least=0, most=in_time.OLDEST)


def _month(value: object, place: str) -> int:
    return reading.integer(value, place, least=1, most=12)


def _count(value: object, place: str) -> int:
    return reading.integer(value, place, least=0)


def _text(label: str, column: str) -> Field:
    return Field(label, reading.text, (*EQUALITY, *TEXT, *PRESENCE), f"{{row}}{column}", "{column} <> ''")


def _moment(label: str, column: str) -> Field:
    return Field(label, comparison.day, (*EQUALITY, *ORDER, *PRESENCE), f"{{row}}{column}")


FIELDS = {
    "name": _text(gettext_noop("name"), "name"),
    "nickname": _text(gettext_noop("nickname"), "nickname"),
    "gender": Field(gettext_noop("gender"), _gender, (*EQUALITY, *PRESENCE), "{row}gender", "{column} <> ''"),
    "birth_date": Field(
        gettext_noop("birth date"), reading.date, (*EQUALITY, *ORDER, *PRESENCE), "{row}birth_date"
    ),
    "birth_month": Field(
        gettext_noop("month of birth"),
        _month,
        (*EQUALITY, "between", *PRESENCE),
        "extract(month FROM {row}birth_date)",
    ),
    "age": Field(gettext_noop("age"), _age, ("=", "!=", *ORDER, *PRESENCE), "{row}birth_date"),
    "province": _text(gettext_noop("province"), "province"),
    "city": _text(gettext_noop("city"), "city"),
    "birthday": Field(gettext_noop("birthday"), in_time.near, ("within",), "{row}birth_date"),
    "account_count": Field(
        gettext_noop("number of accounts"), _count, (*EQUALITY, *ORDER), "{row}account_count"
    ),
    "first_seen_at": _moment(gettext_noop("first seen"), "first_seen_at"),
    "last_seen_at": _moment(gettext_noop("last seen"), "last_seen_at"),
}
# Which fact a field is derived from, where it is none that a channel states.
FACTS = {
    "age": "profile.birth_date",
    "birth_month": "profile.birth_date",
    "birthday": "profile.birth_date",
    "account_count": "accounts",
    "first_seen_at": "accounts",
    "last_seen_at": "accounts",
}
MOMENTS = {"first_seen_at", "last_seen_at"}
MOVING = {"age", "birthday", *MOMENTS}


@dataclass(frozen=True)
class Profile:
    field: str
    comparison: Comparison

    TABLE: ClassVar = Sql("members_memberprofile")

    def sql(self, setting: Setting) -> Sql:
        return build(
            "SELECT p.member_id FROM members_memberprofile p WHERE {term}{only}",
            term=self.term(Sql("p."), setting),
            only=also([setting.only(Sql("p.member_id"))]),
        )

    def term(self, row: Sql, setting: Setting) -> Sql:
        """On a row of ``TABLE``, called by what stands before its columns."""
        field, column = FIELDS[self.field], self._column(row)
        present = build(field.present, column=column)
        if self.comparison.op == "unknown":
            return build("{row}member_id IS NOT NULL AND NOT ({present})", row=row, present=present)
        if self.comparison.op == "known":
            return present
        if self.field == "age":
            return in_time.aged(self.comparison, column, moments.day_of(setting.as_of))
        if self.field == "birthday":
            return in_time.celebrates(self.comparison.value, column, moments.day_of(setting.as_of))
        column = comparison.local_day(column) if self.field in MOMENTS else column
        return build("{test} AND {present}", test=self.comparison.sql(column, setting.as_of), present=present)

    def _column(self, row: Sql) -> Sql:
        return build(FIELDS[self.field].column, row=row)

    def signals(self) -> set[str]:
        return {FACTS.get(self.field, f"profile.{self.field}")}

    def describe(self) -> str:
        words = {"male": _("male"), "female": _("female")}
        said = self.comparison.describe(
            lambda value: words.get(value, str(value)) if self.field == "gender" else str(value)
        )
        return f"{_(FIELDS[self.field].label)} {said}"


@dataclass(frozen=True)
class InTime(Profile):
    """Of a field that changes with time alone."""

    def source(self) -> in_time.Times:
        return in_time.Times()

    def turns(self, columns: dict[str, Sql], setting: Setting) -> list[Turn]:
        if self.comparison.op in PRESENCE:
            return []
        if self.field == "age":
            return in_time.next_birthday(columns["birth_date"], setting.as_of)
        if self.field == "birthday":
            return in_time.next_near(self.comparison.value, columns["birth_date"], setting.as_of)
        return in_time.reached(columns[self.field], self.comparison, setting.as_of)


KINDS = {
    in_time.near: "near",
    reading.text: "text",
    _gender: "choice",
    reading.date: "date",
    comparison.day: "date",
}
OPTIONS = {"gender": (("male", gettext_noop("male")), ("female", gettext_noop("female")))}
FORM = form.Form(
    gettext_noop("profile"),
    (
        form.choice(
            "field",
            gettext_noop("field"),
            [(name, each.label) for name, each in FIELDS.items()],
            default="age",
        ),
        form.compared_by(
            "field",
            {
                name: form.Case(KINDS.get(each.read, "number"), each.ops, OPTIONS.get(name, ()))
                for name, each in FIELDS.items()
            },
        ),
    ),
)


def parse(value: object, place: str, context: object) -> Profile:
    fields = reading.mapping(value, place, required=["field", "op"], optional=["value"])
    name = reading.choice(fields["field"], reading.inside(place, "field"), FIELDS, what=_("the field"))
    known = FIELDS[name]
    made = InTime if name in MOVING else Profile
    return made(name, comparison.parse(fields, place, read=known.read, ops=known.ops))
