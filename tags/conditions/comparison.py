"""Compares a column with a value: ``"op"`` and ``"value"`` of a leaf, typed by the kind of the column."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import moments, reading
from tags.conditions.faults import Fault
from tags.conditions.sql import Sql, build

EQUALITY = ("=", "!=", "in")
ORDER = ("<", "<=", ">", ">=", "between")
TEXT = ("starts_with", "ends_with", "contains")
PRESENCE = ("known", "unknown")

WORDS = {
    "=": gettext_noop("is %(value)s"),
    "!=": gettext_noop("is not %(value)s"),
    "in": gettext_noop("is one of %(value)s"),
    "<": gettext_noop("is below %(value)s"),
    "<=": gettext_noop("is at most %(value)s"),
    ">": gettext_noop("is above %(value)s"),
    ">=": gettext_noop("is at least %(value)s"),
    "between": gettext_noop("is between %(low)s and %(high)s"),
    "starts_with": gettext_noop("begins with %(value)s"),
    "ends_with": gettext_noop("ends with %(value)s"),
    "contains": gettext_noop("contains %(value)s"),
    "within": gettext_noop("is from %(value)s"),
    "known": gettext_noop("is known"),
    "unknown": gettext_noop("is not known"),
}

TEMPLATES = {
    "=": "{column} = {value}",
    "!=": "{column} <> {value}",
    "<": "{column} < {value}",
    "<=": "{column} <= {value}",
    ">": "{column} > {value}",
    ">=": "{column} >= {value}",
    "in": "{column} = ANY({value})",
    "between": "{column} BETWEEN {low} AND {high}",
    "starts_with": "starts_with({column}, {value})",
    "ends_with": "right({column}, length({value}::text)) = {value}",
    "contains": "strpos({column}, {value}) > 0",
}


@dataclass(frozen=True)
class DaysAgo:
    """A day counted back from the as-of day: ``{"days_ago": 30}``."""

    days: int

    def __str__(self) -> str:
        return _("%(days)d days before") % {"days": self.days}


@dataclass(frozen=True)
class Comparison:
    op: str
    value: object = None

    def sql(self, column: Sql, as_of: dt.datetime) -> Sql:
        if self.op == "between":
            low, high = (_settled(value, as_of) for value in self.value)
            return build(TEMPLATES[self.op], column=column, low=low, high=high)
        value = [_settled(v, as_of) for v in self.value] if self.op == "in" else _settled(self.value, as_of)
        return build(TEMPLATES[self.op], column=column, value=value)

    def holds(self, number: object) -> bool:
        """The same comparison in Python, for a plain number."""
        checks = {
            "=": lambda: number == self.value,
            "!=": lambda: number != self.value,
            "in": lambda: number in self.value,
            "<": lambda: number < self.value,
            "<=": lambda: number <= self.value,
            ">": lambda: number > self.value,
            ">=": lambda: number >= self.value,
            "between": lambda: self.value[0] <= number <= self.value[1],
        }
        return checks[self.op]()

    def ages(self) -> list:
        """The numbers (of days ago, too) that it compares with; a date is none."""
        told = self.value if isinstance(self.value, tuple | list) else [self.value]
        return [getattr(each, "days", each) for each in told if isinstance(each, int | Decimal | DaysAgo)]

    def describe(self, word: Callable[[object], str] = str) -> str:
        if self.op == "between":
            return _(WORDS["between"]) % {"low": word(self.value[0]), "high": word(self.value[1])}
        if self.op == "in":
            return _(WORDS["in"]) % {"value": ", ".join(word(value) for value in self.value)}
        return _(WORDS[self.op]) % {"value": word(self.value)}


def parse(
    fields: dict,
    place: str,
    *,
    read: Callable[[object, str], object],
    ops: tuple[str, ...],
    default: tuple | None = None,
) -> Comparison:
    """Reads ``op`` and ``value``; ``default`` is the (op, value) where both may be left out."""
    if default and "op" not in fields and "value" not in fields:
        return Comparison(*default)
    at_op, at_value = reading.inside(place, "op"), reading.inside(place, "value")
    if "op" not in fields:
        raise Fault(
            place, _("the field “op” is missing"), _("Choose one of %(ops)s.") % {"ops": ", ".join(ops)}
        )
    op = reading.choice(fields["op"], at_op, ops, what=_("the comparison"))
    if op in PRESENCE:
        return _presence(op, fields, at_value)
    if "value" not in fields:
        raise Fault(place, _("the field “value” is missing"), _("Say what to compare with."))
    return Comparison(op, _value(op, fields["value"], at_value, read))


def _presence(op: str, fields: dict, at_value: str) -> Comparison:
    if "value" in fields:
        raise Fault(at_value, _("“%(op)s” takes no value") % {"op": op}, _("Leave the value out."))
    return Comparison(op)


def _value(op: str, value: object, place: str, read: Callable[[object, str], object]) -> object:
    if op == "in":
        return reading.many(value if isinstance(value, list) else [value], place, read)
    if op == "between":
        return _range(value, place, read)
    return read(value, place)


def _range(value: object, place: str, read: Callable[[object, str], object]) -> tuple:
    if not isinstance(value, list) or len(value) != 2:
        raise Fault(place, _("between takes two values"), _("Write [lowest, highest]; both are included."))
    low, high = read(value[0], f"{place}[0]"), read(value[1], f"{place}[1]")
    if type(low) is type(high) and not isinstance(low, DaysAgo) and low > high:
        raise Fault(place, _("the lower value is above the higher"), _("Swap the two."))
    return low, high


def day(value: object, place: str) -> dt.date | DaysAgo:
    """A date, or ``{"days_ago": 30}``."""
    if isinstance(value, dict):
        fields = reading.mapping(value, place, required=["days_ago"])
        return DaysAgo(
            reading.integer(fields["days_ago"], reading.inside(place, "days_ago"), least=0, most=36_500)
        )
    return reading.date(value, place)


def local_day(column: Sql) -> Sql:
    """The day of a moment, in the project's time zone."""
    return build("({column} AT TIME ZONE {zone})::date", column=column, zone=str(moments.zone()))


def _settled(value: object, as_of: dt.datetime) -> object:
    return moments.day_of(as_of) - dt.timedelta(days=value.days) if isinstance(value, DaysAgo) else value
