"""Lines of a byte stream in constant memory, whatever their length."""

import zlib
from gzip import BadGzipFile

from msgspec import Struct

from identity.files.items import BEGINNING, LINE_LIMIT

CHUNK = 1 << 16


class Line(Struct):
    """`text` without its line end (its beginning only if `too_long`); `end` is the offset behind it.

    `broken` says that the stream ended with an error behind what could be read.
    """

    number: int
    start: int
    end: int
    text: bytes
    too_long: bool = False
    broken: str = ""


def lines(stream, *, start=0, number=0, limit=LINE_LIMIT):
    """Every line of `stream` from the offset `start`, where it must stand. Yields Line."""
    offset = start
    while True:
        number += 1
        try:
            text = stream.readline(limit + 2)
        except (EOFError, BadGzipFile, zlib.error) as error:
            yield Line(number, offset, offset, b"", broken=str(error))
            return
        if not text:
            return
        if not text.endswith(b"\n") and len(text) > limit:
            line = _skip(stream, number, offset, text)
        else:
            line = Line(number, offset, offset + len(text), text.rstrip(b"\r\n"))
        yield line
        if line.broken:
            return
        offset = line.end


def skip_to(stream, start) -> int:
    """Move `stream` from its beginning to the offset `start`; the number of lines passed over."""
    stream.seek(0)
    passed, left = 0, start
    while left > 0:
        block = stream.read(min(CHUNK, left))
        if not block:
            break
        passed += block.count(b"\n")
        left -= len(block)
    return passed


def _skip(stream, number, offset, text):
    length = len(text)
    broken = ""
    while not text.endswith(b"\n"):
        try:
            text_read = stream.readline(CHUNK)
        except (EOFError, BadGzipFile, zlib.error) as error:
            broken = str(error)
            break
        if not text_read:
            break
        length += len(text_read)
        if text_read.endswith(b"\n"):
            break
    return Line(number, offset, offset + length, text[:BEGINNING], too_long=True, broken=broken)
