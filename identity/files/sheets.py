"""XLSX: the first sheet, row by row."""

import zipfile

import openpyxl

from identity.files.delimited import _headings as headings_of
from identity.files.items import Item, Unusable

UNPACKED_AT_MOST = 2 << 30


def items(stream, *, shape, start=0):
    """Rows below the header, shaped as in `delimited.items`; `resume` is the number of the row."""
    _check_size(stream)
    stream.seek(0)
    try:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise Unusable(f"This is not an XLSX workbook ({error}). Save it again as .xlsx.") from error
    try:
        yield from _rows(book.worksheets[0] if book.worksheets else None, shape, start)
    finally:
        book.close()


def _check_size(stream):
    try:
        with zipfile.ZipFile(stream) as packed:
            size = sum(part.file_size for part in packed.infolist())
    except zipfile.BadZipFile as error:
        raise Unusable(f"This is not an XLSX workbook ({error}). Save it again as .xlsx.") from error
    if size > UNPACKED_AT_MOST:
        raise Unusable("The workbook unpacks to more than 2 GiB. Send it as CSV.")


def _rows(sheet, shape, start):
    headings = None
    for number, cells in enumerate(sheet.iter_rows(values_only=True) if sheet else (), start=1):
        if all(cell is None or cell == "" for cell in cells):
            continue
        if headings is None:
            headings = headings_of(["" if cell is None else str(cell) for cell in cells])
            shape.bind(headings)
        elif number > start:
            yield Item(
                line=number, resume=number, raw=shape(dict(zip(headings, map(_plain, cells), strict=False)))
            )
    if headings is None:
        raise Unusable("The sheet is empty. The first row must name the columns.")


def _plain(cell):
    """Numbers as a person sees them: Excel keeps 15 digits, so 0.1 + 0.2 is 0.3 and 13800138000.0 is an id."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else _digits(cell)
    if isinstance(cell, bool):
        return "1" if cell else "0"
    return str(cell) if isinstance(cell, int) else "" if cell is None else cell


def _digits(number):
    text = f"{number:.15g}"
    return text if "e" not in text else f"{number:.10f}".rstrip("0").rstrip(".")
