"""Fan activeness: how often somebody did something with the brand in the last 90 days.

Bounds 5 and 20: none to 4 interactions low, 5 to 19 medium, from 20 high. Everybody has a level: silence is known, too.
"""

import functools
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import reading
from tags.conditions.setting import Setting
from tags.conditions.sources import Happened
from tags.conditions.sql import Sql, build
from tags.models_of import bands, everyone, interactions

CODE = "activeness"
VERSION = "1"
SHAPE = "one"
SORT = "layer"
FORMULA = gettext_noop(
    "Number of interactions (looks, searches, carts, comments, shares, …) in 90 days against the bounds 5 and 20, the lower"
    " bound included. A count; nothing is estimated."
)
VALUES = (
    ("low", gettext_noop("Low"), "低"),
    ("medium", gettext_noop("Medium"), "中"),
    ("high", gettext_noop("High"), "高"),
)
CODES = tuple(code for code, _english, _chinese in VALUES)
DAYS = 90
BOUNDS = (Decimal(5), Decimal(20))

ROWS = """
SELECT e.member_id, {code} AS code FROM ({everyone}) e LEFT JOIN {happened} s ON s.member_id = e.member_id"""


@dataclass(frozen=True)
class Activeness:
    days: int = DAYS
    bounds: tuple[Decimal, ...] = BOUNDS
    events: tuple[str, ...] = interactions.NAMES

    def source(self) -> Happened:
        return interactions.within(days=self.days, names=self.events)

    def signals(self) -> set[str]:
        return {f"event.{name}" for name in self.events}

    def sources(self) -> tuple:
        return (self.source(),)

    def told(self, _fitted: dict | None = None) -> dict[str, str]:
        return bands.told(self.bounds, CODES, unit=_("interactions in %(days)d days") % {"days": self.days})

    def rows(self, setting: Setting, _fitted: dict | None = None) -> Sql:
        return build(
            ROWS,
            code=bands.code_of(Sql("coalesce(s.events, 0)"), self.bounds, CODES),
            everyone=everyone.of(setting),
            happened=setting.table(self.source()),
        )


def parse(parameters: object, place: str = "parameters") -> Activeness:
    """``{"days": 90, "bounds": [5, 20], "events": ["share", …]}``; all may be left out."""
    fields = reading.mapping(parameters, place, optional=["days", "bounds", "events"])
    at = functools.partial(reading.inside, place)
    return Activeness(
        days=reading.integer(fields.get("days", DAYS), at("days"), least=1, most=36_500),
        bounds=bands.parse(
            fields.get("bounds", [int(bound) for bound in BOUNDS]), at("bounds"), count=2, least=Decimal(0)
        ),
        events=reading.many(fields.get("events", list(interactions.NAMES)), at("events"), reading.text),
    )
