"""Every table as HTML, CSV and XLSX. What begins like a formula never becomes one (OWASP, "CSV Injection")."""

import csv as csv_format
import datetime as dt
import io
import re
from collections.abc import Sequence
from decimal import Decimal

from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from reports.table import Cell, Column, Table

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
NOT_IN_A_TITLE = re.compile(r"[^\w %.-]")
NUMBER_FORMATS = {
    "count": "#,##0",
    "money": "#,##0.00",
    "share": "0.0%",
    "number": "#,##0.00",
    "date": "yyyy-mm-dd",
    "time": "yyyy-mm-dd hh:mm:ss",
}
NUMERIC = {"count", "money", "share", "number"}


def html(table: Table) -> SafeString:
    """A plain ``<table class="report">``; numbers as the reader's language writes them, everything escaped."""
    return format_html(
        '<table class="report"><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody>{}</table>{}',
        table.title,
        format_html_join("", '<th class="{}">{}</th>', ((_css(c), c.title) for c in table.columns)),
        format_html_join("", "<tr>{}</tr>", ((_cells(table, row),) for row in table.rows)),
        format_html("<tfoot><tr>{}</tr></tfoot>", _cells(table, table.total)) if table.total else "",
        format_html_join("", '<p class="note">{}</p>', ((note,) for note in table.notes)),
    )


def csv(table: Table) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads 中文; numbers bare, shares as fractions."""
    text = io.StringIO(newline="")
    writer = csv_format.writer(text)
    writer.writerow([safe(column.title) for column in table.columns])
    writer.writerows([_bare(cell) for cell in row] for row in table.lines)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def xlsx(tables: Sequence[Table]) -> bytes:
    """One workbook, a sheet a table."""
    book = Workbook(write_only=True)
    for number, table in enumerate(tables, start=1):
        sheet = book.create_sheet(_sheet_title(table.title, number))
        sheet.append([_sheet_cell(sheet, column.title, "text", bold=True) for column in table.columns])
        for row in table.rows:
            sheet.append(_sheet_row(sheet, table.columns, row))
        if table.total:
            sheet.append(_sheet_row(sheet, table.columns, table.total, bold=True))
        for note in table.notes:
            sheet.append([_sheet_cell(sheet, note, "text")])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def shown(cell: Cell, kind: str) -> str:
    """One value as a person reads it; an empty one is a dash."""
    if cell is None:
        return "–"
    if kind == "share":
        return f"{formats.number_format(round(Decimal(str(cell)) * 100, 1), 1)} %"
    if kind in ("money", "number"):
        return formats.number_format(cell, 2, force_grouping=True)
    if kind == "count":
        return formats.number_format(cell, 0, force_grouping=True)
    if isinstance(cell, dt.datetime):
        return formats.date_format(timezone.localtime(cell), "Y-m-d H:i")
    return formats.date_format(cell, "Y-m-d") if isinstance(cell, dt.date) else str(cell)


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula: one that looks like it gets an apostrophe before it."""
    text = UNPRINTABLE.sub("", str(text))
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def _css(column: Column):
    return "number" if column.kind in NUMERIC else "text"


def _cells(table, row):
    return format_html_join(
        "",
        '<td class="{}">{}</td>',
        ((_css(c), shown(cell, c.kind)) for c, cell in zip(table.columns, row, strict=True)),
    )


def _bare(cell):
    if cell is None:
        return ""
    if isinstance(cell, dt.datetime):
        return timezone.localtime(cell).isoformat(timespec="seconds")
    return cell if isinstance(cell, (int, float, Decimal, dt.date)) else safe(cell)


def _sheet_row(sheet, columns, row, *, bold=False):
    return [
        _sheet_cell(sheet, cell, column.kind, bold=bold) for column, cell in zip(columns, row, strict=True)
    ]


def _sheet_cell(sheet, value, kind, *, bold=False):
    if isinstance(value, dt.datetime):
        value = timezone.make_naive(value)
    elif value is not None and not isinstance(value, (int, float, Decimal, dt.date)):
        value = safe(value)
    cell = WriteOnlyCell(sheet, value)
    if kind in NUMBER_FORMATS and not isinstance(value, str):
        cell.number_format = NUMBER_FORMATS[kind]
    if bold:
        cell.font = Font(bold=True)
    return cell


def _sheet_title(title, number):
    return f"{number} {NOT_IN_A_TITLE.sub(' ', title)}"[:31].strip()
