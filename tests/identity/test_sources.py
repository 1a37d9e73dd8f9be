"""Who said what of a person, and how far it is trusted."""

import datetime as dt

import pytest

from identity.queries import portraits, sources
from members.models import Account
from members.queries import scopes
from tests import factories
from tests.api import callers
from tests.factories import NOW

pytestmark = pytest.mark.django_db
PHONE = "+8613812341234"


def at(days: int) -> str:
    return (NOW + dt.timedelta(days=days)).isoformat()


def said(**traits) -> dict:
    return {name: {"value": value, "at": at(day)} for name, (value, day) in traits.items()}


@pytest.fixture
def group():
    return factories.organization(code="g")


@pytest.fixture
def story(group):
    """A mini-program that knows the person, and a till that was told otherwise before."""
    mini = factories.channel(organization=group, code="mini", name="Mini-program")
    till = factories.channel(organization=group, code="till")
    one = factories.account(channel=mini, traits=said(birth_date=("1990-05-06", 3), name=("王小明", 3)))
    two = factories.account(
        channel=till, member=one.member, traits=said(birth_date=("1990-05-07", 1), name=("王小明", 1))
    )
    return one, two


def by_name(found):
    return {each.name: each for each in found}


@pytest.mark.requirement("MEM-047")
def test_a_field_names_its_value_its_source_its_time_and_its_confidence(story):
    one, _two = story
    birthday = by_name(sources.fields(member=one.member))["birth_date"]
    assert (birthday.value, birthday.said.channel, birthday.said.channel_name) == (
        "1990-05-06",
        "mini",
        "Mini-program",
    )
    assert birthday.said.at == NOW + dt.timedelta(days=3)
    assert [(each.value, each.channel) for each in birthday.differing] == [("1990-05-07", "till")]
    assert birthday.agreeing == 1


def test_two_who_say_the_same_are_trusted_more_than_two_who_differ(story):
    found = by_name(sources.fields(member=story[0].member))
    assert found["name"].confidence == pytest.approx(2 * found["birth_date"].confidence)


def test_a_revoked_account_has_no_word(story):
    one, _two = story
    Account.objects.filter(pk=one.pk).update(revoked_at=NOW, revoke_reason="not his")
    assert by_name(sources.fields(member=one.member))["birth_date"].value == "1990-05-07"


def test_what_others_said_elsewhere_is_not_told_nor_who_said_what_rules(story):
    one, two = story
    seen_by_till = by_name(sources.fields(member=one.member, seen=[two.pk]))["birth_date"]
    assert (seen_by_till.value, seen_by_till.said.channel, seen_by_till.said.account) == ("1990-05-06", "", 0)
    assert [each.value for each in seen_by_till.differing] == ["1990-05-07"]
    seen_by_mini = by_name(sources.fields(member=one.member, seen=[one.pk]))["birth_date"]
    assert (seen_by_mini.said.channel, seen_by_mini.differing) == ("mini", [])


def test_a_contact_is_told_of_the_account_that_is_trusted_most(story):
    one, two = story
    callers.bind(two, kind="phone", value=PHONE, role="contact", at=NOW - dt.timedelta(days=5))
    callers.bind(one, kind="phone", value=PHONE)
    callers.bind(one, kind="email", value="a@example.com", role="receiver")
    [phone] = sources.contacts(accounts=[one.pk, two.pk])
    assert (phone.value, phone.channel, phone.accounts) == (PHONE, "mini", 2)
    [named] = sources.contacts(accounts=[two.pk])
    assert named.confidence == pytest.approx(0.6 * phone.confidence)
    assert sources.contacts(accounts=[]) == []


def test_the_portrait_takes_the_trust_of_its_fields(story):
    one, _two = story
    factories.event(account=one, name="visit", at=NOW)
    found = portraits.of(member=one.member, reach=scopes.EVERYTHING, now=NOW + dt.timedelta(days=1))
    name, birthday = (
        by_name(sources.fields(member=one.member))[each].confidence for each in ("name", "birth_date")
    )
    assert found.completeness == pytest.approx((name + birthday) / 6)
    assert 0 < found.confidence < found.completeness
    assert found.missing == ("gender", "province", "city", "contact")
