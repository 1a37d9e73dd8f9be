"""``first_order``: through which channel, where or when the first purchase was made.

``{"where": {"source_class": "offline"}, "window": {"days": 30}}``. The first purchase that was not given back.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from tags.conditions import reading, window
from tags.conditions.leaves.where import ChannelFilter, PlaceFilter
from tags.conditions.purchases import Purchases
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, also, build
from tags.conditions.window import Window

# Of several orders at the same moment any one may be the first.
FIRST = """
SELECT f.member_id FROM (
    SELECT a.member_id, min(p.occurred_at) AS first_at
    FROM ({purchases}) p JOIN members_account a ON a.id = p.account_id GROUP BY a.member_id
) f
JOIN members_account a ON a.member_id = f.member_id
JOIN members_order o ON o.account_id = a.id AND o.occurred_at = f.first_at
WHERE {inside}{terms}"""


@dataclass(frozen=True)
class FirstOrder:
    channel: ChannelFilter
    place: PlaceFilter
    window: Window

    def sql(self, setting: Setting) -> Sql:
        return build(
            FIRST,
            purchases=Purchases().sql(setting),
            inside=build("TRUE{when}", when=self.window.terms(Sql("o.occurred_at"), setting.as_of)),
            terms=also(
                [
                    self.channel.sql(Sql("o.channel_id"), setting.catalogue),
                    self.place.sql(Sql("o.organization_id"), setting.catalogue),
                    setting.sold_here(Sql("o.organization_id")),
                ]
            ),
        )

    def describe(self) -> str:
        parts = [
            _("first order"),
            self.channel.describe() and _("through %(names)s") % {"names": self.channel.describe()},
            self.place.codes and _("at %(names)s") % {"names": self.place.describe()},
            self.window.describe(),
        ]
        return " ".join(part for part in parts if part)


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
