"""``orders``: an aggregate of a member's purchases, compared.

``{"aggregate": "count", "window": {"days": 90}, "where": {"category": ["fresh"]}, "op": ">=", "value": 2}``

Aggregates: count (of orders), amount (sum), average (amount an order), days (on which was ordered), first_at and
last_at (dates), days_since_last. Without ``op`` and ``value`` a count means at least one. Which orders count, and
for how much, is said in ``tags.conditions.purchases``.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import comparison, form, moments, reading, turning, window
from tags.conditions.comparison import EQUALITY, ORDER, Comparison
from tags.conditions.leaves import order_filters
from tags.conditions.purchases import Purchases
from tags.conditions.setting import Setting
from tags.conditions.sources import Bought, BoughtByDay
from tags.conditions.sql import Sql, build
from tags.conditions.turning import Turn

NUMBERS = (*EQUALITY, *ORDER)

DAY = "({{{column}}} AT TIME ZONE {{zone}})::date"
FIRST_DAY, LAST_DAY = DAY.format(column="first_at"), DAY.format(column="last_at")


@dataclass(frozen=True)
class Aggregate:
    """``measure``: an expression over columns of the source; ``needs``: which; ``without_orders``: what it is of nobody."""

    label: str
    measure: str
    needs: tuple[str, ...]
    read: Callable[[object, str], object]
    without_orders: int | None = None


def _count(value: object, place: str) -> int:
    return reading.integer(value, place, least=0)


AGGREGATES = {
    "count": Aggregate(gettext_noop("number of orders"), "coalesce({orders}, 0)", ("orders",), _count, 0),
    "amount": Aggregate(
        gettext_noop("amount of orders"),
        "coalesce({amount}, 0) + coalesce({unmatched}, 0)",
        ("amount", "unmatched"),
        reading.decimal,
        0,
    ),
    "average": Aggregate(
        gettext_noop("average amount of an order"),
        "{amount} / nullif({orders}, 0)",
        ("orders", "amount"),
        reading.decimal,
    ),
    "days": Aggregate(gettext_noop("days with an order"), "coalesce({days}, 0)", ("days",), _count, 0),
    "first_at": Aggregate(gettext_noop("first order"), FIRST_DAY, ("first_at",), comparison.day),
    "last_at": Aggregate(gettext_noop("last order"), LAST_DAY, ("last_at",), comparison.day),
    "days_since_last": Aggregate(
        gettext_noop("days since the last order"), f"{{today}}::date - {LAST_DAY}", ("last_at",), _count
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

    def source(self) -> Bought | BoughtByDay:
        if self.aggregate == "days":
            return BoughtByDay(self.purchases)
        needs = (*AGGREGATES[self.aggregate].needs, *self.purchases.window.needed)
        return Bought(self.purchases, needs=tuple(dict.fromkeys(needs)))

    def sql(self, setting: Setting) -> Sql:
        source = self.source()
        simple = self.aggregate == "count" and self.comparison == AT_LEAST_ONE and not self.inverse
        if simple and not setting.has(source):
            return source.anyone(setting)
        return build(
            "SELECT s.member_id FROM {table} s WHERE {test}",
            table=setting.table(source),
            test=self.test(self.source().columns(Sql("s.")), setting),
        )

    def measured(self, columns: dict[str, Sql], setting: Setting) -> Sql:
        """A number, or a day: of a member without such orders what it is of nobody, or NULL."""
        return build(
            AGGREGATES[self.aggregate].measure,
            today=moments.day_of(setting.as_of),
            zone=str(moments.zone()),
            **columns,
        )

    def test(self, columns: dict[str, Sql], setting: Setting) -> Sql:
        test = self.comparison.sql(self.measured(columns, setting), setting.as_of)
        return build("NOT ({test})", test=test) if self.inverse else test

    def turns(self, columns: dict[str, Sql], setting: Setting) -> list[Turn]:
        """When the oldest order leaves the window, or a day is reached that the comparison speaks of."""
        leaves = self.purchases.window.turns_of(columns, setting.as_of)
        day = {"first_at": "first_at", "last_at": "last_at", "days_since_last": "last_at"}.get(self.aggregate)
        if not day:
            return leaves
        reached = turning.days_later(columns[day], turning.elapsed(self.comparison.ages()), setting.as_of)
        return [*leaves, *reached]

    def signals(self) -> set[str]:
        bought = {"orders", "orders.category"} if self.purchases.categories else {"orders"}
        return bought if self.purchases.returned is None else bought | {"returns"}

    def describe(self) -> str:
        said = (
            f"{_(AGGREGATES[self.aggregate].label)}{_described(self.purchases)} {self.comparison.describe()}"
        )
        return f"{said} {self.purchases.window.describe()}".strip()


def _described(purchases: Purchases) -> str:
    said = ", ".join(order_filters.filters(purchases))
    return f" ({said})" if said else ""


KINDS = {reading.decimal: "money", comparison.day: "date", _count: "number"}
FORM = form.Form(
    gettext_noop("orders"),
    (
        form.choice(
            "aggregate",
            gettext_noop("figure"),
            [(name, each.label) for name, each in AGGREGATES.items()],
            default="count",
        ),
        form.compared_by(
            "aggregate", {name: form.Case(KINDS[each.read], NUMBERS) for name, each in AGGREGATES.items()}
        ),
        form.window(),
        *order_filters.asked(),
    ),
)


def parse(value: object, place: str, context: object) -> Orders:
    fields = reading.mapping(
        value, place, required=["aggregate"], optional=["where", "window", "op", "value"]
    )
    at = reading.inside(place, "aggregate")
    name = reading.choice(fields["aggregate"], at, AGGREGATES, what=_("the aggregate"))
    default = (">=", 1) if name == "count" else None
    test = comparison.parse(fields, place, read=AGGREGATES[name].read, ops=NUMBERS, default=default)
    timed = window.parse(fields.get("window"), reading.inside(place, "window"))
    return Orders(name, order_filters.orders(fields, place, timed, context), test)
