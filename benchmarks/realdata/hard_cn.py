"""Generated Chinese customers on eight channels with every trap of real life: precision and F1 beside the bar.

Two platforms give phones as hashes whose recipe is known. Beside each phone the records carry its hashes, as a
connector would send them, so that the platforms' accounts can meet the others.
"""

import csv
import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks import house
from benchmarks.realdata.checks import Check
from config.demo import found, scores

FOLDER = "hard_cn"
CHANNELS = ("tmall", "jd", "douyin", "oa", "mini", "wecom", "mall", "pos")
QUOTED = re.compile(r"'([^']+)'")
BAR = {"precision": 0.952, "recall": 0.381, "f1": 0.584}


def prepare() -> None:
    house.build(channels=CHANNELS, stores=[f"store-{number:02}" for number in range(1, 14)])


def records(*, folder: Path) -> Iterator[dict]:
    salts = _salts(folder)
    with gzip.open(folder / "hard_cn.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            carried = record.get("identifiers", [])
            hashes = [entry for each in carried if each["kind"] == "phone" for entry in _hashes(each, salts)]
            yield record | ({"identifiers": [*carried, *hashes]} if hashes else {})


def _salts(folder: Path) -> dict[str, str]:
    """Platform → what it appends to the eleven digits before hashing them by MD5, where that is known."""
    recipes = json.loads((folder / "recipes.json").read_text(encoding="utf-8"))["phone_hash"]
    return {platform: found[1] for platform, recipe in recipes.items() if (found := QUOTED.search(recipe))}


def _hashes(phone: dict, salts: dict[str, str]) -> Iterator[dict]:
    digits = "".join(letter for letter in phone["value"] if letter.isdecimal())[-11:]
    for platform, salt in salts.items():
        value = hashlib.md5(f"{digits}{salt}".encode(), usedforsecurity=False).hexdigest()
        yield phone | {"kind": "phone_hash", "namespace": platform, "value": value}


def checks(*, folder: Path) -> Iterator[Check]:
    with gzip.open(folder / "truth.csv.gz", "rt", encoding="utf-8") as lines:
        truth = {(row["channel"], row["external_id"]): row["person"] for row in csv.DictReader(lines)}
    score = scores.pairwise(found=found.people(), truth=truth)
    yield Check("accounts", score.records, len(truth))
    yield Check("people found", score.predicted_entities, None)
    for name, bar in BAR.items():
        yield Check(name, round(getattr(score, name), 4), bar, at_least=True)
