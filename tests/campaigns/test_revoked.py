"""A revoked child ID leaves reach: not its address, not its consent; what it refused still counts."""

import pytest

from members.models import Account
from tests import factories
from tests.campaigns import making
from tests.campaigns.making import NOW
from tests.tags import world

PHONE, EMAIL = "+8613800138001", "anna@example.com"


@pytest.fixture
def pair(app):
    """Two accounts of one person; the first has the telephone and the consent."""
    first = making.reachable(channel=app, phone=PHONE)
    return first, factories.account(channel=app, member=first.member)


def revoke(account):
    Account.objects.filter(pk=account.pk).update(revoked_at=NOW, revoke_reason="closed")


def outcome(nodes, account):
    audience = making.audience(organization=nodes["g"], members=[account.member])
    campaign = making.approved(organization=nodes["g"], audience=audience)
    making.run(campaign)
    decision = campaign.decisions.get()
    return decision.outcome, decision.address


@pytest.mark.requirement("IDN-077")
def test_a_revoked_child_is_not_reached(nodes, pair):
    first, second = pair
    making.identifier(account=second, kind="email", value=EMAIL)
    making.consent(account=second)
    revoke(first)
    assert outcome(nodes, first) == ("sent", EMAIL)


def test_without_another_address_the_person_is_unreachable(nodes, pair):
    first, second = pair
    making.consent(account=second)
    revoke(first)
    assert outcome(nodes, first) == ("unreachable", "")


def test_it_grants_nothing(nodes, pair):
    first, second = pair
    making.identifier(account=second, kind="email", value=EMAIL)
    revoke(first)
    assert outcome(nodes, first) == ("no_consent", "")


def test_what_it_refused_still_counts(nodes, pair):
    first, second = pair
    making.identifier(account=second, kind="email", value=EMAIL)
    making.consent(account=second, at=NOW - world.NOW.resolution)
    making.consent(account=first, granted=False)
    revoke(first)
    assert outcome(nodes, first) == ("no_consent", "")


@pytest.mark.django_db
def test_conditions_leave_it_out():
    town = world.build()
    one = world.person(town)
    making.consent(account=one.account)
    factories.account(channel=town.tmall, member=one)
    conditions = [
        {"channel": {"channel": ["app"]}},
        {"consent": {"purpose": "marketing", "touchpoint": "sms"}},
    ]
    assert [world.chosen(town, each) for each in conditions] == [{one.pk}, {one.pk}]
    revoke(one.account)
    assert [world.chosen(town, each) for each in conditions] == [set(), set()]
    assert world.chosen(town, {"channel": {"channel": ["tmall"]}}) == {one.pk}
