import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tags.conditions import moments
from tests.tags import crowd, world
from tests.tags.conditions.test_orders import TEST, TODAY, day

pytestmark = pytest.mark.django_db


def oracle(person: crowd.Person, leaf: dict) -> bool:
    field, op, value = leaf["field"], leaf["op"], leaf.get("value")
    known = person.profile.get("birth_date" if field in ("age", "birth_month") else field)
    if op in ("known", "unknown"):
        return bool(known) is (op == "known")
    if known in (None, ""):
        return False
    if field == "age":
        known = age(known, TODAY)
        if known < 0:
            return False
    elif field == "birth_month":
        known = known.month
    elif field == "first_seen_at":
        known = day(known).isoformat()
    elif field == "birth_date":
        known = known.isoformat()
    return known.startswith(value) if op == "starts_with" else TEST[op](known, value)


def age(born: dt.date, today: dt.date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


FIELDS = {
    "name": (st.sampled_from(["Li", "Li Wei", "王", "x"]), ["=", "!=", "in", "starts_with", "known", "unknown"]),
    "gender": (st.sampled_from(["male", "female"]), ["=", "!=", "in", "known", "unknown"]),
    "province": (st.sampled_from(["Shandong", "Beijing", "Shan"]), ["=", "in", "starts_with", "unknown"]),
    "age": (st.integers(0, 90), ["=", "!=", "<", "<=", ">", ">=", "between", "known", "unknown"]),
    "birth_month": (st.integers(1, 12), ["=", "!=", "in", "between"]),
    "birth_date": (st.dates(dt.date(1940, 1, 1), dt.date(2020, 1, 1)).map(str), ["<", ">=", "between", "known"]),
    "account_count": (st.integers(0, 4), ["=", "!=", "<", "between", "in"]),
    "first_seen_at": (
        st.integers(0, 40).map(lambda days: str(TODAY - dt.timedelta(days=days))), ["=", "<", ">=", "between"]
    ),
}  # fmt: skip


@st.composite
def leaves(draw):
    field = draw(st.sampled_from(list(FIELDS)))
    values, ops = FIELDS[field]
    leaf = {"field": field, "op": draw(st.sampled_from(ops))}
    if leaf["op"] in ("between", "in"):
        leaf["value"] = draw(st.lists(values, min_size=2, max_size=2).map(sorted))
    elif leaf["op"] not in ("known", "unknown"):
        leaf["value"] = draw(values)
    return leaf


def test_any_comparison_agrees_with_plain_python(town):
    people = crowd.gather(town)
    everyone = tuple(person.id for person in people)

    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(leaf=leaves())
    def agrees(leaf):
        expected = {person.id for person in people if oracle(person, leaf)}
        assert world.chosen(town, {"profile": leaf}) == expected
        assert world.chosen(town, {"profile": leaf}, members=everyone[:9]) == expected & set(everyone[:9])

    agrees()


def aged(op: str, value: object) -> dict:
    return {"profile": {"field": "age", "op": op, "value": value}}


@pytest.mark.requirement("TAG-022")
def test_age_changes_on_the_birthday(town):
    member = world.person(town, birth_date=dt.date(1980, 11, 21))
    assert world.chosen(town, aged("=", 44), as_of=moments.moment(dt.date(2025, 11, 20))) == {member.pk}
    assert world.chosen(town, aged("=", 45), as_of=moments.start_of(dt.date(2025, 11, 21))) == {member.pk}


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [
        ("2004-02-29", "2023-02-28", 18),
        ("2004-02-29", "2023-03-01", 19),
        ("2004-02-29", "2024-02-28", 19),
        ("2004-02-29", "2024-02-29", 20),
        ("2003-03-01", "2024-02-29", 20),
    ],
)
def test_who_was_born_on_29_february_is_older_on_1_march_of_a_common_year(town, born, day, years):
    member = world.person(town, birth_date=dt.date.fromisoformat(born))
    as_of = moments.moment(dt.date.fromisoformat(day))
    assert [n for n in range(16, 24) if world.chosen(town, aged("=", n), as_of=as_of) == {member.pk}] == [
        years
    ]


@pytest.mark.requirement("TAG-102")
def test_the_middle_aged_pack_takes_40_and_60_but_not_39_and_61(town):
    members = {
        years: world.person(town, birth_date=moments.years_before(moments.day_of(world.NOW), years)).pk
        for years in (39, 40, 60, 61)
    }
    assert world.chosen(town, aged("between", [40, 60])) == {members[40], members[60]}


def test_what_is_not_known_matches_no_comparison(town):
    nameless, unprofiled = world.person(town, name="", gender=""), world.person(town)
    assert world.chosen(town, {"profile": {"field": "gender", "op": "!=", "value": "male"}}) == set()
    assert world.chosen(town, {"profile": {"field": "gender", "op": "unknown"}}) == {nameless.pk}
    negated = {"not": {"profile": {"field": "gender", "op": "known"}}}
    assert world.chosen(town, negated) == {nameless.pk, unprofiled.pk}
