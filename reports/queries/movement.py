"""Who moved from which class to which between two moments: of RFM classes, of layers of a pyramid."""

import dataclasses
import datetime as dt
from collections.abc import Mapping

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reports.table import Column, Table

NONE = "none"


@dataclasses.dataclass(frozen=True)
class Movement:
    """How many were in the row's class at the earlier moment and in the column's at the later.

    ``names``: code → name of each class, with ``none`` for who was in no class. Each row sums to its class at the earlier
    moment, each column to its class at the later. ``whose``: a sentence on who is meant.
    """

    earlier: dt.datetime
    later: dt.datetime
    names: Mapping[str, str]
    cells: Mapping[tuple[str, str], int]
    title: str = ""
    whose: str = ""

    @property
    def codes(self) -> list[str]:
        return list(self.names)

    def row(self, code: str) -> int:
        return sum(self.cells.get((code, other), 0) for other in self.names)

    def column(self, code: str) -> int:
        return sum(self.cells.get((other, code), 0) for other in self.names)

    def tables(self) -> list[Table]:
        counted = [Column(name, "count") for name in self.names.values()]
        rows = [
            (name, *(self.cells.get((code, to), 0) for to in self.names), self.row(code))
            for code, name in self.names.items()
        ]
        sums = [self.column(code) for code in self.names]
        note = _("From the class of the row on %(earlier)s to the class of the column on %(later)s.")
        days = {"earlier": _day(self.earlier), "later": _day(self.later)}
        return [
            Table(
                self.title or _("Movement between classes"),
                [Column(_("From \\ to")), *counted, Column(_("Sum"), "count")],
                rows,
                self.later,
                total=(_("Sum"), *sums, sum(sums)),
                notes=[f"{note % days} {self.whose}".strip()],
            )
        ]


def _day(moment: dt.datetime) -> str:
    return date_format(timezone.localtime(moment), "j M Y")
