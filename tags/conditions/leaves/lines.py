"""``lines``: figures of the goods in a member's purchases, line by line, each less its own refund.

``{"aggregate": "share", "of": {"category": "fresh"}, "op": ">=", "value": 50, "window": {"days": 365}}``

Aggregates: count (of lines), quantity, amount, skus and categories (how many different ones), share (of the goods named in
``of``, in percent of the amount), first_at, last_at, days_since_last. ``where`` is that of the ``orders`` leaf.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import form, reading, window
from tags.conditions.faults import Fault
from tags.conditions.flagged import Goods
from tags.conditions.leaves import measured, order_filters
from tags.conditions.leaves.measured import Figure, Measured
from tags.conditions.sources_of_goods import Lines

FIGURES = {
    "count": Figure(gettext_noop("number of order lines"), "coalesce({lines}, 0)", nothing=0),
    "quantity": Figure(gettext_noop("quantity bought"), "coalesce({quantity}, 0)", reading.decimal, 0),
    "amount": Figure(
        gettext_noop("amount of goods"), "coalesce({amount}, 0)", reading.decimal, 0, kind="money"
    ),
    "skus": Figure(gettext_noop("different SKUs bought"), "coalesce({skus}, 0)", nothing=0),
    "categories": Figure(gettext_noop("different categories bought"), "coalesce({categories}, 0)", nothing=0),
    "share": Figure(
        gettext_noop("percent of the amount of goods"),
        "CASE WHEN {amount} > 0 THEN 100 * coalesce({part}, 0) / {amount} END",
        reading.decimal,
    ),
    **measured.dated(
        gettext_noop("first line bought"), gettext_noop("last line bought"), gettext_noop("days since the last line")
    ),
}  # fmt: skip

FORM = form.Form(
    gettext_noop("goods bought"),
    (
        *measured.asked(FIGURES),
        form.pick("of.category", gettext_noop("share of the category"), "category", optional=True, many=True),
        form.pick("of.sku", gettext_noop("share of the SKU"), "sku", optional=True, many=True),
        form.window(),
        *order_filters.asked(),
    ),
)


def parse(value: object, place: str, context: object) -> Measured:
    fields = reading.mapping(value, place, optional=["aggregate", "of", "where", "window", "op", "value"])
    name, test = measured.compared(fields, place, FIGURES)
    timed = window.parse(fields.get("window"), reading.inside(place, "window"))
    goods = order_filters.goods(fields, place, timed, context)
    part = _part(fields, place, name)
    filters = order_filters.filters(goods)
    if part:
        filters.insert(0, _("share of %(names)s") % {"names": ", ".join((*part.categories, *part.skus))})
    return Measured(
        figure=FIGURES[name],
        measures=Lines(goods, part),
        window=timed,
        comparison=test,
        needed=frozenset(_signals(name, goods, part)),
        said=measured.among(_(FIGURES[name].label), filters),
    )


def _part(fields: dict, place: str, aggregate: str) -> Goods | None:
    at = reading.inside(place, "of")
    if aggregate != "share":
        if "of" in fields:
            raise Fault(at, _("only a share has “of”"), _("Leave it out, or ask for the aggregate share."))
        return None
    named = reading.mapping(fields.get("of", {}), at, optional=["category", "sku"])
    if not named:
        raise Fault(at, _("a share of what is not said"), _('Write {"category": …} or {"sku": …}.'))
    told = {name: reading.many(each, reading.inside(at, name), reading.text) for name, each in named.items()}
    return Goods(categories=told.get("category", ()), skus=told.get("sku", ()))


def _signals(name: str, goods: Goods, part: Goods | None) -> set[str]:
    by_category = name == "categories" or goods.categories or (part and part.categories)
    return {"orders", "orders.category"} if by_category else {"orders"}
