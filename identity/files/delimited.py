"""CSV: separator and encoding found out, rows read in constant memory, resumable at any row."""

import csv
import zlib
from gzip import BadGzipFile

from identity.files.items import LINE_LIMIT, Item, Unusable
from identity.files.jsonlines import BOM, refusals
from identity.files.lines import lines, skip_to
from identity.records import problems

SAMPLE = 1 << 18
SEPARATORS = ",;\t|"
COLUMNS_AT_MOST = 2_000


class Undecodable(Exception):
    def __init__(self, line, fault):
        super().__init__()
        self.line = line
        self.fault = fault


def encoding_of(sample: bytes) -> str:
    """utf-8, utf-8-sig or gb18030, by the beginning of the file."""
    if sample.startswith(BOM):
        return "utf-8-sig"
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in sample[:1000]:
        raise Unusable("The file is UTF-16 or binary. Save it as CSV UTF-8.")
    cut = sample.rfind(b"\n") + 1 or len(sample)
    for encoding in ("utf-8", "gb18030"):
        try:
            sample[:cut].decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "utf-8"


def separator_of(header: str) -> str:
    """The separator that cuts the header into most columns."""
    bare = "".join(part for index, part in enumerate(header.split('"')) if index % 2 == 0)
    return max(SEPARATORS, key=bare.count)


def items(stream, *, shape, start=0):
    """Rows below the header, shaped by `shape(heading → cell) -> raw record`. Yields Item.

    `shape` is made once the header is known: `shape.bind(headings)` raises Unusable for missing columns.
    """
    csv.field_size_limit(LINE_LIMIT)
    stream.seek(0)
    encoding = encoding_of(_sample(stream))
    stream.seek(0)
    rows = _Rows(stream, encoding)
    headings = rows.header()
    shape.bind(headings)
    if start > rows.position:
        rows.go_on(start)
    yield from _shaped(rows, headings, shape)


def _sample(stream):
    try:
        return stream.read(SAMPLE)
    except (EOFError, BadGzipFile, zlib.error):
        stream.seek(0)
        return stream.readline(SAMPLE)


def _shaped(rows, headings, shape):
    for cells, problem in rows:
        if problem is not None:
            yield problem
        elif not any(cell.strip() for cell in cells):
            continue
        elif len(cells) > len(headings) and any(cell.strip() for cell in cells[len(headings) :]):
            found = problems.of(
                "line.columns", place=f"line {rows.number}", value=str(cells[len(headings) :])
            )
            yield Item(line=rows.number, resume=rows.position, problem=found, text=str(cells))
        else:
            raw = shape(dict(zip(headings, cells, strict=False)))
            yield Item(line=rows.number, resume=rows.position, raw=raw)


class _Rows:
    """(cells, None) or (None, Item with a problem) for each row; knows the byte position behind it."""

    def __init__(self, stream, encoding):
        self.stream = stream
        self.encoding = encoding
        self.separator = ","
        self.position = 0
        self.number = 0
        self._source = lines(stream)

    def header(self):
        for line in self._source:
            self.position, self.number = line.end, line.number
            if line.broken or line.too_long:
                raise Unusable("The first line is not a header: it is too long or cannot be decompressed.")
            text = line.text.decode(self.encoding, "replace")
            if text.strip():
                self.separator = separator_of(text)
                return _headings(next(csv.reader([text], delimiter=self.separator), []))
        raise Unusable("The file is empty. The first line must name the columns.")

    def go_on(self, start):
        self.number = skip_to(self.stream, start)
        self.position = start
        self._source = lines(self.stream, start=start, number=self.number)

    def __iter__(self):
        reader = csv.reader(self._texts(), delimiter=self.separator)
        while True:
            try:
                yield next(reader), None
                continue
            except StopIteration:
                return
            except Undecodable as fault:
                yield None, fault.line
            except csv.Error as error:
                message = f"The row is not CSV: {error}."
                found = problems.of("line.long", place=f"line {self.number}", message=message)
                yield None, Item(line=self.number, resume=self.position, problem=found)
            reader = csv.reader(self._texts(), delimiter=self.separator)

    def _texts(self):
        encoding = "utf-8" if self.encoding == "utf-8-sig" else self.encoding
        for line in self._source:
            self.position, self.number = line.end, line.number
            if line.broken or line.too_long:
                for item in refusals(line):
                    raise Undecodable(item, None)
            try:
                yield line.text.decode(encoding) + "\n"
            except UnicodeDecodeError as fault:
                raise Undecodable(_undecodable(line, encoding, fault), fault) from None


def _undecodable(line, encoding, fault):
    shown = line.text.decode(encoding, "backslashreplace")
    message = f"Byte {line.start + fault.start} is not {encoding}."
    problem = problems.of("line.encoding", place=f"line {line.number}", value=shown, message=message)
    return Item(line=line.number, resume=line.end, problem=problem, text=shown[:LINE_LIMIT])


def _headings(cells):
    names = [cell.strip().lstrip("\ufeff") for cell in cells]
    if len(names) > COLUMNS_AT_MOST:
        raise Unusable(f"The header names {len(names)} columns; the limit is {COLUMNS_AT_MOST}.")
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise Unusable(f"The header names a column twice: {', '.join(twice)}. Rename one of them.")
    return names
