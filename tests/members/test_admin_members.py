"""The list and the page of members: who sees whom, and what stands on it."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.admin import panels
from members.models import Account, Review
from members.models.oneid import grouped
from tests import factories
from tests.members.people import LIST, NOW, PEOPLE, carries, known_at, named, page, reveal

pytestmark = pytest.mark.django_db


@pytest.fixture
def mall(tree):
    return factories.channel(organization=tree["g"], code="mall")


@pytest.mark.requirement("MEM-007")
def test_staff_of_a_dealer_see_none_of_another_dealers_members(client, tree, mall):
    ours, theirs = known_at(tree["s1"], channel=mall), known_at(tree["s3"], channel=mall)
    client.force_login(factories.staff(organization=tree["d1"], permissions=PEOPLE))

    listed = client.get(reverse(LIST)).content.decode()

    assert grouped(ours.oneid) in listed
    assert grouped(theirs.oneid) not in listed
    assert client.get(page(ours)).status_code == 200
    assert client.get(page(theirs)).status_code == 404


@pytest.mark.requirement("PLT-005")
def test_a_store_reads_its_own_members_and_the_brand_reads_all_of_its_stores(client, tree, mall):
    first, second = known_at(tree["s1"], channel=mall), known_at(tree["s2"], channel=mall)

    client.force_login(factories.staff(organization=tree["s1"], permissions=PEOPLE))
    assert [client.get(page(member)).status_code for member in (first, second)] == [200, 404]

    client.force_login(factories.staff(organization=tree["b1"], permissions=PEOPLE))
    assert [client.get(page(member)).status_code for member in (first, second)] == [200, 200]


def test_staff_without_an_organization_see_nobody(client, tree, mall):
    member = known_at(tree["s1"], channel=mall)
    client.force_login(factories.staff(permissions=PEOPLE))

    assert grouped(member.oneid) not in client.get(reverse(LIST)).content.decode()
    assert client.get(page(member)).status_code == 404


def test_without_the_permission_the_page_is_refused(client, tree, mall):
    member = known_at(tree["s1"], channel=mall)
    client.force_login(factories.staff(organization=tree["g"]))

    assert client.get(page(member)).status_code == 403


def test_facts_of_other_dealers_about_a_shared_member_stay_with_them(client, tree, mall):
    here = factories.account(channel=mall, organization=tree["s1"])
    there = factories.account(channel=mall, organization=tree["s3"], member=here.member)
    factories.order(account=here, organization=tree["s1"], external_id="HERE-1")
    factories.order(account=there, organization=tree["s3"], external_id="THERE-1")
    phone = carries(there, "phone", "+8613800138000")
    client.force_login(
        factories.staff(organization=tree["d1"], permissions=f"{PEOPLE} members.view_personal_data")
    )

    shown = "".join(client.get(page(here.member, tab)).content.decode() for tab in ("", "orders"))

    assert "HERE-1" in shown
    assert "THERE-1" not in shown
    assert "138****8000" not in shown
    assert client.get(reveal(here.member, f"identifier-{phone.pk}")).status_code == 404


@pytest.mark.requirement("MEM-050")
def test_orders_of_all_channels_stand_together_by_time_with_their_total(client, tree):
    channels = [
        factories.channel(organization=tree["g"], code=code) for code in ("tmall", "jd", "youzan", "mini")
    ]
    member = None
    for number, channel in enumerate(channels):
        account = factories.account(channel=channel, member=member)
        member = account.member
        factories.order(
            account=account,
            amount=f"{number + 1}00.50",
            external_id=f"SO-{number}",
            at=NOW + dt.timedelta(days=(number * 7) % 4),
        )
    client.force_login(factories.staff(superuser=True))

    shown = client.get(page(member, "orders")).content.decode()

    places = [shown.index(f"SO-{number}") for number in (1, 2, 3, 0)]
    assert places == sorted(places)
    assert "4 orders, ¥1,002.00 in total" in shown


@pytest.mark.requirement("MEM-051")
def test_a_till_receipt_stands_with_store_cashier_and_guide(client, tree):
    till = factories.channel(organization=tree["g"], code="pos", kind="pos", source_class="offline")
    account = factories.account(channel=till, organization=tree["s1"])
    factories.order(
        account=account, organization=tree["s1"], external_id="R1", cashier="Wang Fang", guide="Zhou Li"
    )
    client.force_login(factories.staff(superuser=True))

    shown = client.get(page(account.member, "orders")).content.decode()

    for text in ("R1", tree["s1"].name, "Wang Fang", "Zhou Li"):
        assert text in shown


@pytest.mark.requirement("MEM-053")
def test_a_review_is_shown_with_its_three_stars(client, tree, mall):
    account = factories.account(channel=mall)
    Review.objects.create(
        channel=mall, external_id="RV-1", account=account, rating=3, text="Door handle was loose",
        occurred_at=NOW, version_at=NOW, version_digest="0" * 32,
    )  # fmt: skip
    client.force_login(factories.staff(superuser=True))

    shown = client.get(page(account.member, "orders")).content.decode()

    assert "3 of 5 stars" in shown
    assert "Door handle was loose" in shown


@pytest.mark.requirement("IDN-067")
def test_the_page_shows_all_linked_contacts(client, tree, mall):
    first = factories.account(channel=mall)
    second = factories.account(channel=mall, member=first.member)
    carries(first, "phone", "+8613800138000")
    carries(first, "email", "anna.li@example.com")
    carries(second, "openid", "o6_bmjrPTlm6_2sgVt7hMZOPfL2M")
    client.force_login(factories.staff(superuser=True))

    shown = client.get(page(first.member)).content.decode()

    for masked in ("138****8000", "a***@example.com", "o6****2M"):
        assert masked in shown


def test_a_retired_oneid_leads_to_the_current_page(client, tree, mall):
    first = factories.account(channel=mall)
    second = factories.account(channel=mall, member=first.member)
    client.force_login(factories.staff(superuser=True))

    assert client.get(page(second.minted)).url == page(first.member)


def queries(client, url):
    with CaptureQueriesContext(connection) as ran:
        assert client.get(url).status_code == 200
    return len(ran)


def test_the_list_asks_as_much_for_three_members_as_for_one(client, tree, mall):
    client.force_login(factories.staff(organization=tree["g"], permissions=PEOPLE))
    named(known_at(tree["s1"], channel=mall), "A")
    one = queries(client, reverse(LIST))
    for name in "BC":
        named(known_at(tree["s1"], channel=mall), name)

    assert queries(client, reverse(LIST)) == one


def test_the_page_asks_as_much_for_four_accounts_with_orders_as_for_two(client, tree, mall):
    client.force_login(factories.staff(organization=tree["g"], permissions=PEOPLE))

    def live_a_little(member=None):
        account = factories.account(channel=mall, member=member)
        carries(account, "phone", "+8613800138000")
        factories.returned(order=factories.order(account=account), amount="1.00")
        factories.event(account=account, name="page_view")
        return account.member

    member = live_a_little()
    live_a_little(member)
    for tab in panels.TABS:
        client.get(page(member, tab))  # what is read once a process is read now
    two = [queries(client, page(member, tab)) for tab in panels.TABS]
    live_a_little(member)
    live_a_little(member)

    assert Account.objects.filter(member=member).count() == 4
    assert [queries(client, page(member, tab)) for tab in panels.TABS] == two


def test_the_page_says_why_accounts_are_one_person(client, tree, mall):
    first = factories.account(channel=mall)
    second = factories.account(channel=factories.channel(organization=tree["g"], code="till"))
    for account in (first, second):
        carries(account, "phone", "+8613800138000")
    Account.objects.filter(pk=second.pk).update(member=first.member)
    client.force_login(factories.staff(superuser=True))

    shown = client.get(page(first.member, "identity")).content.decode()

    assert "Why this is one person" in shown
    assert "the same phone" in shown
