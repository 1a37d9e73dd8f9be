"""What a reader of files yields, and why a file cannot be read at all."""

from msgspec import Struct

from identity.records.problems import Problem

BEGINNING = 1024
LINE_LIMIT = 1 << 20


class Unusable(Exception):
    """The file as a whole cannot be read; the message names the remedy."""


class Item(Struct, kw_only=True):
    """One line or row: a decoded record, or the problem that kept it from being one.

    `line` counts from 1; `resume` is where reading goes on behind this item (bytes of the decompressed
    stream, or rows of a sheet); `text` is the beginning of what could not be decoded.
    """

    line: int
    resume: int
    raw: object = None
    problem: Problem | None = None
    text: str = ""
