"""Splink's fake_1000: 251 people with e-mails, gaps and typing errors, by sets of exact keys."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.realdata import people
from benchmarks.realdata.checks import Check, reference

FOLDER = "splink_fake_1000"
EMAIL = ("email",)
NAME_DOB = ("first_name", "surname", "dob")
KEYS = {
    "email": (EMAIL,),
    "name_dob": (NAME_DOB,),
    "email_or_namedob": (EMAIL, NAME_DOB),
    "email_or_namedob_or_dobsurname_city": (EMAIL, NAME_DOB, ("surname", "dob", "city")),
}
SETS = tuple(
    people.KeySet(name=name, file="fake_1000.csv.gz", truth_column="cluster", keys=keys)
    for name, keys in KEYS.items()
)


def prepare() -> None:
    people.prepare(SETS)


def records(*, folder: Path) -> Iterator[dict]:
    yield from people.records(folder=folder, sets=SETS)


def checks(*, folder: Path) -> Iterator[Check]:
    answers = reference(folder)["exact_key_components"]
    yield from people.checks(
        folder=folder, sets=SETS, known={f"fake_1000-{name}": answer for name, answer in answers.items()}
    )
