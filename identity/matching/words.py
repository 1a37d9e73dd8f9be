"""Columns of a million texts or numbers: texts that repeat are kept once each, with a number a row."""

from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np


class Words(Sequence):
    """A column of texts: `legend` holds each once, `code[i]` is where the text of row i stands in it."""

    def __init__(self, legend: list, code: np.ndarray):
        self.legend = legend
        self.code = code

    def __len__(self) -> int:
        return len(self.code)

    def __getitem__(self, place: int):
        return self.legend[self.code[place]]

    def __iter__(self) -> Iterator:
        return map(self.legend.__getitem__, self.code.tolist())

    def among(self, wanted: Collection) -> np.ndarray:
        """Of each row, whether its text is one of `wanted`."""
        return np.array([word in wanted for word in self.legend], dtype=bool)[self.code]

    def told(self) -> np.ndarray:
        """Of each row, whether it says anything."""
        return np.array([bool(word) for word in self.legend], dtype=bool)[self.code]


def of(values: Sequence) -> Words:
    """A column of texts as Words, its legend in the order of appearance."""
    return values if isinstance(values, Words) else counted(values, len(values))


def counted(values: Iterable, count: int) -> Words:
    """`count` texts as Words."""
    known: dict = {}
    code = np.fromiter((known.setdefault(value, len(known)) for value in values), np.int64, count)
    return Words(list(known), code)


def joined(parts: list[Sequence]) -> Sequence:
    """Columns of one sort, one after another."""
    if isinstance(parts[0], Words):
        known = counted(
            (word for part in parts for word in part.legend), sum(len(part.legend) for part in parts)
        )
        starts = np.cumsum([0, *(len(part.legend) for part in parts)])
        codes = [known.code[start + part.code] for start, part in zip(starts, parts, strict=False)]
        return Words(known.legend, np.concatenate(codes))
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    return [value for part in parts for value in part]


def take(column: Sequence, places: np.ndarray) -> list:
    """The values of a column at these places, as plain values."""
    if isinstance(column, Words):
        return [column.legend[code] for code in column.code[places].tolist()]
    if isinstance(column, np.ndarray):
        return column[places].tolist()
    return [column[place] for place in places.tolist()]


def kept(column: Sequence, places: np.ndarray) -> Sequence:
    """The column with these places alone, as it was held."""
    if isinstance(column, Words):
        return Words(column.legend, column.code[places])
    return column[places] if isinstance(column, np.ndarray) else take(column, places)


def plain(column: Sequence) -> list:
    """The column as a list."""
    return column if isinstance(column, list) else take(column, np.arange(len(column)))
