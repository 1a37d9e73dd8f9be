"""What the leaves that measure share: a figure of a source, compared. ``{"aggregate": "count", "op": ">=", "value": 2}``"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import comparison, form, moments, reading, turning
from tags.conditions.comparison import EQUALITY, ORDER, Comparison
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.conditions.turning import Turn
from tags.conditions.window import Window

NUMBERS = (*EQUALITY, *ORDER)
DAY = "({{{column}}} AT TIME ZONE {{zone}})::date"
FIRST_DAY, LAST_DAY = DAY.format(column="first_at"), DAY.format(column="last_at")


def count(value: object, place: str) -> int:
    return reading.integer(value, place, least=0)


KINDS = {reading.decimal: "number", comparison.day: "date", count: "number"}


@dataclass(frozen=True)
class Figure:
    """``measure``: an expression over columns of the source; ``nothing``: what it is of a member without any facts;
    ``day``: the column of the moment whose age counts; ``kind``: money, if it is."""

    label: str
    measure: str
    read: Callable[[object, str], object] = count
    nothing: int | None = None
    day: str = ""
    kind: str = ""

    @property
    def case(self) -> form.Case:
        return form.Case(self.kind or KINDS[self.read], NUMBERS)


def dated(first: str, last: str, since: str) -> dict[str, Figure]:
    """The figures of when it was: the first time, the last time, and how many days ago that is."""
    return {
        "first_at": Figure(first, FIRST_DAY, comparison.day, day="first_at"),
        "last_at": Figure(last, LAST_DAY, comparison.day, day="last_at"),
        "days_since_last": Figure(since, f"{{today}}::date - {LAST_DAY}", day="last_at"),
    }


@dataclass(frozen=True)
class Measured:
    figure: Figure
    measures: object
    window: Window
    comparison: Comparison
    needed: frozenset[str]
    said: str
    inverse: bool = False

    def complement(self) -> "Measured | None":
        """Where members without any such fact are meant too: the leaf of those who are not."""
        nothing = self.figure.nothing
        if nothing is None or self.inverse or not self.comparison.holds(Decimal(nothing)):
            return None
        return dataclasses.replace(self, inverse=True)

    def source(self) -> object:
        return self.measures

    def sql(self, setting: Setting) -> Sql:
        return build(
            "SELECT s.member_id FROM {table} s WHERE {test}",
            table=setting.table(self.measures),
            test=self.test(self.measures.columns(Sql("s.")), setting),
        )

    def measured(self, columns: dict[str, Sql], setting: Setting) -> Sql:
        return build(
            self.figure.measure,
            today=moments.day_of(setting.as_of),
            zone=str(moments.zone()),
            **columns,
        )

    def test(self, columns: dict[str, Sql], setting: Setting) -> Sql:
        test = self.comparison.sql(self.measured(columns, setting), setting.as_of)
        return build("NOT ({test})", test=test) if self.inverse else test

    def turns(self, columns: dict[str, Sql], setting: Setting) -> list[Turn]:
        leaves = self.window.turns_of(columns, setting.as_of)
        if not self.figure.day:
            return leaves
        ages = turning.elapsed(self.comparison.ages())
        return [*leaves, *turning.days_later(columns[self.figure.day], ages, setting.as_of)]

    def signals(self) -> set[str]:
        return set(self.needed)

    def describe(self) -> str:
        return f"{self.said} {self.comparison.describe()} {self.window.describe()}".strip()


def compared(
    fields: dict, place: str, figures: dict[str, Figure], default: str = "count"
) -> tuple[str, Comparison]:
    """``aggregate``, ``op`` and ``value``; the default figure without both means at least one."""
    name = reading.choice(
        fields.get("aggregate", default), reading.inside(place, "aggregate"), figures, what=_("the aggregate")
    )
    at_least_one = (">=", 1) if figures[name].nothing is not None and name == default else None
    return name, comparison.parse(fields, place, read=figures[name].read, ops=NUMBERS, default=at_least_one)


def asked(figures: dict[str, Figure], default: str = "count") -> tuple[form.Field, ...]:
    """The fields of the builder for ``aggregate``, ``op`` and ``value``."""
    labels = [(name, each.label) for name, each in figures.items()]
    return (
        form.choice("aggregate", gettext_noop("figure"), labels, default=default),
        form.compared_by("aggregate", {name: each.case for name, each in figures.items()}),
    )


def among(label: str, filters: list[str]) -> str:
    """The figure's name with its filters in brackets."""
    said = ", ".join(part for part in filters if part)
    return f"{label} ({said})" if said else label
