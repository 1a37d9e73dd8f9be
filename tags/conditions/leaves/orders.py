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

from members.models import Order
from tags.conditions import comparison, form, moments, properties, reading, turning, window
from tags.conditions.comparison import EQUALITY, ORDER, Comparison
from tags.conditions.flagged import Flagged, Goods
from tags.conditions.purchases import BOUGHT, Purchases
from tags.conditions.setting import Setting
from tags.conditions.sources import Bought, BoughtByDay
from tags.conditions.sql import Sql, build
from tags.conditions.where import ChannelFilter, PlaceFilter

NUMBERS = (*EQUALITY, *ORDER)
WHERE = (
    *ChannelFilter.FIELDS,
    *PlaceFilter.FIELDS,
    "category",
    "sku",
    "status",
    "returned",
    "net",
    "amount",
    "attribution",
)


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
        needs = AGGREGATES[self.aggregate].needs
        if self.purchases.window != window.EVER:
            needs = tuple(dict.fromkeys((*needs, "first_at")))
        return Bought(self.purchases, needs=needs)

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

    def turns(self, columns: dict[str, Sql], setting: Setting) -> Sql | None:
        """When the oldest order leaves the window, or a day is reached that the comparison speaks of."""
        leaves = self.purchases.window.turns(columns["first_at"], setting.as_of)
        day = {"first_at": "first_at", "last_at": "last_at", "days_since_last": "last_at"}.get(self.aggregate)
        if not day:
            return leaves
        reached = turning.days_later(columns[day], turning.elapsed(self.comparison.ages()), setting.as_of)
        return turning.earliest(leaves, reached)

    def signals(self) -> set[str]:
        bought = {"orders", "orders.category"} if self.purchases.categories else {"orders"}
        return bought if self.purchases.returned is None else bought | {"returns"}

    def describe(self) -> str:
        said = (
            f"{_(AGGREGATES[self.aggregate].label)}{_described(self.purchases)} {self.comparison.describe()}"
        )
        return f"{said} {self.purchases.window.describe()}".strip()


def _described(purchases: Purchases) -> str:
    said = ", ".join(filters(purchases))
    return f" ({said})" if said else ""


def filters(purchases: Purchases) -> list[str]:
    """Which orders are meant, in words."""
    parts = [
        purchases.channel.describe() and _("through %(names)s") % {"names": purchases.channel.describe()},
        purchases.place.codes and _("at %(names)s") % {"names": purchases.place.describe()},
        purchases.categories and _("of %(names)s") % {"names": ", ".join(purchases.categories)},
        purchases.skus and _("of %(names)s") % {"names": ", ".join(purchases.skus)},
        purchases.statuses != BOUGHT
        and ", ".join(str(Order.Status(name).label) for name in purchases.statuses),
        *properties.describe(getattr(purchases, "attribution", ())),
        purchases.amount and _("whose amount %(test)s") % {"test": purchases.amount.describe()},
        {None: "", True: _("with a return"), False: _("without a return")}[purchases.returned],
        "" if purchases.net else _("returns not deducted"),
    ]
    return [part for part in parts if part]


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
        form.pick("where.category", gettext_noop("category"), "category", optional=True, many=True),
        form.pick("where.sku", gettext_noop("SKU"), "sku", optional=True, many=True),
        *form.places(),
        form.choice("where.status", gettext_noop("status"), Order.Status.choices, optional=True, many=True),
        form.compared("where.amount.value", gettext_noop("amount of the order"), "money", optional=True),
        form.Field(
            "where.attribution",
            gettext_noop("flagged by the channel"),
            form.Case("properties"),
            optional=True,
        ),
        form.flag("where.returned", gettext_noop("with a return"), optional=True),
        form.flag("where.net", gettext_noop("returns deducted"), optional=True),
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
    meant = _meant(fields, place, timed, context)
    return Orders(name, Flagged(**meant) if meant.get("attribution") else Purchases(**meant), test)


def goods(fields: dict, place: str, timed: window.Window, context: object) -> Goods:
    """The lines of the orders that ``where`` means."""
    return Goods(**_meant(fields, place, timed, context))


def _meant(fields: dict, place: str, timed: window.Window, context: object) -> dict:
    place = reading.inside(place, "where")
    where = reading.mapping(fields.get("where", {}), place, optional=WHERE)

    def texts(name: str) -> tuple[str, ...]:
        return reading.many(where[name], reading.inside(place, name), reading.text) if name in where else ()

    def flag(name: str, default: bool | None) -> bool | None:
        return reading.flag(where[name], reading.inside(place, name)) if name in where else default

    returned = flag("returned", None)
    meant: dict[str, object] = {
        "window": timed,
        "channel": ChannelFilter.parse(where, place, context.catalogue),
        "place": PlaceFilter.parse(where, place, context.catalogue),
        "categories": texts("category"),
        "skus": texts("sku"),
        "statuses": _statuses(where, place),
        "returned": returned,
        "net": flag("net", returned is not True),
        "amount": _amount(where, place),
    }
    if "attribution" in where:
        at = reading.inside(place, "attribution")
        meant["attribution"] = properties.parse(where["attribution"], at)
    return meant


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
