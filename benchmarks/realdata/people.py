"""Exact keys over the records of people: each key is an identifier, each set of keys a channel of its own.

A set's records carry its name as namespace, so that the sets link apart in one database.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import house
from benchmarks.realdata import partitions, rows
from benchmarks.realdata.checks import Check
from config.demo import scores

OCCURRED_AT = "2020-01-01T00:00:00+08:00"


@dataclass(frozen=True)
class KeySet:
    """`keys` are lists of columns; two records with equal, given values in one list are one person."""

    name: str
    file: str
    truth_column: str
    keys: tuple[tuple[str, ...], ...]
    folded: bool = False

    @property
    def channel(self) -> str:
        return f"{self.file.split('.')[0]}-{self.name}"


def prepare(sets: Iterable[KeySet]) -> None:
    kinds = {kind(key) for each in sets for key in each.keys}
    house.build(channels=[each.channel for each in sets], kinds=sorted(kinds))


def kind(key: tuple[str, ...]) -> str:
    return f"key_{'_'.join(key)}"[:32]


def records(*, folder: Path, sets: Iterable[KeySet]) -> Iterator[dict]:
    for each in sets:
        for number, row in enumerate(rows.read(folder / each.file)):
            yield {
                "type": "account",
                "channel": each.channel,
                "external_id": f"row-{number}",
                "occurred_at": OCCURRED_AT,
                "identifiers": [
                    {"kind": kind(key), "namespace": each.channel, "value": value}
                    for key in each.keys
                    if (value := _value(row=row, key=key, folded=each.folded))
                ],
            }


def _value(*, row: dict, key: tuple[str, ...], folded: bool) -> str:
    parts = [row[column].strip() for column in key]
    joined = "|".join(parts) if all(parts) else ""
    return joined.lower() if folded else joined


def checks(*, folder: Path, sets: Iterable[KeySet], known: dict) -> Iterator[Check]:
    """`known` maps a set's channel to its reference: {predicted_entities, precision, recall, …}."""
    for each in sets:
        records = enumerate(rows.read(folder / each.file))
        truth = {f"row-{number}": row[each.truth_column] for number, row in records}
        score = scores.pairwise(found=partitions.of_channel(each.channel), truth=truth)
        expected = known[each.channel]
        yield Check(f"{each.channel}: records", score.records, expected["records"])
        yield Check(f"{each.channel}: people", score.predicted_entities, expected["predicted_entities"])
        yield Check(f"{each.channel}: pairs", score.predicted_pairs, expected["predicted_pairs"])
        yield Check(f"{each.channel}: precision", round(score.precision, 6), expected["precision"])
        yield Check(f"{each.channel}: recall", round(score.recall, 6), expected["recall"])
