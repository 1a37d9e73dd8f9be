"""Showing a masked value in full: for a reason, to whom it is allowed, on record."""

import pytest

from members.models import AccessRecord
from tests import factories
from tests.members.people import NOW, PEOPLE, carries, named, page, reveal

pytestmark = pytest.mark.django_db


@pytest.fixture
def mall(tree):
    return factories.channel(organization=tree["g"], code="mall")


@pytest.mark.requirement("PLT-010")
def test_one_unmasked_phone_is_one_audit_row(client, tree, mall, time_machine):
    time_machine.move_to(NOW, tick=False)
    account = factories.account(channel=mall, organization=tree["s1"])
    phone = carries(account, "phone", "+8613800138000")
    user = factories.staff(organization=tree["s1"], permissions=f"{PEOPLE} members.view_personal_data")
    client.force_login(user)

    before = client.get(page(account.member)).content.decode()
    asked = client.get(reveal(account.member, f"identifier-{phone.pk}")).content.decode()
    told = client.post(reveal(account.member, f"identifier-{phone.pk}"), {"reason": "delivery came back"})

    assert "+8613800138000" not in before + asked
    assert "138****8000" in before
    assert "+8613800138000" in told.content.decode()
    assert "no-store" in told.headers["Cache-Control"]
    record = AccessRecord.objects.get()
    assert (record.user, record.member, record.field) == (user, account.member, "phone")
    assert (record.action, record.reason, record.at) == ("unmask", "delivery came back", NOW)


def test_a_value_is_not_shown_without_a_reason(client, tree, mall):
    account = factories.account(channel=mall, organization=tree["s1"])
    named(account.member, "Anna Li")
    client.force_login(
        factories.staff(organization=tree["s1"], permissions=f"{PEOPLE} members.view_personal_data")
    )

    answer = client.post(reveal(account.member, "name"), {"reason": "  "}).content.decode()

    assert "Anna Li" not in answer
    assert not AccessRecord.objects.exists()


def test_nobody_without_the_permission_is_shown_or_offered_a_value(client, tree, mall):
    account = factories.account(channel=mall, organization=tree["s1"])
    named(account.member, "Anna Li")
    client.force_login(factories.staff(organization=tree["s1"], permissions=PEOPLE))

    assert reveal(account.member, "name") not in client.get(page(account.member)).content.decode()
    assert client.post(reveal(account.member, "name"), {"reason": "curious"}).status_code == 403
    assert not AccessRecord.objects.exists()


def test_a_value_of_another_member_is_not_found_under_this_one(client, tree, mall):
    mine, other = (factories.account(channel=mall, organization=tree["s1"]) for _ in range(2))
    client.force_login(
        factories.staff(organization=tree["s1"], permissions=f"{PEOPLE} members.view_personal_data")
    )

    assert client.post(reveal(mine.member, f"account-{other.pk}"), {"reason": "test"}).status_code == 404
