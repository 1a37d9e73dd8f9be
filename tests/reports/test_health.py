"""Health of the membership: each part by its numbers, and what one of them moves."""

import datetime as dt

import pytest

from members.models import Programme, Tier, TierGrant
from reports.admin import healthy as page
from reports.queries import health
from tests import factories
from tests.members.ledger.purses import book, earn, spend
from tests.tags import world
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return world.build()


@pytest.fixture
def house(town):
    """Ten members: four bought in the first half-year, one of them again in the last; a raised and a lowered tier."""
    people = [world.person(town) for _number in range(10)]
    for each in people[:4]:
        factories.order(account=each.account, at=world.days_ago(300))
    factories.order(account=people[0].account, at=world.days_ago(20))
    factories.event(account=people[9].account, name="product_view", at=world.days_ago(10))
    club = Programme.objects.create(organization=town.group, name="Club")
    tiers = [
        Tier.objects.create(programme=club, code=f"t{rank}", name=f"T{rank}", rank=rank) for rank in (1, 2)
    ]
    for person, ranks in ((people[0], (0, 1)), (people[1], (0, 1, 0)), (people[2], (0,))):
        for place, rank in enumerate(ranks):
            at = world.days_ago(400 if place == 0 else 100 - place)
            TierGrant.objects.create(
                programme=club, account=person.account, tier=tiers[rank], reason="reached", from_at=at,
                recorded_at=at, basis=[person.account.pk], key=f"{person.pk}-{place}",
            )  # fmt: skip
    points = book(organization=town.group)
    earn(people[0].account, points, 1_000, at=world.days_ago(50))
    spend(people[0].account, points, 200, at=world.days_ago(40))
    return {"people": people, "points": points, "node": town.group}


def parts(node, at=NOW) -> dict[str, float | None]:
    found = health.report(node=node, as_of=at)
    return {part.code: part.value for part in found.parts} | {"index": found.index}


@pytest.mark.requirement("MEM-060")
def test_redemption_from_20_to_40_moves_that_part_alone_by_its_weight(house):
    before = parts(house["node"])
    assert before["redemption"] == pytest.approx(20)
    spend(house["people"][0].account, house["points"], 200, at=world.days_ago(30))
    after = parts(house["node"])
    assert after["redemption"] == pytest.approx(40)
    same = {"activity", "repurchase", "tier_flow", "retention"}
    assert {name: before[name] for name in same} == {name: after[name] for name in same}
    assert after["index"] - before["index"] == pytest.approx((40 - 20) * health.WEIGHTS["redemption"] / 100)
    assert 0 <= before["index"] <= after["index"] <= 100


def test_each_part_and_the_index_by_hand(house):
    assert parts(house["node"]) == pytest.approx(
        {
            "activity": 20, "repurchase": 25, "tier_flow": 200 / 3, "redemption": 20, "retention": 25,
            "index": (25 * 20 + 20 * 25 + 15 * 200 / 3 + 20 * 20 + 20 * 25) / 100,
        }
    )  # fmt: skip
    assert sum(health.WEIGHTS.values()) == 100


def test_what_cannot_be_divided_is_left_out(town):
    assert parts(town.group) == dict.fromkeys((*health.WEIGHTS, "index"))
    world.person(town)
    found = health.report(node=town.group, as_of=NOW)
    assert (found.index, found.parts[0].value) == (0, 0)
    assert (
        page.filled(health.report(node=town.group, as_of=NOW - dt.timedelta(days=4_000)))["figures"][0][
            "value"
        ]
        == "–"
    )


def test_a_brand_counts_its_own_members_and_orders(town, house):
    hers = world.person(town, channel=town.tmall)
    factories.order(account=hers.account, organization=town.nodes["s1"], at=world.days_ago(5))
    factories.order(account=hers.account, organization=town.nodes["s4"], at=world.days_ago(6))
    assert parts(town.nodes["b1"])["activity"] == 100
    assert parts(town.nodes["b1"])["repurchase"] == 0
