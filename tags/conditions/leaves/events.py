"""``events``: how often something happened, or another figure of it.

``{"name": "add_to_cart", "window": {"days": 7}, "where": {"properties": {"sku": "S1"}}, "op": ">=", "value": 2}``

Aggregates: count (left out: that), first_at, last_at, days_since_last; of a ``property``: distinct, sum, average, min, max;
share: in percent, of the events that have the properties in ``of``. Without ``op`` and ``value`` a count means at least once.
"""

import dataclasses
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import form, properties, reading, window
from tags.conditions.comparison import Comparison
from tags.conditions.faults import Fault
from tags.conditions.leaves import measured
from tags.conditions.leaves.measured import Figure, Measured
from tags.conditions.setting import Setting
from tags.conditions.sources import Happened
from tags.conditions.sources_of_events import Told
from tags.conditions.sql import Sql, build
from tags.conditions.turning import Turn
from tags.conditions.where import ChannelFilter, PlaceFilter

WHERE = (*ChannelFilter.FIELDS, *PlaceFilter.FIELDS, "touchpoint", "properties")
OF_PROPERTY = {
    "distinct": Figure(gettext_noop("different “%(property)s” of"), "coalesce({different}, 0)", nothing=0),
    "sum": Figure(gettext_noop("sum of “%(property)s” of"), "coalesce({total}, 0)", reading.decimal, 0),
    "average": Figure(gettext_noop("average “%(property)s” of"), "{mean}", reading.decimal),
    "min": Figure(gettext_noop("least “%(property)s” of"), "{least}", reading.decimal),
    "max": Figure(gettext_noop("greatest “%(property)s” of"), "{greatest}", reading.decimal),
}
FIGURES = {
    "count": Figure(gettext_noop("number of"), "coalesce({events}, 0)", nothing=0),
    **OF_PROPERTY,
    "share": Figure(
        gettext_noop("percent of"), "100 * {part} / nullif({events}, 0)::numeric", reading.decimal
    ),
    **measured.dated(
        gettext_noop("first of"), gettext_noop("last of"), gettext_noop("days since the last of")
    ),
}


@dataclass(frozen=True)
class Events:
    """How many."""

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
            "SELECT s.member_id FROM {table} s WHERE {test}",
            table=setting.table(self.happened),
            test=self.test(self.happened.columns(Sql("s.")), setting),
        )

    def measured(self, columns: dict[str, Sql], _setting: Setting) -> Sql:
        """How many; 0 of a member without such events."""
        return build("coalesce({events}, 0)", **columns)

    def test(self, columns: dict[str, Sql], setting: Setting) -> Sql:
        test = self.comparison.sql(self.measured(columns, setting), setting.as_of)
        return build("NOT ({test})", test=test) if self.inverse else test

    def turns(self, columns: dict[str, Sql], setting: Setting) -> list[Turn]:
        return self.happened.window.turns_of(columns, setting.as_of)

    def signals(self) -> set[str]:
        return {f"event.{name}" for name in self.happened.names}

    def describe(self) -> str:
        head = measured.among(_("number of events %(names)s") % _named(self.happened), filters(self.happened))
        return f"{head} {self.comparison.describe()} {self.happened.window.describe()}".strip()


def _named(happened: Happened) -> dict[str, str]:
    return {"names": ", ".join(happened.names)}


def filters(happened: Happened) -> list[str]:
    """Which events are meant, in words."""
    place = [happened.channel.describe(), happened.place.describe()]
    return [*place, *happened.touchpoints, *properties.describe(happened.properties)]


FORM = form.Form(
    gettext_noop("events"),
    (
        form.pick("name", gettext_noop("event"), "event", many=True),
        *measured.asked(FIGURES),
        form.Field(
            "property",
            gettext_noop("property"),
            form.Case("text"),
            optional=True,
            by="aggregate",
            cases={name: form.Case("text") for name in OF_PROPERTY},
        ),
        form.Field(
            "of",
            gettext_noop("share of those with"),
            form.of_events("properties"),
            optional=True,
            by="aggregate",
            cases={"share": form.of_events("properties")},
        ),
        form.window(),
        *form.places(),
        form.pick("where.touchpoint", gettext_noop("touchpoint"), "touchpoint", optional=True, many=True),
        form.Field(
            "where.properties", gettext_noop("properties"), form.of_events("properties"), optional=True
        ),
    ),
)


def parse(value: object, place: str, context: object) -> Events | Measured:
    optional = ["aggregate", "property", "of", "where", "window", "op", "value"]
    fields = reading.mapping(value, place, required=["name"], optional=optional)
    name, test = measured.compared(fields, place, FIGURES)
    timed = window.parse(fields.get("window"), reading.inside(place, "window"))
    what, part = _property(fields, place, name), _part(fields, place, name)
    meant = happened(fields, place, timed, context)
    if name == "count":
        return Events(meant, test)
    dated = dataclasses.replace(meant, needs=("first_at", "last_at", *timed.needed))
    told = Told(meant, what, part) if what or part else dated
    said = f"{_(FIGURES[name].label)} {_('events %(names)s') % _named(meant)}"
    return Measured(
        figure=FIGURES[name],
        measures=told,
        window=timed,
        comparison=test,
        needed=frozenset(f"event.{each}" for each in meant.names),
        said=measured.among(
            said % {"property": what} if what else said, [*properties.describe(part), *filters(meant)]
        ),
    )


def happened(fields: dict, place: str, timed: window.Window, context: object) -> Happened:
    """``name`` and ``where``: which events are meant."""
    at = reading.inside(place, "where")
    where = reading.mapping(fields.get("where", {}), at, optional=WHERE)
    touchpoints = ()
    if "touchpoint" in where:
        touchpoints = reading.many(where["touchpoint"], reading.inside(at, "touchpoint"), reading.text)
    return Happened(
        names=reading.many(fields["name"], reading.inside(place, "name"), reading.text),
        window=timed,
        channel=ChannelFilter.parse(where, at, context.catalogue),
        place=PlaceFilter.parse(where, at, context.catalogue),
        touchpoints=touchpoints,
        properties=properties.parse(where.get("properties", {}), reading.inside(at, "properties")),
        needs=("events", *timed.needed),
    )


def _property(fields: dict, place: str, aggregate: str) -> str:
    at = reading.inside(place, "property")
    if aggregate in OF_PROPERTY:
        if "property" not in fields:
            raise Fault(place, _("the field “property” is missing"), _("Name the property of the events."))
        return reading.text(fields["property"], at)
    if "property" in fields:
        names = ", ".join(OF_PROPERTY)
        raise Fault(
            at,
            _("“%(name)s” is of no property") % {"name": aggregate},
            _("Leave it out, or ask for one of %(names)s.") % {"names": names},
        )
    return ""


def _part(fields: dict, place: str, aggregate: str) -> properties.Properties:
    at = reading.inside(place, "of")
    if aggregate == "share":
        part = properties.parse(fields.get("of", {}), at)
        if not part:
            raise Fault(at, _("a share of what is not said"), _('Write {"name of the property": its value}.'))
        return part
    if "of" in fields:
        raise Fault(at, _("only a share has “of”"), _("Leave it out, or ask for the aggregate share."))
    return ()
