"""Tables leave the house as HTML, CSV and XLSX, and never as a formula."""

import csv
import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest

from reports import export
from reports.table import Column, Table

NOW = dt.datetime(2026, 1, 15, 4, 0, tzinfo=dt.UTC)


def table(*rows, **fields):
    columns = [Column("Name"), Column("Paid", "money"), Column("Share", "share"), Column("At", "time")]
    return Table("Sales: May/June", columns, rows, NOW, **fields)


def read_csv(written):
    assert written.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline="")))


def read_xlsx(written):
    return openpyxl.load_workbook(io.BytesIO(written))


def test_csv_keeps_numbers_bare_and_times_with_their_offset():
    rows = read_csv(
        export.csv(table(("王小明", Decimal("-1234.5"), 0.25, NOW), total=("All", None, None, None)))
    )
    assert rows == [
        ["Name", "Paid", "Share", "At"],
        ["王小明", "-1234.5", "0.25", "2026-01-15T12:00:00+08:00"],
        ["All", "", "", ""],
    ]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@sum", "\t=1", "  =1", "\r=1", '=HYPERLINK("http://x")']
)
def test_text_never_becomes_a_formula(text):
    written = table((text, Decimal(1), None, None))
    assert read_csv(export.csv(written))[1][0].startswith("'")
    cell = read_xlsx(export.xlsx([written])).worksheets[0]["A2"]
    assert cell.data_type == "s"
    assert cell.value.startswith("'")


def test_negative_numbers_are_numbers_in_a_workbook():
    sheet = read_xlsx(export.xlsx([table(("a", Decimal("-5.50"), 0.5, NOW), notes=["=note"])])).worksheets[0]
    assert (sheet["B2"].value, sheet["C2"].number_format) == (-5.5, "0.0%")
    assert sheet["D2"].value.isoformat() == "2026-01-15T12:00:00"
    assert sheet["A3"].value == "'=note"
    assert sheet.title == "1 Sales  May June"


def test_unprintable_characters_do_not_break_a_workbook():
    assert read_xlsx(export.xlsx([table(("a\x00\x0bb", None, None, None))])).worksheets[0]["A2"].value == "ab"


def test_html_escapes_and_writes_numbers_for_people(settings):
    written = export.html(table(("<b>", Decimal("1234.5"), 0.1234, NOW), notes=["a & b"]))
    assert "&lt;b&gt;" in written
    assert (
        '<td class="number">1,234.50</td><td class="number">12.3 %</td><td class="text">2026-01-15 12:00</td>'
        in written
    )
    assert '<p class="note">a &amp; b</p>' in written


def test_empty_cells_are_dashes():
    assert export.html(table(("a", None, None, None))).count("–") == 3


def test_a_row_of_the_wrong_length_is_an_error():
    with pytest.raises(ValueError, match="zip"):
        export.html(table(("a",)))
