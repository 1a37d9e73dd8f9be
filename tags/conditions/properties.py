"""What an event or an order says of itself, as JSON: ``{"sku": "S1", "price": {"op": ">", "value": 3}}``.

A property is compared as text with a plain value, or with ``op`` and ``value``: =, !=, in as text, <, <=, >, >=, between
as numbers (also of numbers written as text), known for being there at all.
"""

from django.utils.translation import gettext as _

from tags.conditions import comparison, reading
from tags.conditions.comparison import EQUALITY, ORDER, Comparison
from tags.conditions.faults import Fault
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build

MOST_PROPERTIES = 20
NUMBER = "CASE WHEN {text} ~ '^-?[0-9]{{1,15}}([.][0-9]{{1,10}})?$' THEN ({text})::numeric END"

Properties = tuple[tuple[str, Comparison], ...]


def parse(value: object, place: str) -> Properties:
    if not isinstance(value, dict):
        raise Fault(place, _("this must be an object"), _('Write {"name of the property": its value}.'))
    if len(value) > MOST_PROPERTIES:
        raise Fault(place, _("these are too many properties"), _("Name at most 20."))
    return tuple(
        (reading.text(key, place), _test(test, f"{place}.{key[:60]}")) for key, test in value.items()
    )


def _test(value: object, place: str) -> Comparison:
    if not isinstance(value, dict):
        return Comparison("=", plain(value, place))
    fields = reading.mapping(value, place, required=["op"], optional=["value"])
    numeric = fields["op"] in ORDER
    return comparison.parse(
        fields, place, read=reading.decimal if numeric else plain, ops=(*EQUALITY, *ORDER, "known")
    )


def plain(value: object, place: str) -> str:
    """As PostgreSQL's ->> shows it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(reading.integer(value, place, least=-(2**62), most=2**62))
    return reading.text(value, place)


def term(column: Sql, key: str, test: Comparison, setting: Setting) -> Sql:
    text = value(column, key)
    if test.op == "known":
        return build("{text} IS NOT NULL", text=text)
    return test.sql(number(text) if test.op in ORDER else text, setting.as_of)


def value(column: Sql, key: str) -> Sql:
    """The property as text."""
    return build("({column} ->> {key}::text)", column=column, key=key)


def number(text: Sql) -> Sql:
    """The text as a number; NULL where it is none."""
    return build(NUMBER, text=text)


def describe(properties: Properties) -> list[str]:
    return [f"{key} {test.describe()}" for key, test in properties]
