"""``returns``: what a member gave back. ``{"aggregate": "count", "op": ">=", "value": 3, "window": {"days": 365}}``

Aggregates: count, amount (refunded), first_at, last_at, days_since_last. A return counts whether or not its sale was seen.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import form, reading, window
from tags.conditions.leaves import measured
from tags.conditions.leaves.measured import Figure, Measured
from tags.conditions.sources_of_goods import Returned
from tags.conditions.where import ChannelFilter, PlaceFilter

FIGURES = {
    "count": Figure(gettext_noop("number of returns"), "coalesce({returns}, 0)", nothing=0),
    "amount": Figure(
        gettext_noop("amount given back"), "coalesce({amount}, 0)", reading.decimal, 0, kind="money"
    ),
    **measured.dated(
        gettext_noop("first return"), gettext_noop("last return"), gettext_noop("days since the last return")
    ),
}
WHERE = (*ChannelFilter.FIELDS, *PlaceFilter.FIELDS, "sku")

FORM = form.Form(
    gettext_noop("returns"),
    (
        *measured.asked(FIGURES),
        form.window(),
        form.pick("where.sku", gettext_noop("SKU"), "sku", optional=True, many=True),
        *form.places(),
    ),
)


def parse(value: object, place: str, context: object) -> Measured:
    fields = reading.mapping(value, place, optional=["aggregate", "where", "window", "op", "value"])
    name, test = measured.compared(fields, place, FIGURES)
    at = reading.inside(place, "where")
    where = reading.mapping(fields.get("where", {}), at, optional=WHERE)
    source = Returned(
        window.parse(fields.get("window"), reading.inside(place, "window")),
        ChannelFilter.parse(where, at, context.catalogue),
        PlaceFilter.parse(where, at, context.catalogue),
        reading.many(where["sku"], reading.inside(at, "sku"), reading.text) if "sku" in where else (),
    )
    filters = [source.channel.describe(), source.place.describe(), ", ".join(source.skus)]
    said = measured.among(_(FIGURES[name].label), filters)
    return Measured(FIGURES[name], source, source.window, test, frozenset({"returns"}), said)
