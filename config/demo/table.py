"""Prints rows of text as a table with a line under its head."""

from collections.abc import Iterable, Sequence
from unicodedata import east_asian_width


def text(*, head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    shown = [list(head), *[[_cell(value) for value in row] for row in rows]]
    widths = [max(_width(row[column]) for row in shown) for column in range(len(head))]
    lines = ["  ".join(_pad(cell, width) for cell, width in zip(row, widths, strict=True)) for row in shown]
    return "\n".join(
        [lines[0].rstrip(), "  ".join("-" * width for width in widths), *(x.rstrip() for x in lines[1:])]
    )


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.6g}" if isinstance(value, float) else str(value)


def _width(cell: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in cell)


def _pad(cell: str, width: int) -> str:
    return cell + " " * (width - _width(cell))
