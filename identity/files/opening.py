"""From a path to records: what the file is, and how far it is read."""

import gzip
import hashlib
import tempfile
import zlib
from contextlib import ExitStack, contextmanager
from pathlib import Path

from identity.files import delimited, grouping, jsonlines, sheets
from identity.files.items import Unusable
from identity.files.shaping import Shape

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
FORMATS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".csv": "csv", ".tsv": "csv", ".txt": "csv",
           ".xlsx": "xlsx"}  # fmt: skip
HEAD = 1 << 16


class Source:
    """An open file of intake records. `items(start=…)` reads on from an Item's `resume`."""

    def __init__(self, path, form, file, stream, shape):
        self.path = path
        self.form = form
        self.size = path.stat().st_size
        self._file = file
        self._stream = stream
        self.shape = shape

    def items(self, *, start=0):
        if self.form == "jsonl":
            return jsonlines.items(self._stream, start=start)
        reader = delimited if self.form == "csv" else sheets
        found = reader.items(self._stream, shape=self.shape, start=start)
        return grouping.together(found) if self.shape.rows_are_lines else found

    def bytes_read(self) -> int:
        """How far the file itself is read, for a progress bar."""
        return min(self._file.tell(), self.size)

    def fingerprint(self) -> str:
        """Names this file's content: its size and what stands at its beginning, middle and end."""
        return fingerprint(self.path)


def fingerprint(path: Path) -> str:
    size = path.stat().st_size
    found = hashlib.blake2b(str(size).encode(), digest_size=24)
    with path.open("rb") as file:
        for offset in sorted({0, max(0, size // 2 - HEAD), max(0, size - HEAD)}):
            file.seek(offset)
            found.update(file.read(HEAD))
    return found.hexdigest()


@contextmanager
def source(path, *, shape: Shape | None = None):
    """The Source of a path. Raises Unusable if it is missing, a folder, unreadable or of unknown form."""
    path = Path(path)
    with ExitStack() as closing:
        file = closing.enter_context(_opened(path))
        head = file.read(4)
        file.seek(0)
        packed = head.startswith(GZIP)
        stream = gzip.GzipFile(fileobj=file) if packed else file
        form = _form(path, _peek(stream) if packed else head)
        if form == "xlsx" and packed:
            stream = closing.enter_context(_unpacked(stream))
        yield Source(path, form, file, stream, shape or Shape())


def _opened(path):
    if path.is_dir():
        raise Unusable(f"{path} is a folder. Name the files in it.")
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise Unusable(f"{path} does not exist. Check the path.") from None
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}.") from None


def _peek(stream):
    try:
        head = stream.read(4)
        stream.seek(0)
    except (OSError, EOFError, zlib.error):
        return b""
    return head


def _form(path, head):
    if head.startswith(ZIP):
        return "xlsx"
    suffixes = [suffix.lower() for suffix in path.suffixes]
    named = [suffix for suffix in suffixes if suffix != ".gz"][-1:]
    form = FORMATS.get(named[0]) if named else None
    if form == "xlsx":
        raise Unusable(f"{path} is not an XLSX workbook. Save it again as .xlsx.")
    if form:
        return form
    if head.lstrip(jsonlines.BOM).lstrip()[:1] in (b"{", b""):
        return "jsonl"
    raise Unusable(f"{path} is neither JSON Lines nor CSV nor XLSX. Name it .jsonl, .csv or .xlsx.")


def _unpacked(stream):
    """A workbook must be read from its end: unpack it to a file of its own."""
    copy = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        while block := stream.read(1 << 20):
            copy.write(block)
    except (EOFError, OSError, zlib.error) as error:
        copy.close()
        raise Unusable(f"The compressed workbook breaks off ({error}). Send it again.") from error
    copy.seek(0)
    return copy


def short(text: str) -> str:
    """48 hexadecimal digits that stand for a text."""
    return hashlib.blake2b(text.encode(), digest_size=24).hexdigest()
