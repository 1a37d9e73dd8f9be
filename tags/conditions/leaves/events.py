"""``events``: how often something happened.

``{"name": "add_to_cart", "window": {"days": 7}, "where": {"properties": {"sku": "S1"}}, "op": ">=", "value": 2}``

Without ``op`` and ``value``: at least once. A property is compared as text with a plain value, or with ``op`` and
``value``: =, !=, in as text, <, <=, >, >=, between as numbers, known for being there at all.
"""

import dataclasses
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tags.conditions import comparison, reading, window
from tags.conditions.comparison import EQUALITY, ORDER, Comparison
from tags.conditions.faults import Fault
from tags.conditions.leaves.where import ChannelFilter, PlaceFilter
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build
from tags.conditions.window import Window

WHERE = (*ChannelFilter.FIELDS, *PlaceFilter.FIELDS, "touchpoint", "properties")
NUMBER = "CASE WHEN {text} ~ '^-?[0-9]{{1,15}}([.][0-9]{{1,10}})?$' THEN ({text})::numeric END"
MOST_PROPERTIES = 20


@dataclass(frozen=True)
class Events:
    names: tuple[str, ...]
    window: Window
    channel: ChannelFilter
    place: PlaceFilter
    touchpoints: tuple[str, ...]
    properties: tuple[tuple[str, Comparison], ...]
    comparison: Comparison
    inverse: bool = False

    def complement(self) -> "Events | None":
        if self.inverse or not self.comparison.holds(0):
            return None
        return dataclasses.replace(self, inverse=True)

    def sql(self, setting: Setting) -> Sql:
        return build(
            "SELECT a.member_id FROM members_event e JOIN members_account a ON a.id = e.account_id"
            " WHERE e.name = ANY({names}){when}{terms}{having}",
            names=list(self.names),
            when=self.window.terms(Sql("e.occurred_at"), setting.as_of),
            terms=also(self._terms(setting)),
            having=self._having(setting),
        )

    def _terms(self, setting: Setting) -> list[Sql]:
        return [
            self.channel.sql(Sql("e.channel_id"), setting.catalogue),
            self.place.sql(Sql("e.organization_id"), setting.catalogue),
            build("e.touchpoint = ANY({names})", names=list(self.touchpoints)) if self.touchpoints else Sql(),
            *(_property(key, test, setting) for key, test in self.properties),
            setting.seen_here(Sql("e.organization_id")),
            setting.only_accounts(Sql("e.account_id")),
        ]

    def _having(self, setting: Setting) -> Sql:
        if self.comparison == Comparison(">=", 1) and not self.inverse:
            return Sql()
        return build(
            " GROUP BY a.member_id HAVING {negation}({test})",
            negation=Sql("NOT " if self.inverse else ""),
            test=self.comparison.sql(Sql("count(*)"), setting.as_of),
        )

    def describe(self) -> str:
        filters = [self.channel.describe(), self.place.describe(), *self.touchpoints]
        filters += [f"{key} {test.describe()}" for key, test in self.properties]
        said = ", ".join(part for part in filters if part)
        head = _("number of events %(names)s") % {"names": ", ".join(self.names)}
        where = f" ({said})" if said else ""
        return f"{head}{where} {self.comparison.describe()} {self.window.describe()}".strip()


def _property(key: str, test: Comparison, setting: Setting) -> Sql:
    text = build("(e.properties ->> {key}::text)", key=key)
    if test.op == "known":
        return build("{text} IS NOT NULL", text=text)
    return test.sql(build(NUMBER, text=text) if test.op in ORDER else text, setting.as_of)


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
    return Events(
        names=reading.many(fields["name"], reading.inside(place, "name"), reading.text),
        window=window.parse(fields.get("window"), reading.inside(place, "window")),
        channel=ChannelFilter.parse(where, at_where, context.catalogue),
        place=PlaceFilter.parse(where, at_where, context.catalogue),
        touchpoints=touchpoints,
        properties=_properties(where.get("properties", {}), reading.inside(at_where, "properties")),
        comparison=comparison.parse(fields, place, read=count, ops=(*EQUALITY, *ORDER), default=(">=", 1)),
    )


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
