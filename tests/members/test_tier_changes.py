"""What a plan would change of tiers: of all people where they are few, of a part that is the same each time where they are many."""

import pytest
from django.db import connection

from members.models import Membership, OpeningRule, Plan, TierGrant, TierRule
from members.queries import tier_changes
from members.queries.tier_changes import Move
from tests.members import clubs, plans
from tests.members.clubs import at, earn
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db
NOW = at("2025-03-20")
GROWTH = (1000, 5000, 2000, 9000, 10, 1500, 6000, 0)


@pytest.fixture
def people(group):
    """Each with so much growth, the last one with none ever; the first has two accounts."""
    clubs.growth(organization=group)
    made = purses.accounts(len(GROWTH) + 1, organization=group)
    for account, amount in zip(made, GROWTH, strict=False):
        if amount:
            earn(account, amount, "2025-03-10")
    purses.merge(made[0], made[-1])
    return made[:-1]


@pytest.fixture
def draft(group, people):
    club = clubs.club(organization=group)
    return plans.drafted(
        club, starts_at=at("2025-04-01"), growth_book=people[0].wallets.get().book,
        tiers=[{"tier": code, "growth_from": growth} for code, growth in clubs.LADDER],
    )  # fmt: skip


def looked_at(people, most) -> list[int]:
    """The growth of those with the smallest hashes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM unnest(%s::bigint[]) AS n (id) ORDER BY hashint8extended(id, 0)",
            [[each.member_id for each in people[:-1]]],
        )
        drawn = [row[0] for row in cursor.fetchall()][:most]
    return [growth for each, growth in zip(people, GROWTH, strict=True) if each.member_id in drawn]


def expected(grown) -> list[Move]:
    black, gold = (sum(low <= each < high for each in grown) for low, high in ((5000, 10**9), (1000, 5000)))
    moves = [Move("silver", "black", "reached", black), Move("silver", "gold", "reached", gold)]
    return [each for each in moves if each.members]


@pytest.mark.parametrize("most", [7, 8, 1000])
def test_where_there_are_not_more_everybody_who_has_growth_is_counted(draft, people, most):
    found = tier_changes.preview(plan=draft, now=NOW, most=most)
    assert found.moves == expected(GROWTH)
    assert (found.looked, found.people, found.all_of_them, found.factor) == (7, 7, True, 1)


@pytest.mark.parametrize("most", range(1, 7))
def test_where_there_are_more_a_part_is_drawn_that_is_the_same_each_time(draft, people, most):
    found = tier_changes.preview(plan=draft, now=NOW, most=most)
    assert found.moves == expected(looked_at(people, most))
    assert (found.looked, found.people, found.all_of_them) == (most, 7, False)
    assert found.factor == pytest.approx(7 / most)
    assert tier_changes.preview(plan=draft, now=NOW, most=most) == found


def test_whoever_has_a_tier_is_among_those_who_are_looked_at(draft, people):
    clubs.fact(draft.programme, people[-1], tier="gold", day="2024-01-01", until="2025-03-01")
    found = tier_changes.preview(plan=draft, now=NOW, most=100)
    assert (found.looked, found.people) == (8, 8)
    assert Move("gold", "silver", "dropped", 1) in found.moves
    assert TierGrant.objects.count() == 1


def test_whoever_has_a_stated_tier_is_among_them_where_that_is_taken_over(draft, people):
    said = Membership.objects.filter(account=people[-1])
    assert said.update(tier="gold", tier_at=at("2024-01-15"), stated_at=at("2024-01-15")) == 1
    TierRule.objects.filter(plan=draft).update(validity_months=12)
    Plan.objects.filter(pk=draft.pk).update(starts_at=at("2024-01-01"))
    early = Plan.objects.get(pk=draft.pk)
    assert tier_changes.preview(plan=early, now=NOW, most=100).people == 7
    OpeningRule.objects.create(programme=draft.programme, channel=people[-1].channel)
    found = tier_changes.preview(plan=early, now=NOW, most=100)
    assert (found.looked, found.people) == (8, 8)
    assert Move("gold", "silver", "dropped", 1) in found.moves
