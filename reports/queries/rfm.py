"""RFM: how many buyers are in each class and what they are worth, and who moved between two dates."""

import dataclasses
import datetime as dt
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from members.models import Organization
from reports.queries import selecting
from reports.queries.movement import NONE, Movement
from reports.table import Column, Table
from tags.conditions.window import Window
from tags.models_of.rfm import VALUES, Bounds, Rfm
from tags.queries import rfm

YEAR = Rfm(window=Window(days=365))
NAMES = {code: (english, chinese) for code, english, chinese in VALUES}

CLASSES = """
SELECT code, count(*), sum(monetary), avg(recency), avg(frequency), avg(monetary) FROM ({scores}) s GROUP BY ROLLUP (code)
"""
MOVES = """
SELECT coalesce(e.code, 'none'), coalesce(l.code, 'none'), count(*)
FROM ({earlier}) e
FULL JOIN ({later}) l USING (member_id)
GROUP BY 1, 2
"""


@dataclasses.dataclass(frozen=True)
class Class:
    """One of the eight classes: its buyers, what they paid net of returns, mean days and orders."""

    code: str
    english: str
    chinese: str
    buyers: int
    value: Decimal
    recency: float | None
    frequency: float | None


@dataclasses.dataclass(frozen=True)
class Report:
    """The classes at one date and, where an earlier one is asked for, who moved since. ``bounds``: what divides them; None
    without buyers."""

    as_of: dt.datetime
    classes: list[Class]
    moved: Movement | None = None
    bounds: Bounds | None = None
    model: Rfm = YEAR

    @property
    def buyers(self) -> int:
        return sum(one.buyers for one in self.classes)

    @property
    def value(self) -> Decimal:
        return sum((one.value for one in self.classes), Decimal(0))

    def groups(self) -> dict[str, selecting.Group]:
        """Those who can be told by a condition: all but classes by medians or by days with an order."""
        if self.bounds is None or self.model.frequency != "orders":
            return {}
        return {
            one.code: selecting.Group(
                f"{_(one.english)} {one.chinese}",
                one.buyers,
                selecting.rfm_class(code=one.code, bounds=self.bounds, window=self.model.window),
            )
            for one in self.classes
            if one.buyers
        }

    def tables(self) -> list[Table]:
        columns = [
            Column(_("Class")),
            Column(_("中文")),
            Column(_("Buyers"), "count"),
            Column(_("Share of buyers"), "share"),
            Column(_("Value"), "money"),
            Column(_("Share of value"), "share"),
            Column(_("Days since the last order"), "number"),
            Column(_("Orders"), "number"),
        ]
        total = (_("All buyers"), "", self.buyers, None, self.value, None, None, None)
        classes = Table(
            _("RFM classes"), columns, [self._row(c) for c in self.classes], self.as_of, total=total
        )
        return [classes, *(self.moved.tables() if self.moved else ())]

    def _row(self, one):
        return (
            _(one.english),
            one.chinese,
            one.buyers,
            one.buyers / self.buyers if self.buyers else None,
            one.value,
            float(one.value / self.value) if self.value else None,
            one.recency,
            one.frequency,
        )


def report(
    *, node: Organization, as_of: dt.datetime, earlier: dt.datetime | None = None, model: Rfm = YEAR
) -> Report:
    """The eight classes of the buyers at ``node``; together they are all buyers in the model's window. With ``earlier``
    also who moved between the two dates.
    """
    scores = rfm.statement(node=node, as_of=as_of, model=model)
    with connection.cursor() as cursor:
        cursor.execute(CLASSES.format(scores=scores.text), scores.params)
        found = {code: numbers for code, *numbers in cursor.fetchall()}
    classes = [
        _class(code, *found[code][:4] if code in found else (0, Decimal(0), None, None)) for code in NAMES
    ]
    moved = movement(node=node, earlier=earlier, later=as_of, model=model) if earlier else None
    return Report(as_of, classes, moved, _bounds(model, found.get(None)), model)


def movement(*, node: Organization, earlier: dt.datetime, later: dt.datetime, model: Rfm = YEAR) -> Movement:
    """Each member's class at two dates, on today's OneIDs; bounds that are fitted are fitted at each date."""
    first, second = (rfm.statement(node=node, as_of=as_of, model=model) for as_of in (earlier, later))
    with connection.cursor() as cursor:
        cursor.execute(MOVES.format(earlier=first.text, later=second.text), [*first.params, *second.params])
        cells = {(start, end): count for start, end, count in cursor.fetchall()}
    names = {code: _(english) for code, (english, _chinese) in NAMES.items()}
    names[NONE] = _("No purchase")
    return Movement(earlier, later, names, cells, whose=_("Orders of the people of today."))


def _bounds(model: Rfm, everybody: list | None) -> Bounds | None:
    """The bounds given, or the means of all buyers. Medians are not told."""
    if isinstance(model.bounds, Bounds):
        return model.bounds
    if model.bounds != "mean" or everybody is None or not everybody[0]:
        return None
    _buyers, _value, *means = everybody
    return Bounds(*means)


def _class(code, buyers, value, recency, frequency):
    return Class(
        code,
        *NAMES[code],
        buyers,
        value,
        *(None if mean is None else float(mean) for mean in (recency, frequency)),
    )
