"""The engine on people in memory: what is blocked, how levels are told, what a crowded key does."""

from itertools import combinations

import pytest

from identity.candidates import backends, blocking, people, scoring, settings
from identity.candidates.people import Account


def scored(*accounts, forbidden=(), threshold=1e-9):
    table = people.table(accounts)
    with backends.opened("duckdb", memory="500MB", threads=1) as backend:
        scoring.block(backend=backend, people=table, forbidden=forbidden)
        met = backend.rows("SELECT join_key_l, join_key_r FROM blocked_pairs")
        pairs = scoring.score(
            backend=backend, parameters=settings.default(), people=table, threshold=threshold
        )
    return set(met), {(pair.left, pair.right): pair for pair in pairs}


def levels(pair):
    return {field.field: field.level for field in pair.fields}


def person(number, **told):
    return Account(account=number, member=number, **told)


CASES = [
    ({"name": "沈浩宇"}, {"name": "Hao Yu Shen"}, "name", "sound"),
    ({"name": "沈浩宇"}, {"name": "沈浩字"}, "name", "one_character"),
    ({"name": "沈浩宇"}, {"name": "沈宇"}, "name", "one_character"),
    ({"name": "沈浩宇"}, {"name": "沈**"}, "name", "fits"),
    ({"name": "沈浩宇"}, {"name": "沈*"}, "name", "surname"),
    ({"name": "沈浩宇"}, {"name": "沈明"}, "name", "surname"),
    ({"name": "Robert Allen"}, {"name": "Robert Alen"}, "name", "similar"),
    ({"name": "Robert Allen"}, {"name": "Allen"}, "name", "part"),
    ({"birth_date": "1984-05-06"}, {"birth_date": "1984-06-05"}, "birth_date", "swapped"),
    ({"birth_date": "1984-05-16"}, {"birth_date": "1984-05-17"}, "birth_date", "one_digit"),
    ({"birth_date": "1984-05-16"}, {"birth_date": "1948-05-16"}, "birth_date", "one_digit"),
    ({"phones": ("+8613800138000",)}, {"phones": ("+8613800138001",)}, "phone", "near"),
    ({"phones": ("+8613800138000",)}, {"phones": ("+8613800130800",)}, "phone", "near"),
    ({"phones": ("+8613800138000",)}, {"phone_masked": "138****8000"}, "phone", "fits"),
    ({"phones": ("+8613800138000",)}, {"phones": ("+8618912345678",)}, "phone", "differs"),
    ({"emails": ("wu78@a.cn",)}, {"emails": ("wu78@b.com",)}, "email", "local"),
    ({"emails": ("wu78@a.cn",)}, {"emails": ("wu87@a.cn",)}, "email", "near"),
    ({"address": "中山路1号"}, {"address": "中山路1"}, "address", "exact"),
    ({"address": "香港中路367号"}, {"address": "香港建路367号"}, "address", "near"),
    ({"address": "香港中路367号"}, {"address": "香港路367号"}, "address", "near"),
    ({"address": "香港中路367号"}, {"address": "香港中路376号"}, "address", "near"),
    (
        {"address": "香港中路367号", "city": "青岛"},
        {"address": "北京中路367号", "city": "青岛"},
        "address",
        "city",
    ),
    ({"city": "青岛"}, {"city": "青岛"}, "address", "city"),
    ({"gender": "male"}, {"gender": "female"}, "gender", "differs"),
    ({"numbers": ("5928066",)}, {"numbers": ("5628066",)}, "national_id", "one_digit"),
]


@pytest.fixture(scope="module")
def told():
    """Levels by pair of people; each two of CASES meet by a key of their own beside what is tried."""
    accounts = []
    for number, (left, right, field, _level) in enumerate(CASES):
        meet = {"receivers": (("", f"解放路{number}号9-9-9"),)}
        if field == "address":
            meet = {"birth_date": f"19{10 + number}-02-03"}
        accounts += [person(2 * number, **meet | left), person(2 * number + 1, **meet | right)]
    return {ids: levels(pair) for ids, pair in scored(*accounts)[1].items()}


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: "-".join(CASES[number][2:]))
def test_levels(told, number):
    _left, _right, field, level = CASES[number]
    assert told[2 * number, 2 * number + 1][field] == level


def test_a_household_shares_address_and_telephone_and_the_second_says_nothing():
    shared = {"address": "解放路9号9-9-9", "phones": ("+8613800138000",)}
    _met, pairs = scored(person(1, name="沈浩宇", **shared), person(2, name="李芳", **shared))
    assert "phone" not in levels(pairs[1, 2])


def test_a_rare_value_weighs_more():
    crowd = [person(number, name="王伟", city="青岛") for number in range(1, 20)]
    _met, pairs = scored(
        *crowd, person(30, name="令狐冲之", city="青岛"), person(31, name="令狐冲之", city="青岛")
    )
    weights = {
        ids: next(field.weight for field in pair.fields if field.field == "name")
        for ids, pair in pairs.items()
    }
    assert weights[30, 31] > weights[1, 2] + 2


def test_forbidden_pairs_never_meet():
    told = {"name": "沈浩宇", "birth_date": "1984-05-06"}
    trio = [person(number, **told) for number in (1, 2, 3)]
    met, _pairs = scored(*trio, forbidden={(1, 3)})
    assert met == {(1, 2), (2, 3)}


def test_a_key_of_too_many_people_brings_nobody_together(monkeypatch):
    same = [person(number, name="王伟", city="青岛") for number in range(1, 5)]
    assert scored(*same)[0] == set(combinations(range(1, 5), 2))
    monkeypatch.setattr(blocking.pairs, "__kwdefaults__", {"limit": 3})
    assert scored(*same)[0] == set()


def test_what_several_accounts_of_a_person_say_is_one_row():
    table = people.table(
        [
            Account(1, 9, name="谭**", receivers=(("谭志刚", ""), ("王五", "")), phones=("+8613800138000",)),
            Account(2, 9, name="谭**", phone_masked="189****5678", birth_date="1984-05-06"),
            Account(3, 10, name=None),
        ]
    )
    (row,) = table.to_pylist()
    assert (row["unique_id"], row["whole"], row["birth"]) == (9, "谭志刚", "19840506")
    assert row["phone_keys"] == ["1388000", "1895678"]


def test_missing_backends_say_what_to_do():
    with pytest.raises(backends.Missing, match="There is no backend 'abacus'"):
        backends.require("abacus")
