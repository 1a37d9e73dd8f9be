"""Purchasing power and price level: where a buyer's average order stands among those of all buyers.

Two percentiles of all buyers' average amounts are the bounds; above the upper one is high, up to the lower one low.
Percentiles by linear interpolation (Hyndman & Fan 1996, type 7). With fewer than 20 buyers there is no scale: nobody is
tagged.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import reading, window
from tags.conditions.faults import Fault
from tags.conditions.purchases import Purchases
from tags.conditions.setting import Setting
from tags.conditions.sources import Bought
from tags.conditions.sql import Sql, build
from tags.conditions.window import EVER, Window
from tags.models_of import everyone
from tags.models_of.learning import Columns, Fitted, TooLittle

CODE = "percentiles"
VERSION = "1"
SHAPE = "one"
SORT = "layer"
FORMULA = gettext_noop(
    "Average amount of a buyer's orders against two percentiles of those of all buyers: above the upper one high, up to"
    " the lower one low. Percentiles by linear interpolation, Hyndman and Fan 1996, type 7."
)
VALUES = (
    ("low", gettext_noop("Low"), "低"),
    ("middle", gettext_noop("Middle"), "中"),
    ("high", gettext_noop("High"), "高"),
)
PERCENTILES = (Decimal(20), Decimal(80))
ENOUGH = 20

AVERAGE = (
    "SELECT s.member_id, (s.amount / s.orders)::float8 AS average FROM {bought} s WHERE s.orders > 0{here}"
)
ROWS = """
SELECT v.member_id,
       CASE WHEN v.average > {upper}::float8 THEN 'high' WHEN v.average > {lower}::float8 THEN 'middle' ELSE 'low' END::text
           AS code
FROM ({averages}) v"""


@dataclass(frozen=True)
class Percentiles:
    percentiles: tuple[Decimal, ...] = PERCENTILES
    window: Window = EVER

    def source(self) -> Bought:
        return Bought(Purchases(window=self.window), needs=("orders", "amount"))

    def signals(self) -> set[str]:
        return {"orders"}

    def sources(self) -> tuple:
        return (self.source(),)

    def learns(self, setting: Setting) -> Sql:
        return build("SELECT v.average FROM ({averages}) v", averages=self._averages(setting))

    def fitted(self, columns: Columns, *, as_of: object) -> Fitted:
        """The two bounds, in money."""
        averages = columns["average"]
        if len(averages) < ENOUGH:
            raise TooLittle(
                _("A scale needs at least %(least)d buyers; found: %(found)d.")
                % {"found": len(averages), "least": ENOUGH}
            )
        lower, upper = np.percentile(averages, [float(each) for each in self.percentiles])
        if lower == upper:
            raise TooLittle(
                _("So many buyers pay the same, %(amount).2f, that there are no levels.") % {"amount": lower}
            )
        bounds = {"lower": round(float(lower), 4), "upper": round(float(upper), 4)}
        return Fitted(bounds, members=len(averages))

    def told(self, fitted: Mapping | None = None) -> dict[str, str]:
        """With the bounds that were found, once they are."""
        if not fitted:
            return {}
        lower, upper = (f"{fitted[name]:,.2f}" for name in ("lower", "upper"))
        low, high = (f"{each.normalize():f}" for each in self.percentiles)
        return {
            "low": _("up to %(amount)s an order (percentile %(share)s)") % {"amount": lower, "share": low},
            "middle": _("above %(lower)s, up to %(upper)s") % {"lower": lower, "upper": upper},
            "high": _("above %(amount)s an order (percentile %(share)s)") % {"amount": upper, "share": high},
        }

    def rows(self, setting: Setting, fitted: Mapping) -> Sql:
        return build(ROWS, lower=fitted["lower"], upper=fitted["upper"], averages=self._averages(setting))

    def _averages(self, setting: Setting) -> Sql:
        here = everyone.here(setting, Sql("s.member_id"))
        return build(AVERAGE, bought=setting.table(self.source()), here=here)


def parse(parameters: object, place: str = "parameters") -> Percentiles:
    """``{"percentiles": [20, 80], "window": {"days": 365}}``; both may be left out."""
    fields = reading.mapping(parameters, place, optional=["percentiles", "window"])
    at = functools.partial(reading.inside, place)
    return Percentiles(
        percentiles=_percentiles(fields.get("percentiles", [20, 80]), at("percentiles")),
        window=window.parse(fields.get("window"), at("window")),
    )


def _percentiles(value: object, place: str) -> tuple[Decimal, ...]:
    if isinstance(value, list) and len(value) == len(PERCENTILES):
        lower, upper = (reading.decimal(each, f"{place}[{number}]") for number, each in enumerate(value))
        if 0 < lower < upper < 100:
            return (lower, upper)
    raise Fault(place, _("these are no percentiles"), _("Write two that rise, such as [20, 80]."))
