"""The headings and the first rows of a file, as they stand there."""

from itertools import islice
from pathlib import Path

from msgspec import Struct

from identity.files import opening


class Look(Struct):
    """`rows` are cells by heading; a JSON Lines file has no headings, and records instead of cells."""

    form: str
    headings: list[str]
    rows: list[dict]


class _Bare:
    """Stands in for a Shape and leaves rows as they are."""

    rows_are_lines = False

    def __init__(self):
        self.headings = []

    def bind(self, headings):
        self.headings = [name for name in headings if name]

    def __call__(self, row):
        return row


def at(path: Path, *, rows: int) -> Look:
    """The beginning of a file. Raises Unusable."""
    shape = _Bare()
    with opening.source(path, shape=shape) as source:
        found = [item.raw for item in islice(source.items(), rows) if isinstance(item.raw, dict)]
        return Look(form=source.form, headings=shape.headings, rows=found)
