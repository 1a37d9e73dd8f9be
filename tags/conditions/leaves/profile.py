"""``profile``: what is known about the person. ``{"field": "age", "op": "between", "value": [40, 60]}``.

What is not known never matches a comparison, whichever; ``unknown`` finds it.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import comparison, form, moments, reading
from tags.conditions.comparison import EQUALITY, ORDER, PRESENCE, Comparison
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build

OLDEST = 150


@dataclass(frozen=True)
class Field:
    label: str
    read: Callable[[object, str], object]
    ops: tuple[str, ...]
    column: Sql
    present: str = "{column} IS NOT NULL"


def _gender(value: object, place: str) -> str:
    return reading.choice(value, place, ("male", "female"), what=_("the gender"))


def _age(value: object, place: str) -> int:
    return reading.integer(value, place, least=0, most=OLDEST)


def _month(value: object, place: str) -> int:
    return reading.integer(value, place, least=1, most=12)


def _count(value: object, place: str) -> int:
    return reading.integer(value, place, least=0)


def _text(label: str, column: str) -> Field:
    return Field(label, reading.text, (*EQUALITY, "starts_with", *PRESENCE), Sql(column), "{column} <> ''")


def _moment(label: str, column: str) -> Field:
    return Field(label, comparison.day, (*EQUALITY, *ORDER, *PRESENCE), Sql(column))


FIELDS = {
    "name": _text(gettext_noop("name"), "p.name"),
    "nickname": _text(gettext_noop("nickname"), "p.nickname"),
    "gender": Field(
        gettext_noop("gender"), _gender, (*EQUALITY, *PRESENCE), Sql("p.gender"), "{column} <> ''"
    ),
    "birth_date": Field(
        gettext_noop("birth date"), reading.date, (*EQUALITY, *ORDER, *PRESENCE), Sql("p.birth_date")
    ),
    "birth_month": Field(
        gettext_noop("month of birth"),
        _month,
        (*EQUALITY, "between", *PRESENCE),
        Sql("extract(month FROM p.birth_date)"),
    ),
    "age": Field(gettext_noop("age"), _age, ("=", "!=", *ORDER, *PRESENCE), Sql("p.birth_date")),
    "province": _text(gettext_noop("province"), "p.province"),
    "city": _text(gettext_noop("city"), "p.city"),
    "account_count": Field(
        gettext_noop("number of accounts"), _count, (*EQUALITY, *ORDER), Sql("p.account_count")
    ),
    "first_seen_at": _moment(gettext_noop("first seen"), "p.first_seen_at"),
    "last_seen_at": _moment(gettext_noop("last seen"), "p.last_seen_at"),
}
# Which fact a field is derived from, where it is none that a channel states.
FACTS = {
    "age": "profile.birth_date",
    "birth_month": "profile.birth_date",
    "account_count": "accounts",
    "first_seen_at": "accounts",
    "last_seen_at": "accounts",
}
MOMENTS = {"first_seen_at", "last_seen_at"}


@dataclass(frozen=True)
class Profile:
    field: str
    comparison: Comparison

    def sql(self, setting: Setting) -> Sql:
        return build(
            "SELECT p.member_id FROM members_memberprofile p WHERE {term}{only}",
            term=self._term(setting.as_of),
            only=also([setting.only(Sql("p.member_id"))]),
        )

    def _term(self, as_of: dt.datetime) -> Sql:
        field = FIELDS[self.field]
        present = build(field.present, column=field.column)
        if self.comparison.op == "unknown":
            return build("NOT ({present})", present=present)
        if self.comparison.op == "known":
            return present
        if self.field == "age":
            return _born(self.comparison, moments.day_of(as_of))
        column = comparison.local_day(field.column) if self.field in MOMENTS else field.column
        return build("{test} AND {present}", test=self.comparison.sql(column, as_of), present=present)

    def signals(self) -> set[str]:
        return {FACTS.get(self.field, f"profile.{self.field}")}

    def describe(self) -> str:
        words = {"male": _("male"), "female": _("female")}
        said = self.comparison.describe(
            lambda value: words.get(value, str(value)) if self.field == "gender" else str(value)
        )
        return f"{_(FIELDS[self.field].label)} {said}"


def _born(compared: Comparison, today: dt.date) -> Sql:
    """An age as a range of birth dates, which the index on them serves."""
    if compared.op == "!=":
        return build("NOT ({same})", same=_born(Comparison("=", compared.value), today))
    youngest, oldest = _ages(compared)
    return build(
        "p.birth_date > {after} AND p.birth_date <= {until}",
        after=moments.years_before(today, oldest + 1),
        until=moments.years_before(today, youngest),
    )


def _ages(compared: Comparison) -> tuple[int, int]:
    """The youngest and the oldest that match."""
    value = compared.value
    if compared.op == "between":
        return value
    return (
        {
            "=": (value, value),
            "<": (0, value - 1),
            "<=": (0, value),
            ">": (value + 1, OLDEST),
            ">=": (value, OLDEST),
        }[compared.op]
        if isinstance(value, int)
        else (0, OLDEST)
    )


KINDS = {reading.text: "text", _gender: "choice", reading.date: "date", comparison.day: "date"}
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
    return Profile(name, comparison.parse(fields, place, read=known.read, ops=known.ops))
