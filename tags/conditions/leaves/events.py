"""``events``: how often something happened.

``{"name": "add_to_cart", "window": {"days": 7}, "where": {"properties": {"sku": "S1"}}, "op": ">=", "value": 2}``

Without ``op`` and ``value``: at least once. A property is compared as text with a plain value, or with ``op`` and
``value``: =, !=, in as text, <, <=, >, >=, between as numbers, known for being there at all.
"""

import dataclasses
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import comparison, form, reading, window
from tags.conditions.comparison import EQUALITY, ORDER, Comparison
from tags.conditions.faults import Fault
from tags.conditions.leaves.where import ChannelFilter, PlaceFilter
from tags.conditions.setting import Setting
from tags.conditions.sources import Happened
from tags.conditions.sql import Sql, build

WHERE = (*ChannelFilter.FIELDS, *PlaceFilter.FIELDS, "touchpoint", "properties")
MOST_PROPERTIES = 20


@dataclass(frozen=True)
class Events:
    happened: Happened
    comparison: Comparison
    inverse: bool = False

    def complement(self) -> "Events | None":
        if self.inverse or not self.comparison.holds(0):
            return None
        return dataclasses.replace(self, inverse=True)

    def source(self) -> Happened:
        return self.happened

    def sql(self, setting: Setting) -> Sql:
        if self.comparison == Comparison(">=", 1) and not self.inverse and not setting.has(self.happened):
            return self.happened.anyone(setting)
        return build(
            "SELECT s.member_id FROM {table} s WHERE {negation}({test})",
            table=setting.table(self.happened),
            negation=Sql("NOT " if self.inverse else ""),
            test=self.test(self.happened.columns(Sql("s.")), setting),
        )

    def measured(self, columns: dict[str, Sql], _setting: Setting) -> Sql:
        """How many; 0 of a member without such events."""
        return build("coalesce({events}, 0)", **columns)

    def test(self, columns: dict[str, Sql], setting: Setting) -> Sql:
        return self.comparison.sql(self.measured(columns, setting), setting.as_of)

    def signals(self) -> set[str]:
        return {f"event.{name}" for name in self.happened.names}

    def describe(self) -> str:
        what = self.happened
        filters = [what.channel.describe(), what.place.describe(), *what.touchpoints]
        filters += [f"{key} {test.describe()}" for key, test in what.properties]
        said = ", ".join(part for part in filters if part)
        head = _("number of events %(names)s") % {"names": ", ".join(what.names)}
        where = f" ({said})" if said else ""
        return f"{head}{where} {self.comparison.describe()} {what.window.describe()}".strip()


FORM = form.Form(
    gettext_noop("events"),
    (
        form.pick("name", gettext_noop("event"), "event", many=True),
        form.compared("value", gettext_noop("how often"), optional=True),
        form.window(),
        *form.places(),
        form.pick("where.touchpoint", gettext_noop("touchpoint"), "touchpoint", optional=True, many=True),
        form.Field("where.properties", gettext_noop("properties"), form.Case("properties"), optional=True),
    ),
)


def parse(value: object, place: str, context: object) -> Events:
    fields = reading.mapping(value, place, required=["name"], optional=["where", "window", "op", "value"])

    def count(number: object, at: str) -> int:
        return reading.integer(number, at, least=0)

    at_where = reading.inside(place, "where")
    where = reading.mapping(fields.get("where", {}), at_where, optional=WHERE)
    touchpoints = (
        reading.many(where["touchpoint"], reading.inside(at_where, "touchpoint"), reading.text)
        if "touchpoint" in where
        else ()
    )
    happened = Happened(
        names=reading.many(fields["name"], reading.inside(place, "name"), reading.text),
        window=window.parse(fields.get("window"), reading.inside(place, "window")),
        channel=ChannelFilter.parse(where, at_where, context.catalogue),
        place=PlaceFilter.parse(where, at_where, context.catalogue),
        touchpoints=touchpoints,
        properties=_properties(where.get("properties", {}), reading.inside(at_where, "properties")),
        needs=("events",),
    )
    test = comparison.parse(fields, place, read=count, ops=(*EQUALITY, *ORDER), default=(">=", 1))
    return Events(happened, test)


def _properties(value: object, place: str) -> tuple[tuple[str, Comparison], ...]:
    if not isinstance(value, dict):
        raise Fault(place, _("this must be an object"), _('Write {"name of the property": its value}.'))
    if len(value) > MOST_PROPERTIES:
        raise Fault(place, _("these are too many properties"), _("Name at most 20."))
    return tuple((reading.text(key, place), _test(test, f"{place}.{key}")) for key, test in value.items())


def _test(value: object, place: str) -> Comparison:
    if not isinstance(value, dict):
        return Comparison("=", _plain(value, place))
    fields = reading.mapping(value, place, required=["op"], optional=["value"])
    numeric = fields["op"] in ORDER
    return comparison.parse(
        fields, place, read=reading.decimal if numeric else _plain, ops=(*EQUALITY, *ORDER, "known")
    )


def _plain(value: object, place: str) -> str:
    """As PostgreSQL's ->> shows it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(reading.integer(value, place, least=-(2**62), most=2**62))
    return reading.text(value, place)
