"""``where`` of the ``orders`` and ``lines`` leaves: which orders, and which of their goods, are meant."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from members.models import Order
from tags.conditions import comparison, form, properties, reading
from tags.conditions.comparison import EQUALITY, ORDER, Comparison
from tags.conditions.flagged import Flagged, Goods
from tags.conditions.purchases import BOUGHT, Purchases
from tags.conditions.where import ChannelFilter, PlaceFilter
from tags.conditions.window import Window

NUMBERS = (*EQUALITY, *ORDER)
WHERE = (
    *ChannelFilter.FIELDS, *PlaceFilter.FIELDS, "category", "sku", "status", "returned", "net", "amount", "attribution",
)  # fmt: skip


def asked() -> tuple[form.Field, ...]:
    """The fields of the builder."""
    return (
        form.pick("where.category", gettext_noop("category"), "category", optional=True, many=True),
        form.pick("where.sku", gettext_noop("SKU"), "sku", optional=True, many=True),
        *form.places(),
        form.choice("where.status", gettext_noop("status"), Order.Status.choices, optional=True, many=True),
        form.compared("where.amount.value", gettext_noop("amount of the order"), "money", optional=True),
        form.Field(
            "where.attribution",
            gettext_noop("flagged by the channel"),
            form.of_events("properties"),
            optional=True,
        ),
        form.flag("where.returned", gettext_noop("with a return"), optional=True),
        form.flag("where.net", gettext_noop("returns deducted"), optional=True),
    )


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


def orders(fields: dict, place: str, timed: Window, context: object) -> Purchases:
    meant = _meant(fields, place, timed, context)
    return Flagged(**meant) if "attribution" in meant else Purchases(**meant)


def goods(fields: dict, place: str, timed: Window, context: object) -> Goods:
    """The lines of the orders that ``where`` means."""
    return Goods(**_meant(fields, place, timed, context))


def _meant(fields: dict, place: str, timed: Window, context: object) -> dict:
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
    told = properties.parse(where.get("attribution", {}), reading.inside(place, "attribution"))
    return meant | ({"attribution": told} if told else {})


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
