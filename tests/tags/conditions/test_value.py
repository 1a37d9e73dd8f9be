"""Tiers and balances: what ``members.queries`` says of each member is what conditions choose by."""

import datetime as dt

import pytest

from members.models import Member
from members.queries import balances, standings
from tags.conditions import describe, parse
from tags.conditions.faults import Fault
from tags.queries import catalogue
from tests import factories
from tests.members import clubs
from tests.members.ledger import purses
from tests.tags import world
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def club(town):
    made = clubs.club(organization=town.group)
    clubs.ruled(made, book=clubs.growth(organization=town.group), months=12)
    return made


@pytest.fixture
def points(town):
    return purses.book(organization=town.group, expiry="months_after", expiry_months=12, pending_days=3)


def test_tiers_are_those_that_the_standings_say(town, club):
    people = {name: world.person(town) for name in ("gold", "black", "silver", "both", "none")}
    for name in ("gold", "black", "silver"):
        clubs.fact(club, people[name].account, tier=name, day="2025-06-01", until="2026-02-01")
    other = factories.account(channel=town.tmall, member=people["both"])
    clubs.fact(club, people["both"].account, tier="silver", day="2025-06-01")
    clubs.fact(club, other, tier="black", day="2026-01-10", until="2027-02-01")

    def chosen(**leaf):
        found = world.chosen(town, {"standing": {"programme": "g"} | leaf})
        return {name for name, member in people.items() if member.pk in found}

    said = {each.member: each.tier for each in standings.of(members=[p.pk for p in people.values()], at=NOW)}
    for tier in ("silver", "gold", "black"):
        assert chosen(tier=tier) == {name for name, member in people.items() if said.get(member.pk) == tier}
    assert chosen(tier="gold", op="at least") == {"gold", "black", "both"}
    assert chosen(tier="gold", op="at most") == {"gold", "silver"}
    assert chosen() == {"gold", "black", "silver", "both"}
    assert chosen(tier=["silver", "black"], since={"days": 30}) == {"both"}
    assert chosen(ends={"days": 16}) == {"gold", "black", "silver"}
    assert chosen(ends={"days": 15}) == set()
    few = world.chosen(town, {"standing": {"programme": "g"}}, members=[people["gold"].pk])
    assert few == {people["gold"].pk}


def test_balances_are_those_that_the_books_say(town, points):
    rich, two, waits, none = (world.person(town) for _number in range(4))
    other = factories.account(channel=town.tmall, member=two)
    purses.earn(rich.account, points, 500, at=NOW - 355 * DAY)
    purses.earn(rich.account, points, 700, at=NOW - 30 * DAY)
    for account in (two.account, other):
        purses.earn(account, points, 60, at=NOW - 30 * DAY)
    purses.spend(two.account, points, 20, at=NOW)
    purses.earn(waits.account, points, 50, at=NOW)

    def chosen(as_of=NOW, **leaf):
        return world.chosen(town, {"balance": {"book": points.code} | leaf}, as_of=as_of)

    for each in balances.of(members=list(Member.objects.values_list("pk", flat=True)), now=NOW):
        if each.available:
            assert each.member in chosen(op="=", value=str(each.available))
    assert chosen(op=">=", value=100) == {rich.pk, two.pk}
    assert chosen(op="=", value=100) == {two.pk}
    assert chosen(op="=", value=0) == {waits.pk, none.pk}
    assert chosen(aggregate="waiting", op="=", value=50) == {waits.pk}
    assert chosen(op="=", value=50, as_of=NOW + 4 * DAY) == {waits.pk}
    assert chosen(aggregate="expiring", days=30, op=">=", value=500) == {rich.pk}
    assert chosen(aggregate="expiring", days=3, op=">=", value=1) == set()


def test_what_expires_within_days_is_counted_to_the_end_of_the_last_of_them(town, points):
    member = world.person(town)
    purses.earn(member.account, points, 10, at=NOW - 30 * DAY)
    (ends,) = {at for at, _amount in purses.held(member.account, points).expiring}
    days = (
        (ends - dt.timedelta(microseconds=1)).astimezone(clubs.ZONE).date()
        - NOW.astimezone(clubs.ZONE).date()
    ).days
    for number, found in [(days, {member.pk}), (days - 1, set())]:
        leaf = {"book": points.code, "aggregate": "expiring", "days": number, "op": ">", "value": 0}
        assert world.chosen(town, {"balance": leaf}) == found


@pytest.mark.parametrize(
    ("document", "place", "said"),
    [
        ({"standing": {"programme": "b1"}}, "standing.programme", "Choose one of g"),
        ({"standing": {"programme": "g", "tier": "golden"}}, "standing.tier", "Did you mean gold"),
        ({"standing": {"programme": "g", "tier": ["gold", "black"], "op": "at least"}}, "standing.tier", "one tier"),
        ({"standing": {"programme": "g", "ends": 30}}, "standing.ends", "must be an object"),
        ({"standing": {"programme": "g", "ends": {"days": 10**6}}}, "standing.ends.days", "from 0 to 3660"),
        ({"balance": {"book": "point", "op": ">", "value": 1}}, "balance.book", "Did you mean points"),
        ({"balance": {"book": "points", "aggregate": "expiring", "op": ">", "value": 1}}, "balance", "“days” is missing"),
        ({"balance": {"book": "points", "days": 3}}, "balance.days", "only what is expiring"),
        ({"balance": {"book": "points", "op": ">", "value": "many"}}, "balance.value", "must be a number"),
    ],
)  # fmt: skip
def test_the_place_the_fault_and_the_remedy(town, club, points, document, place, said):
    with pytest.raises(Fault) as fault:
        parse.condition(document, catalogue=catalogue.at(node=town.group))
    assert (fault.value.place, said in str(fault.value)) == (place, True), fault.value


def test_they_are_said_in_words(town, club, points):
    document = {"all": [
        {"standing": {"programme": "g", "tier": "gold", "op": "at least", "ends": {"days": 30}}},
        {"balance": {"book": "points", "aggregate": "expiring", "days": 7, "op": ">", "value": 100}},
    ]}  # fmt: skip
    assert describe.sentence(parse.condition(document, catalogue=catalogue.at(node=town.group))) == (
        "Tier in Club is at least Gold ending within 30 days and Points expiring within 7 days is above 100."
    )
