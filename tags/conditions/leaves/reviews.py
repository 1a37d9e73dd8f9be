"""``reviews``: what a member said of goods. ``{"aggregate": "average", "op": "<", "value": 3}``

Aggregates: count, average and lowest (stars, of the reviews that give any), first_at, last_at, days_since_last.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import comparison, form, reading, window
from tags.conditions.leaves import measured
from tags.conditions.leaves.measured import NUMBERS, Figure, Measured
from tags.conditions.sources_of_goods import Reviewed
from tags.conditions.where import ChannelFilter

FIGURES = {
    "count": Figure(gettext_noop("number of reviews"), "coalesce({reviews}, 0)", nothing=0),
    "average": Figure(gettext_noop("average stars of reviews"), "{average}", reading.decimal),
    "lowest": Figure(gettext_noop("lowest stars of a review"), "{lowest}"),
    **measured.dated(
        gettext_noop("first review"), gettext_noop("last review"), gettext_noop("days since the last review")
    ),
}

FORM = form.Form(
    gettext_noop("reviews"),
    (
        *measured.asked(FIGURES),
        form.window(),
        form.compared("where.rating.value", gettext_noop("stars"), optional=True),
        form.pick("where.sku", gettext_noop("SKU"), "sku", optional=True, many=True),
        *form.places()[1:],
    ),
)


def parse(value: object, place: str, context: object) -> Measured:
    fields = reading.mapping(value, place, optional=["aggregate", "where", "window", "op", "value"])
    name, test = measured.compared(fields, place, FIGURES)
    at = reading.inside(place, "where")
    where = reading.mapping(fields.get("where", {}), at, optional=[*ChannelFilter.FIELDS, "sku", "rating"])
    source = Reviewed(
        window.parse(fields.get("window"), reading.inside(place, "window")),
        ChannelFilter.parse(where, at, context.catalogue),
        reading.many(where["sku"], reading.inside(at, "sku"), reading.text) if "sku" in where else (),
        _rating(where, reading.inside(at, "rating")),
    )
    stars = _("stars %(test)s") % {"test": source.rating.describe()} if source.rating else ""
    said = measured.among(_(FIGURES[name].label), [source.channel.describe(), ", ".join(source.skus), stars])
    return Measured(FIGURES[name], source, source.window, test, frozenset({"reviews"}), said)


def _rating(where: dict, place: str) -> comparison.Comparison | None:
    if "rating" not in where:
        return None

    def stars(value: object, at: str) -> int:
        return reading.integer(value, at, least=1, most=5)

    fields = reading.mapping(where["rating"], place, required=["op", "value"])
    return comparison.parse(fields, place, read=stars, ops=NUMBERS)
