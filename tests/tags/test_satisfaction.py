"""Satisfaction of one member: higher with better words, lower with returns, and no value without any ground."""

import datetime as dt
import uuid

import pytest

from members.models import Order, Review, Ticket
from tags.conditions.faults import Fault
from tags.models_of import satisfaction
from tests import factories
from tests.tags import world
from tests.tags.modelling import said
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db


def ticket(town, member, rating, *, days_ago=10.0) -> Ticket:
    at = world.days_ago(days_ago)
    return Ticket.objects.create(
        channel=town.app, external_id=uuid.uuid4().hex, content=uuid.uuid4(), kind="repair", account=member.account,
        organization=town.nodes["s1"], state="done", filed_at=at, closed_at=at, rating=rating,
    )  # fmt: skip


def review(town, member, stars, *, days_ago=10.0, order=None) -> Review:
    at = world.days_ago(days_ago)
    return Review.objects.create(
        channel=town.app, external_id=uuid.uuid4().hex, account=member.account, order=order, rating=stars,
        occurred_at=at, version_at=at, version_digest=uuid.uuid4(),
    )  # fmt: skip


def of(town, **more):
    return said(satisfaction, town, **more)


@pytest.mark.requirement("MEM-061")
def test_the_same_member_with_five_stars_is_more_satisfied_than_with_one(town):
    his = world.person(town)
    factories.order(account=his.account, at=world.days_ago(20))
    given = ticket(town, his, 5)
    happy = of(town)[his.pk]
    Ticket.objects.filter(pk=given.pk).update(rating=1)
    unhappy = of(town)[his.pk]
    # 30 · 100 + 20 · 100 + 15 · 0 over 65, and 30 · 0 + 20 · 100 over 65
    assert (happy, unhappy) == (76.9, 30.8)


def test_every_part_by_its_weight(town):
    his = world.person(town)
    orders = [factories.order(account=his.account, at=world.days_ago(20 + place)) for place in range(4)]
    factories.returned(order=orders[0], amount="10", at=world.days_ago(5))
    review(town, his, 4), ticket(town, his, 3)
    for _number in range(10):
        factories.event(account=his.account, name="product_view", at=world.days_ago(3))
    assert of(town) == {his.pk: round((35 * 75 + 30 * 50 + 20 * 75 + 15 * 50) / 100, 1)}


def test_nothing_said_and_few_orders_is_no_value(town):
    quiet, buyer, talker = (world.person(town) for _number in range(3))
    for person, orders in ((quiet, 2), (buyer, 3)):
        for _number in range(orders):
            factories.order(account=person.account, at=world.days_ago(20))
    reward = factories.order(account=quiet.account, at=world.days_ago(20))
    Order.objects.filter(pk=reward.pk).update(reward=True)
    review(town, talker, 5)
    found = of(town)
    assert found == {buyer.pk: round(20 * 100 / 35, 1), talker.pk: 70.0}
    assert of(town, members=[talker.pk]) == {talker.pk: 70.0}


def test_what_is_older_than_a_year_or_not_yet_said_does_not_count(town):
    his = world.person(town)
    review(town, his, 1, days_ago=366), review(town, his, 5, days_ago=365)
    assert of(town) == {his.pk: 70.0}
    assert of(town, as_of=NOW - dt.timedelta(days=365.5)) == {his.pk: 0.0}


def test_a_node_counts_what_was_said_of_it(town):
    his = world.person(town, channel=town.tmall)
    at_b1 = factories.order(account=his.account, organization=town.nodes["s1"], at=world.days_ago(20))
    at_b2 = factories.order(account=his.account, organization=town.nodes["s4"], at=world.days_ago(20))
    review(town, his, 5, order=at_b1), review(town, his, 1, order=at_b2)
    assert of(town, node="b1") == {his.pk: round((35 * 100 + 20 * 100) / 70, 1)}


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"weights": {"reviews": 50}}, "parameters.weights"),
        ({"weights": {"stars": 50}}, "parameters.weights.stars"),
        ({"weights": {"reviews": "x"}}, "parameters.weights.reviews"),
        ({"window": {"days": 10**6}}, "parameters.window.days"),
    ],
)
def test_wrong_parameters_are_named(given, place):
    with pytest.raises(Fault) as fault:
        satisfaction.parse(given)
    assert fault.value.place == place
