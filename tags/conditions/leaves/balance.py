"""``balance``: what a member holds in a book. ``{"book": "points", "op": ">=", "value": 1000}``

Aggregates: available (left out: that; what can be spent now), waiting, owed, expiring (with ``days``: what is gone by the end of
the day in so many days). Amounts are in the book's unit. Who has no wallet has 0.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tags.conditions import form, reading
from tags.conditions.faults import Fault
from tags.conditions.leaves import measured
from tags.conditions.leaves.measured import Figure, Measured
from tags.conditions.setting import Setting
from tags.conditions.sources_of_value import Held
from tags.conditions.sql import Sql
from tags.conditions.turning import Turn
from tags.conditions.window import EVER

MOST_DAYS = 3_660
FIGURES = {
    name: Figure(label, f"coalesce({{{name}}}, 0)", reading.decimal, 0)
    for name, label in {
        "available": gettext_noop("%(book)s that can be spent"),
        "waiting": gettext_noop("%(book)s that wait"),
        "owed": gettext_noop("%(book)s owed"),
        "expiring": gettext_noop("%(book)s expiring within %(days)d days"),
    }.items()
}

FORM = form.Form(
    gettext_noop("balance"),
    (
        form.pick("book", gettext_noop("book"), "book"),
        form.choice(
            "aggregate",
            gettext_noop("figure"),
            [
                ("available", gettext_noop("can be spent")),
                ("waiting", gettext_noop("waits")),
                ("owed", gettext_noop("is owed")),
                ("expiring", gettext_noop("expires")),
            ],
            optional=True,
            default="available",
        ),
        form.Field(
            "days",
            gettext_noop("within days"),
            form.Case("number"),
            optional=True,
            by="aggregate",
            cases={"expiring": form.Case("number")},
        ),
        form.compared("value", gettext_noop("compared")),
    ),
)


@dataclass(frozen=True)
class Balance(Measured):
    def turns(self, columns: dict[str, Sql], setting: Setting) -> list[Turn]:
        return [Turn(columns["turns_at"])]


def parse(value: object, place: str, context: object) -> Balance:
    fields = reading.mapping(value, place, required=["book"], optional=["aggregate", "days", "op", "value"])
    books = context.catalogue.books_here()
    code = reading.choice(fields["book"], reading.inside(place, "book"), books, what=_("the book"))
    name, test = measured.compared(fields, place, FIGURES, default="available")
    days = _days(fields, place, name)
    return Balance(
        figure=FIGURES[name],
        measures=Held(books[code].id, books[code].scale, days),
        window=EVER,
        comparison=test,
        needed=frozenset({"balances"}),
        said=_(FIGURES[name].label) % {"book": books[code].name, "days": days},
    )


def _days(fields: dict, place: str, aggregate: str) -> int:
    at = reading.inside(place, "days")
    if aggregate == "expiring":
        if "days" not in fields:
            raise Fault(place, _("the field “days” is missing"), _("Say within how many days it expires."))
        return reading.integer(fields["days"], at, least=0, most=MOST_DAYS)
    if "days" in fields:
        raise Fault(at, _("only what is expiring has days"), _("Leave it out, or ask for expiring."))
    return 0
