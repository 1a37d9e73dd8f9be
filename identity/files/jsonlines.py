"""JSON Lines: one object a line, UTF-8."""

import msgspec

from identity.files.items import Item
from identity.files.lines import Line, lines, skip_to
from identity.records import problems

BOM = b"\xef\xbb\xbf"
_decode = msgspec.json.Decoder().decode


def items(stream, *, start=0):
    """Items from the offset `start` on; blank lines are skipped."""
    number = skip_to(stream, start)
    for line in lines(stream, start=start, number=number):
        text = line.text
        if line.broken or line.too_long:
            yield from refusals(line)
            continue
        if not line.start and text.startswith(BOM):
            text = text[3:]
        if not text or text.isspace():
            continue
        try:
            yield Item(line=line.number, resume=line.end, raw=_decode(text))
        except (msgspec.DecodeError, RecursionError, ValueError) as error:
            yield _undecoded(line, text, error)


def refusals(line: Line):
    """The items of a line that is too long, of a stream that breaks off, or of both."""
    shown = line.text.decode("utf-8", "backslashreplace")
    if line.too_long:
        length = line.end - line.start
        message = f"The line at byte {line.start} is {length} bytes long; the limit is 1 MiB."
        problem = problems.of("line.long", place=f"line {line.number}", value=shown, message=message)
        yield Item(line=line.number, resume=line.end, problem=problem, text=shown)
    if line.broken:
        message = f"The compressed file breaks off after {line.start} bytes of content ({line.broken})."
        problem = problems.of("file.truncated", place=f"line {line.number}", message=message)
        yield Item(line=line.number, resume=line.start, problem=problem)


def _undecoded(line, text, error):
    code, message = "line.json", f"The line is not JSON: {error}"
    if isinstance(error, RecursionError):
        code, message = "record.depth", None
    try:
        shown = text.decode()
    except UnicodeDecodeError as fault:
        code, message = "line.encoding", f"Byte {line.start + fault.start} is not UTF-8."
        shown = text.decode("utf-8", "backslashreplace")
    problem = problems.of(code, place=f"line {line.number}", value=shown, message=message)
    return Item(line=line.number, resume=line.end, problem=problem, text=shown)
