"""Tags of the library from what happened to what is held, through the event log and its readers."""

import datetime as dt

import pytest

from members.actions import tiers
from members.models import Membership
from tags import library
from tags.actions import compute, follow
from tags.models import TagRun
from tests import factories
from tests.members import clubs
from tests.members.ledger import purses
from tests.tags import world
from tests.tags.test_compute import held
from tests.tags.test_follow import bought
from tests.tags.test_standard_tags import install
from tests.tags.world import NOW, days_ago

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("alone_on_the_server")]


@pytest.fixture
def town(transactional_db) -> world.World:
    return world.build()


def followed(now: dt.datetime = NOW) -> set[tuple]:
    """What is held once the readers of tiers and of tags have read all there is."""
    while tiers.follow(now=now):
        pass
    while follow.follow(now=now):
        pass
    return held()


@pytest.mark.requirement("TAG-024")
def test_joining_an_activity_sets_its_tag_at_once(town):
    install(town, "joined")
    member = world.person(town)
    factories.event(account=member.account, name="activity_joined", at=NOW, activity="A1")
    assert followed() == {(member.pk, "joined", "A1")}
    factories.event(account=member.account, name="activity_joined", at=NOW, activity="B2")
    assert followed() == {(member.pk, "joined", "A1"), (member.pk, "joined", "B2")}


@pytest.mark.requirement("TAG-009")
def test_the_tag_of_a_tier_follows_a_change_of_it_at_once(town):
    install(town, "tier")
    club = clubs.club(organization=town.group)
    book = clubs.growth(organization=town.group)
    clubs.ruled(club, book=book)
    member, other = world.person(town, at=clubs.BEGAN), world.person(town, at=clubs.BEGAN)
    Membership.objects.all().update(joined_at=days_ago(400))
    for account in (member.account, other.account):
        purses.earn(account, book, 1, at=days_ago(30))
    everyone = {(member.pk, "tier", "silver"), (other.pk, "tier", "silver")}
    assert followed() == everyone
    purses.earn(member.account, book, 999, at=NOW)
    assert followed() == {(member.pk, "tier", "gold"), (other.pk, "tier", "silver")}
    black = club.tiers.get(code="black")
    member.refresh_from_db()
    tiers.grant(
        member=member,
        programme=club,
        tier=black,
        note="guest of honour",
        key="k1",
        by=factories.staff(),
        now=NOW,
    )
    assert followed() == {(member.pk, "tier", "black"), (other.pk, "tier", "silver")}


@pytest.mark.requirement("TAG-025")
def test_a_product_is_in_the_cart_from_its_event_until_it_is_paid_for(town):
    install(town, "cart")
    member, other = world.person(town), world.person(town)
    for each in (member, other):
        factories.event(account=each.account, name="add_to_cart", at=days_ago(1), sku="SKU1")
    assert followed() == {(member.pk, "cart", "SKU1"), (other.pk, "cart", "SKU1")}
    bought(member.account, sku="SKU2")
    assert (member.pk, "cart", "SKU1") in followed()
    bought(member.account, sku="SKU1")
    assert followed() == {(other.pk, "cart", "SKU1")}


def test_an_order_is_followed_with_every_tag_of_the_library_in_use(town):
    """Those that learn from everybody too, before they have learned anything and after."""
    install(town, *(tag.code for tag in library.DEFINITIONS))
    buyer = world.person(town, gender="female")
    for at in (NOW, NOW + dt.timedelta(days=1)):
        bought(buyer.account, at=at)
        followed(at)
        assert TagRun.objects.latest("id").error == ""
        compute.compute(now=at)
    assert (buyer.pk, "gender", "female") in held()
