"""The data sets of people as a new installation would meet them: profiles, an e-mail or number, no keys made for them."""

import csv
import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import house
from benchmarks.realdata import hard_cn, rows, steward
from benchmarks.realdata.checks import Check

OCCURRED_AT = "2020-01-01T00:00:00+08:00"
CHANNEL = "crm"


@dataclass(frozen=True)
class People:
    """One file of people: `read` turns a row into (profile, identifiers)."""

    FOLDER: str
    file: str
    truth_column: str
    read: Callable[[dict], tuple[dict, list[dict]]]

    def prepare(self) -> None:
        house.build(channels=[CHANNEL])

    def records(self, *, folder: Path) -> Iterator[dict]:
        for number, row in enumerate(rows.read(folder / self.file)):
            profile, identifiers = self.read({name: (value or "").strip() for name, value in row.items()})
            yield {
                "type": "account",
                "channel": CHANNEL,
                "external_id": f"row-{number}",
                "occurred_at": OCCURRED_AT,
                "profile": {name: value for name, value in profile.items() if value},
                "identifiers": [each for each in identifiers if each["value"]],
            }

    def checks(self, *, folder: Path) -> Iterator[Check]:
        numbered = enumerate(rows.read(folder / self.file))
        yield from steward.measure(
            truth={(CHANNEL, f"row-{number}"): row[self.truth_column] for number, row in numbered}
        )


class HardCn:
    FOLDER = hard_cn.FOLDER
    prepare = staticmethod(hard_cn.prepare)
    records = staticmethod(hard_cn.records)

    @staticmethod
    def checks(*, folder: Path) -> Iterator[Check]:
        with gzip.open(folder / "truth.csv.gz", "rt", encoding="utf-8") as lines:
            truth = {(row["channel"], row["external_id"]): row["person"] for row in csv.DictReader(lines)}
        yield from steward.measure(truth=truth)


def _febrl(row: dict) -> tuple[dict, list[dict]]:
    born = row["date_of_birth"]
    profile = {
        "name": _joined(row, "given_name", "surname"),
        "birth_date": f"{born[:4]}-{born[4:6]}-{born[6:]}" if len(born) == 8 else "",
        "address": _joined(row, "street_number", "address_1", "address_2"),
        "province": row["state"],
        "city": row["suburb"],
        "postcode": row["postcode"],
    }
    return profile, [{"kind": "national_id", "value": row["soc_sec_id"]}]


def _rldata(row: dict) -> tuple[dict, list[dict]]:
    born = f"{int(row['by']):04}-{int(row['bm']):02}-{int(row['bd']):02}"
    return {"name": _joined(row, "fname_c1", "fname_c2", "lname_c1", "lname_c2"), "birth_date": born}, []


def _fake(row: dict) -> tuple[dict, list[dict]]:
    profile = {"name": _joined(row, "first_name", "surname"), "birth_date": row["dob"], "city": row["city"]}
    return profile, [{"kind": "email", "value": row["email"]}]


def _joined(row: dict, *names: str) -> str:
    return " ".join(row[name] for name in names if row[name] not in ("", "NA"))


SETS = {
    "febrl1_queue": People("febrl", "febrl1.csv.gz", "true_id", _febrl),
    "febrl3_queue": People("febrl", "febrl3.csv.gz", "true_id", _febrl),
    "rldata_queue": People("rldata", "rldata500.csv.gz", "true_id", _rldata),
    "fake_1000_queue": People("splink_fake_1000", "fake_1000.csv.gz", "cluster", _fake),
    "hard_cn_queue": HardCn(),
}
