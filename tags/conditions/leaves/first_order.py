"""``first_order``: through which channel, where or when the first purchase was made.

``{"where": {"source_class": "offline"}, "window": {"days": 30}}``. The first purchase that was not given back.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import form, reading, window
from tags.conditions.setting import Setting
from tags.conditions.sources import First
from tags.conditions.sql import Sql, also, build
from tags.conditions.turning import Turn
from tags.conditions.where import ChannelFilter, PlaceFilter
from tags.conditions.window import Window


@dataclass(frozen=True)
class FirstOrder:
    channel: ChannelFilter
    place: PlaceFilter
    window: Window

    def source(self) -> First:
        return First()

    def sql(self, setting: Setting) -> Sql:
        return build(
            "SELECT s.member_id FROM {table} s WHERE {test}",
            table=setting.table(self.source()),
            test=self.test(self.source().columns(Sql("s.")), setting),
        )

    def test(self, columns: dict[str, Sql], setting: Setting) -> Sql:
        return build(
            "{at} IS NOT NULL{when}{terms}",
            at=columns["occurred_at"],
            when=self.window.terms(columns["occurred_at"], setting.as_of),
            terms=also(
                [
                    self.channel.sql(columns["channel_id"], setting.catalogue),
                    self.place.sql(columns["organization_id"], setting.catalogue),
                ]
            ),
        )

    def turns(self, columns: dict[str, Sql], setting: Setting) -> list[Turn]:
        return self.window.turns(columns["occurred_at"], setting.as_of)

    def signals(self) -> set[str]:
        return {"orders"}

    def describe(self) -> str:
        parts = [
            _("first order"),
            self.channel.describe() and _("through %(names)s") % {"names": self.channel.describe()},
            self.place.codes and _("at %(names)s") % {"names": self.place.describe()},
            self.window.describe(),
        ]
        return " ".join(part for part in parts if part)


FORM = form.Form(gettext_noop("first order"), (*form.places(), form.window()))


def parse(value: object, place: str, context: object) -> FirstOrder:
    fields = reading.mapping(value, place, optional=["where", "window"])
    at_where = reading.inside(place, "where")
    allowed = [*ChannelFilter.FIELDS, *PlaceFilter.FIELDS]
    where = reading.mapping(fields.get("where", {}), at_where, optional=allowed)
    return FirstOrder(
        ChannelFilter.parse(where, at_where, context.catalogue),
        PlaceFilter.parse(where, at_where, context.catalogue),
        window.parse(fields.get("window"), reading.inside(place, "window")),
    )
