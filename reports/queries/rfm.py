"""RFM: how many buyers are in each class and what they are worth, and who moved between two dates."""

import dataclasses
import datetime as dt
from decimal import Decimal

from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from members.models import Organization
from reports.table import Column, Table
from tags.models_of.rfm import VALUES, Rfm
from tags.queries import rfm

NONE = "none"
NAMES = {code: (english, chinese) for code, english, chinese in VALUES}

CLASSES = """
SELECT code, count(*), sum(monetary), avg(recency), avg(frequency) FROM ({scores}) s GROUP BY code
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
class Movement:
    """How many were in the row's class at the earlier date and in the column's at the later.

    ``codes`` are the eight classes and ``none``: no purchase in the window by that date. Each row sums to the class's
    buyers at the earlier date and each column to those at the later.
    """

    earlier: dt.datetime
    later: dt.datetime
    codes: list[str]
    cells: dict[tuple[str, str], int]

    def row(self, code: str) -> int:
        return sum(self.cells.get((code, other), 0) for other in self.codes)

    def column(self, code: str) -> int:
        return sum(self.cells.get((other, code), 0) for other in self.codes)

    def tables(self) -> list[Table]:
        columns = [Column(_("From \\ to")), *(Column(_name(code), "count") for code in self.codes)]
        rows = [
            (_name(code), *(self.cells.get((code, to), 0) for to in self.codes), self.row(code))
            for code in self.codes
        ]
        sums = [self.column(code) for code in self.codes]
        return [
            Table(
                _("Movement between classes"),
                [*columns, Column(_("Sum"), "count")],
                rows,
                self.later,
                total=(_("Sum"), *sums, sum(sums)),
                notes=[
                    _(
                        "From the class of the row on %(earlier)s to the class of the column on %(later)s, of the people of today."
                    )
                    % {"earlier": _day(self.earlier), "later": _day(self.later)}
                ],
            )
        ]


@dataclasses.dataclass(frozen=True)
class Report:
    """The classes at one date and, where an earlier one is asked for, who moved since."""

    as_of: dt.datetime
    classes: list[Class]
    moved: Movement | None = None

    @property
    def buyers(self) -> int:
        return sum(one.buyers for one in self.classes)

    @property
    def value(self) -> Decimal:
        return sum((one.value for one in self.classes), Decimal(0))

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
    *, node: Organization, as_of: dt.datetime, earlier: dt.datetime | None = None, model: Rfm | None = None
) -> Report:
    """The eight classes of the buyers at ``node``; together they are all buyers in the model's window. With ``earlier``
    also who moved between the two dates.
    """
    scores = rfm.statement(node=node, as_of=as_of, model=model or Rfm())
    with connection.cursor() as cursor:
        cursor.execute(CLASSES.format(scores=scores.text), scores.params)
        found = {code: numbers for code, *numbers in cursor.fetchall()}
    classes = [_class(code, *found.get(code, (0, Decimal(0), None, None))) for code in NAMES]
    moved = movement(node=node, earlier=earlier, later=as_of, model=model) if earlier else None
    return Report(as_of, classes, moved)


def movement(
    *, node: Organization, earlier: dt.datetime, later: dt.datetime, model: Rfm | None = None
) -> Movement:
    """Each member's class at two dates, on today's OneIDs; bounds that are fitted are fitted at each date."""
    first, second = (
        rfm.statement(node=node, as_of=as_of, model=model or Rfm()) for as_of in (earlier, later)
    )
    with connection.cursor() as cursor:
        cursor.execute(MOVES.format(earlier=first.text, later=second.text), [*first.params, *second.params])
        cells = {(start, end): count for start, end, count in cursor.fetchall()}
    return Movement(earlier, later, [*NAMES, NONE], cells)


def _class(code, buyers, value, recency, frequency):
    return Class(
        code,
        *NAMES[code],
        buyers,
        value,
        *(None if mean is None else float(mean) for mean in (recency, frequency)),
    )


def _day(moment: dt.datetime) -> str:
    return date_format(timezone.localtime(moment), "j M Y")


def _name(code):
    return _("No purchase") if code == NONE else _(NAMES[code][0])
