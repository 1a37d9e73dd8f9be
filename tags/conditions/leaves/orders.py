"""``orders``: an aggregate of a member's purchases, compared.

``{"aggregate": "count", "window": {"days": 90}, "where": {"category": ["fresh"]}, "op": ">=", "value": 2}``

Aggregates: count (of orders), amount (sum), average (amount an order), days (on which was ordered), first_at and
last_at (dates), days_since_last. Without ``op`` and ``value`` a count means at least one. Which orders count, and
for how much, is said in ``tags.conditions.purchases``.
"""

import dataclasses
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from members.models import Order
from tags.conditions import comparison, moments, reading, window
from tags.conditions.comparison import EQUALITY, ORDER, Comparison
from tags.conditions.leaves.where import ChannelFilter, PlaceFilter
from tags.conditions.purchases import BOUGHT, Purchases
from tags.conditions.setting import Setting
from tags.conditions.sources import Bought
from tags.conditions.sql import Sql, build

NUMBERS = (*EQUALITY, *ORDER)
WHERE = (*ChannelFilter.FIELDS, *PlaceFilter.FIELDS, "category", "sku", "status", "returned", "net", "amount")


@dataclass(frozen=True)
class Aggregate:
    label: str
    measure: str
    read: Callable[[object, str], object]
    without_orders: int | None = None


def _count(value: object, place: str) -> int:
    return reading.integer(value, place, least=0)


AGGREGATES = {
    "count": Aggregate(gettext_noop("number of orders"), "s.orders", _count, 0),
    "amount": Aggregate(
        gettext_noop("amount of orders"),
        "coalesce(s.amount, 0) + coalesce(s.unmatched, 0)",
        reading.decimal,
        0,
    ),
    "average": Aggregate(
        gettext_noop("average amount of an order"), "s.amount / nullif(s.orders, 0)", reading.decimal
    ),
    "days": Aggregate(gettext_noop("days with an order"), "coalesce(s.days, 0)", _count, 0),
    "first_at": Aggregate(gettext_noop("first order"), "s.first_day", comparison.day),
    "last_at": Aggregate(gettext_noop("last order"), "s.last_day", comparison.day),
    "days_since_last": Aggregate(
        gettext_noop("days since the last order"), "{today}::date - s.last_day", _count
    ),
}
AT_LEAST_ONE = Comparison(">=", 1)


@dataclass(frozen=True)
class Orders:
    aggregate: str
    purchases: Purchases
    comparison: Comparison
    inverse: bool = False

    def complement(self) -> "Orders | None":
        """Where members without any order are meant too: the leaf of those who are not."""
        nothing = AGGREGATES[self.aggregate].without_orders
        if nothing is None or self.inverse or not self.comparison.holds(Decimal(nothing)):
            return None
        return dataclasses.replace(self, inverse=True)

    def source(self) -> Bought:
        return Bought(self.purchases, days=self.aggregate == "days", unmatched=self.aggregate == "amount")

    def sql(self, setting: Setting) -> Sql:
        source = self.source()
        simple = self.aggregate == "count" and self.comparison == AT_LEAST_ONE and not self.inverse
        if simple and not setting.has(source):
            return source.anyone(setting)
        return build(
            "SELECT s.member_id FROM {table} s WHERE {test}",
            table=setting.table(source),
            test=self._test(setting.as_of),
        )

    def _test(self, as_of: dt.datetime) -> Sql:
        measure = build(AGGREGATES[self.aggregate].measure, today=moments.day_of(as_of))
        test = self.comparison.sql(measure, as_of)
        return build("NOT ({test})", test=test) if self.inverse else test

    def describe(self) -> str:
        said = (
            f"{_(AGGREGATES[self.aggregate].label)}{_described(self.purchases)} {self.comparison.describe()}"
        )
        return f"{said} {self.purchases.window.describe()}".strip()


def _described(purchases: Purchases) -> str:
    parts = [
        purchases.channel.describe() and _("through %(names)s") % {"names": purchases.channel.describe()},
        purchases.place.codes and _("at %(names)s") % {"names": purchases.place.describe()},
        purchases.categories and _("of %(names)s") % {"names": ", ".join(purchases.categories)},
        purchases.skus and _("of %(names)s") % {"names": ", ".join(purchases.skus)},
        purchases.statuses != BOUGHT
        and ", ".join(str(Order.Status(name).label) for name in purchases.statuses),
        purchases.amount and _("whose amount %(test)s") % {"test": purchases.amount.describe()},
        {None: "", True: _("with a return"), False: _("without a return")}[purchases.returned],
        "" if purchases.net else _("returns not deducted"),
    ]
    said = ", ".join(part for part in parts if part)
    return f" ({said})" if said else ""


def parse(value: object, place: str, context: object) -> Orders:
    fields = reading.mapping(
        value, place, required=["aggregate"], optional=["where", "window", "op", "value"]
    )
    at = reading.inside(place, "aggregate")
    name = reading.choice(fields["aggregate"], at, AGGREGATES, what=_("the aggregate"))
    default = (">=", 1) if name == "count" else None
    test = comparison.parse(fields, place, read=AGGREGATES[name].read, ops=NUMBERS, default=default)
    where = reading.mapping(fields.get("where", {}), reading.inside(place, "where"), optional=WHERE)
    timed = window.parse(fields.get("window"), reading.inside(place, "window"))
    return Orders(name, _purchases(where, reading.inside(place, "where"), timed, context), test)


def _purchases(where: dict, place: str, timed: window.Window, context: object) -> Purchases:
    def texts(name: str) -> tuple[str, ...]:
        return reading.many(where[name], reading.inside(place, name), reading.text) if name in where else ()

    def flag(name: str, default: bool | None) -> bool | None:
        return reading.flag(where[name], reading.inside(place, name)) if name in where else default

    returned = flag("returned", None)
    return Purchases(
        window=timed,
        channel=ChannelFilter.parse(where, place, context.catalogue),
        place=PlaceFilter.parse(where, place, context.catalogue),
        categories=texts("category"),
        skus=texts("sku"),
        statuses=_statuses(where, place),
        returned=returned,
        net=flag("net", returned is not True),
        amount=_amount(where, place),
    )


def _statuses(where: dict, place: str) -> tuple[str, ...]:
    if "status" not in where:
        return BOUGHT

    def status(value: object, at: str) -> str:
        return reading.choice(value, at, Order.Status.values, what=_("the status"))

    return reading.many(where["status"], reading.inside(place, "status"), status)


def _amount(where: dict, place: str) -> Comparison | None:
    if "amount" not in where:
        return None
    at = reading.inside(place, "amount")
    fields = reading.mapping(where["amount"], at, required=["op", "value"])
    return comparison.parse(fields, at, read=reading.decimal, ops=NUMBERS)
