"""Plans over real connections: one draft published by two people, two versions for one instant, a stop beside a stop."""

import pytest

from members.actions import plans
from members.models import Event, Plan, Programme, Tier, TierRule
from tests import factories
from tests.connections import at_once
from tests.members.ledger.purses import DAY, NOW, book
from tests.members.plans import drafted, published, rule

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def club():
    group = factories.organization()
    book(organization=group)
    return Programme.objects.create(organization=group, name="Club")


def draft(club, **plan) -> Plan:
    return drafted(
        club, rules=[rule(club.organization.books.get(), 1)], **{"starts_at": NOW + DAY, "now": NOW} | plan
    )


def outcomes(*verbs) -> list[str]:
    return sorted(type(each).__name__ for each in at_once(*verbs))


def publish(plan):
    return lambda: plans.publish(plan=plan, by=None, now=NOW)


def test_a_draft_is_published_by_one_of_three(club):
    plan = draft(club)
    assert outcomes(*[publish(plan)] * 3) == ["Plan", "Refused", "Refused"]
    assert Event.objects.filter(name="plan.published").count() == 1


def test_of_two_versions_for_one_instant_one_is_published(club):
    assert outcomes(publish(draft(club)), publish(draft(club))) == ["Plan", "Refused"]
    assert Plan.objects.public().count() == 1


def test_drafts_made_at_once_have_numbers_of_their_own(club):
    assert outcomes(*[lambda: draft(club)] * 3) == ["Plan"] * 3
    assert sorted(Plan.objects.values_list("number", flat=True)) == [1, 2, 3]


def test_a_plan_is_stopped_by_one_of_two(club):
    rules = [rule(club.organization.books.get(), 1)]
    published(club, rules=rules, starts_at=NOW - DAY)
    plan = published(club, cycle="short", rules=rules, starts_at=NOW, ends_at=NOW + DAY)
    stops = [lambda why=why: plans.stop(plan=plan, reason=why, by=None, now=NOW) for why in ("one", "two")]
    assert outcomes(*stops) == ["Plan", "Refused"]


@pytest.mark.parametrize("days", [1, 2, 3])
def test_a_rule_that_comes_beside_the_publication_is_looked_at_or_left_out(club, days):
    """A tier of another programme is refused: it never stands in a published plan, whoever is first."""
    other = Programme.objects.create(organization=factories.organization(), name="Other")
    vip = Tier.objects.create(programme=other, code="vip", name="VIP", rank=1)
    plan = draft(club, starts_at=NOW + days * DAY)
    found = outcomes(publish(plan), lambda: TierRule.objects.create(plan=plan, tier=vip))
    plan.refresh_from_db()
    assert found in (["Refused", "TierRule"], ["IntegrityError", "Plan"])
    assert plan.tier_rules.exists() == (plan.state == "draft")
