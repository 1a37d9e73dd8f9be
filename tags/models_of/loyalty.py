"""Loyalty of a buyer as a score from 0 to 100: does he come back, since when, is he in touch, does he bring others.

    score = 40 · min(orders of 365 days, 12) / 12 + 30 · min(days since the first purchase, 1095) / 1095
          + 20 · min(interactions of 90 days, 20) / 20 + 10 · min(invitations, 5) / 5

An additive index of the four behaviours that Reichheld, "The Loyalty Effect" (1996), names; weights and full marks are the
house's and may be set. 9 orders, 730 days, 18 interactions and 5 invitations: 30 + 20 + 18 + 10 = 78. Who never bought has
no score.
"""

import functools
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import moments, reading
from tags.conditions.faults import Fault
from tags.conditions.purchases import Purchases
from tags.conditions.setting import Setting
from tags.conditions.sources import Bought
from tags.conditions.sql import Sql, build
from tags.conditions.window import EVER, Window
from tags.models_of import everyone, interactions

CODE = "loyalty_score"
VERSION = "1"
SHAPE = "number"
SORT = "score"
FORMULA = gettext_noop(
    "40 · orders of a year (full at 12) + 30 · days since the first purchase (full at 1,095) + 20 · interactions of 90 days"
    " (full at 20) + 10 · invitations (full at 5). An additive index after Reichheld 1996."
)
VALUES = ()
PARTS = ("repurchase", "duration", "activity", "recommendation")
WEIGHTS = (Decimal(40), Decimal(30), Decimal(20), Decimal(10))
FULL = (Decimal(12), Decimal(1_095), Decimal(20), Decimal(5))
YEAR, SEASON = 365, 90

ROWS = """
SELECT b.member_id,
       round({repurchase}::numeric * least(coalesce(y.orders, 0) / {full_repurchase}::numeric, 1)
           + {duration}::numeric * least(({today}::date - (b.first_at AT TIME ZONE {zone})::date) / {full_duration}::numeric, 1)
           + {activity}::numeric * least(coalesce(i.events, 0) / {full_activity}::numeric, 1)
           + {recommendation}::numeric * least(coalesce(r.events, 0) / {full_recommendation}::numeric, 1), 2)::float8
           AS number
FROM {bought} b
LEFT JOIN {year} y ON y.member_id = b.member_id
LEFT JOIN {acted} i ON i.member_id = b.member_id
LEFT JOIN {invited} r ON r.member_id = b.member_id
WHERE b.orders > 0{here}"""


@dataclass(frozen=True)
class Loyalty:
    """``weights`` (sum 100) and ``full`` marks in the order of PARTS."""

    weights: tuple[Decimal, ...] = WEIGHTS
    full: tuple[Decimal, ...] = FULL

    def signals(self) -> set[str]:
        return {"orders", *(f"event.{name}" for name in interactions.NAMES)}

    def sources(self) -> tuple:
        """Bought ever, bought in a year, interactions of a season, invitations."""
        return (
            Bought(Purchases(), needs=("orders", "first_at")),
            Bought(Purchases(window=Window(days=YEAR)), needs=("orders",)),
            interactions.within(days=SEASON),
            interactions.happened(("referral",), EVER),
        )

    def rows(self, setting: Setting, _fitted: dict | None = None) -> Sql:
        bought, year, acted, invited = (setting.table(source) for source in self.sources())
        marks = {f"full_{part}": mark for part, mark in zip(PARTS, self.full, strict=True)}
        return build(
            ROWS,
            **dict(zip(PARTS, self.weights, strict=True)),
            **marks,
            today=moments.day_of(setting.as_of),
            zone=str(moments.zone()),
            bought=bought,
            year=year,
            acted=acted,
            invited=invited,
            here=everyone.here(setting, Sql("b.member_id")),
        )


def parse(parameters: object, place: str = "parameters") -> Loyalty:
    """``{"weights": {"repurchase": 40, …}, "full": {"repurchase": 12, …}}``; all may be left out."""
    fields = reading.mapping(parameters, place, optional=["weights", "full"])
    return from_fields(fields, place)


def from_fields(fields: dict, place: str) -> Loyalty:
    at = functools.partial(reading.inside, place)
    weights = _four(fields.get("weights", {}), at("weights"), WEIGHTS)
    if sum(weights) != 100:
        raise Fault(
            at("weights"),
            _("the weights sum to %(sum)s") % {"sum": sum(weights)},
            _("Make them sum to 100."),
        )
    return Loyalty(weights, _four(fields.get("full", {}), at("full"), FULL, above_zero=True))


def _four(
    value: object, place: str, usual: tuple[Decimal, ...], *, above_zero: bool = False
) -> tuple[Decimal, ...]:
    given = reading.mapping(value, place, optional=PARTS)
    found = tuple(
        reading.decimal(given[part], reading.inside(place, part)) if part in given else default
        for part, default in zip(PARTS, usual, strict=True)
    )
    for part, number in zip(PARTS, found, strict=True):
        if number < 0 or (above_zero and number == 0):
            raise Fault(
                reading.inside(place, part), _("this number is out of range"), _("Choose one above zero.")
            )
    return found
