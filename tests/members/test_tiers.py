"""Tiers: reached by growth, kept or lost at the end of their validity, given by hand; each change is a fact with a reason."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from members.actions import points, tiers
from members.models import Book, Event, Member, Plan, Programme, TierGrant
from members.queries import standings
from tests import factories
from tests.members import clubs
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
BOOK = "growth"


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.fixture
def group():
    return factories.organization()


@pytest.fixture
def club(group):
    return clubs.club(organization=group)


@pytest.fixture
def book(group):
    return clubs.growth(organization=group)


@pytest.fixture
def person(group):
    (account,) = purses.accounts(1, organization=group)
    return account


def earn(account, amount, day: str):
    return purses.earn(account, Book.objects.get(code=BOOK), amount, at=at(day))


def stands(account, *, on: str) -> standings.Standing:
    (found,) = standings.of(members=[Member.objects.get(accounts=account).pk], at=at(on))
    return found


def told(account, club) -> list[tuple[str, str, str]]:
    member = Member.objects.get(accounts=account)
    return [(each.reason, each.before, each.after) for each in standings.log(member=member, programme=club)]


@pytest.mark.requirement("MEM-016")
def test_growth_of_1000_gives_the_second_tier_and_200_after_the_validity_the_first(club, book, person):
    clubs.ruled(club, book=book, window_months=12, months=12)
    earn(person, 1000, "2025-03-10")
    assert tiers.review(now=at("2025-03-11")) == 1
    here = stands(person, on="2025-03-11")
    assert (here.tier, here.tier_rank, here.ledger_growth) == ("gold", 1, 1000)
    assert (here.until, here.next_tier, here.to_next) == (at("2026-03-11"), "black", 4000)
    earn(person, 200, "2025-09-01")
    assert tiers.review(now=at("2026-03-10T23:59")) == 0
    assert tiers.review(now=at("2026-03-11")) == 1
    assert stands(person, on="2026-03-11").tier == "silver"
    assert told(person, club) == [("reached", "", "gold"), ("dropped", "gold", "silver")]
    assert [
        each.properties["to"] for each in Event.objects.filter(name__startswith="tier.").order_by("id")
    ] == [
        "gold",
        "silver",
    ]
