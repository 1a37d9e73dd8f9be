"""A review of tiers killed before each of its statements, also in the middle of a batch: begun again it ends where one
that nobody stopped ends. It goes on from what was committed alone, so from each such state it is tried once."""

import itertools

import pytest
from django.db import transaction

from members.actions import tiers
from members.models import Event, EventCursor, TierGrant
from tests import factories
from tests.killing import killed_before
from tests.members import clubs
from tests.members.clubs import at, earn, stands
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db(transaction=True)
NOW = at("2026-03-12")
GRANT = ["account_id", "basis", "tier__code", "reason", "growth", "from_at", "valid_until", "recorded_at"]
TOLD = ["name", "account_id", "occurred_at", "properties"]
MOST = 80  # statements; neither comes near


@pytest.fixture
def people(monkeypatch):
    """Some rise, one of them of two accounts; some rose, kept it and fell since, by several validities in a row."""
    group = factories.organization()
    monkeypatch.setattr(tiers, "PEOPLE", 2)
    monkeypatch.setattr(tiers, "BATCH", 3)
    clubs.ruled(
        clubs.club(organization=group), book=clubs.growth(organization=group), window_months=12, months=12
    )
    people = purses.accounts(6, organization=group)
    for place, day, amount in GROWN:
        earn(people[place], amount, day)
        if day < "2024-03":
            tiers.review(now=at(day))
    purses.merge(*people[2:4])
    return people


GROWN = (
    (1, "2024-01-20", 5000), (4, "2024-02-01", 1000), (1, "2024-12-01", 1200), (4, "2024-12-01", 1000), (5, "2025-09-01", 400),
    (5, "2025-10-01", 5000), (2, "2026-02-01", 600), (3, "2026-02-02", 600), (0, "2026-03-01", 1000),
)  # fmt: skip


def review():
    tiers.review(now=NOW)


def follow():
    while tiers.follow(now=NOW):
        pass


def given():
    rows = list(TierGrant.objects.order_by("account", "from_at").values_list(*GRANT))
    return rows, sorted(map(repr, Event.objects.filter(name__startswith="tier.").values_list(*TOLD)))


def committed():
    """All that the work writes: grants, events, and how far the log was read."""
    return given(), list(EventCursor.objects.order_by("reader").values_list("reader", "tx", "event_id"))


def ended(work):
    """What stands when the work has been done to its end, as a trial."""
    with transaction.atomic():
        work()
        found = given()
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("work", [review, follow])
def test_killed_between_any_two_statements_it_goes_on_to_the_same_end(people, work):
    whole = ended(work)
    assert {reason for _who, _basis, _tier, reason, *_more in whole[0]} == {"reached", "kept", "dropped"}
    stood = [committed()]
    for number in itertools.count(1):
        assert number < MOST
        if not killed_before(number, work):
            break
        if (now := committed()) != stood[-1]:
            stood.append(now)
            assert ended(work) == whole
    assert given() == whole
    assert len(stood) > 2
    work()
    assert given() == whole
    assert [stands(each, on="2026-03-12").tier for each in people] == [
        "gold", "silver", "gold", "gold", "silver", "black",
    ]  # fmt: skip
