"""A table of a report: what its columns mean, and its rows. Shown, and exported, by ``reports.export``."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

Cell = str | int | float | Decimal | dt.date | dt.datetime | None


@dataclasses.dataclass(frozen=True)
class Column:
    """``kind``: text, count, money, share (0.5 is shown as 50.0 %), number, date or time."""

    title: str
    kind: str = "text"


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows are tuples as long as ``columns``. ``total``, if given, is one more such row at the end."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[tuple[Cell, ...]]
    as_of: dt.datetime
    total: tuple[Cell, ...] | None = None
    notes: Sequence[str] = ()

    @property
    def lines(self) -> list[tuple[Cell, ...]]:
        """All rows, the total last."""
        return [*self.rows, self.total] if self.total else list(self.rows)
