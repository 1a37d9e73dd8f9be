"""FEBRL 1 and 3: synthetic persons with damaged duplicates, by five sets of exact keys."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.realdata import people
from benchmarks.realdata.checks import Check, reference

FOLDER = "febrl"
NAME_DOB = ("given_name", "surname", "date_of_birth")
NAME_POSTCODE = ("given_name", "surname", "postcode")
KEYS = {
    "ssn": (("soc_sec_id",),),
    "name_dob": (NAME_DOB,),
    "dob_postcode": (("date_of_birth", "postcode"),),
    "name_postcode": (NAME_POSTCODE,),
    "any_of_ssn_namedob_namepostcode": (("soc_sec_id",), NAME_DOB, NAME_POSTCODE),
}
SETS = tuple(
    people.KeySet(name=name, file=f"{part}.csv.gz", truth_column="true_id", keys=keys)
    for part in ("febrl1", "febrl3")
    for name, keys in KEYS.items()
)


def prepare() -> None:
    people.prepare(SETS)


def records(*, folder: Path) -> Iterator[dict]:
    yield from people.records(folder=folder, sets=SETS)


def checks(*, folder: Path) -> Iterator[Check]:
    known = reference(folder)
    answers = {
        f"{part}-{name}": answer
        for part in ("febrl1", "febrl3")
        for name, answer in known[part]["exact_key_components"].items()
    }
    yield from people.checks(folder=folder, sets=SETS, known=answers)
