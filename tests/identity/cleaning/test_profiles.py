"""Sex, names and dates of a profile."""

import pytest

from identity.cleaning import dates
from tests.identity.cleaning.samples import account, clean, codes


@pytest.mark.requirement("IDN-053")
@pytest.mark.parametrize("written", ["男", "1", "M", "male", 1, " Male "])
def test_sex_codes_of_channels_become_one(written):
    assert clean(account(profile={"gender": written})).traits == {"gender": "male"}


@pytest.mark.parametrize("name", ["测试", "TEST", "测试用户"])
def test_test_names_are_left_out(name):
    cleaned = clean(account(profile={"name": name}))
    assert codes(cleaned) == ["name.test"]
    assert cleaned.traits == {}


def test_bidirectional_and_control_characters_are_taken_out_of_names():
    cleaned = clean(account(profile={"name": "Li\u202e Lei\x00\x07"}))
    assert cleaned.traits == {"name": "Li Lei"}
    assert codes(cleaned) == ["text.hostile"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1984-05-06", "1984-05-06"),
        ("1984/5/6", "1984-05-06"),
        ("19840506", "1984-05-06"),
        ("1984年5月6日", "1984-05-06"),
        ("1984-05-06 00:00:00", "1984-05-06"),
        ("1984-13-06", None),
        ("06/05/1984", None),
        ("19840", None),
        ("", None),
    ],
)
def test_dates(written, expected):
    found = dates.parse(written)
    assert (found and found.isoformat()) == expected


@pytest.mark.parametrize("written", ["1899-12-31", "2026-06-02", "0001-01-01"])
def test_implausible_birthdays_are_left_out(written):
    assert codes(clean(account(profile={"birth_date": written}))) == ["date.implausible"]
