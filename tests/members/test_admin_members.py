import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from identity.models import Binding, Identifier, IdentifierKind
from members.models import AccessRecord, Account, MemberProfile, Review
from members.models.oneid import grouped
from tests import factories

pytestmark = pytest.mark.django_db
PEOPLE = "members.view_member"
NOW = factories.NOW
LIST = "admin:members_member_changelist"


@pytest.fixture
def tree():
    return factories.tree()


@pytest.fixture
def mall(tree):
    return factories.channel(organization=tree["g"], code="mall")


def page(member):
    return reverse("admin:members_member_change", args=[member.oneid])


def known_at(node, *, channel, **fields):
    return factories.account(channel=channel, organization=node, **fields).member


def named(member, name):
    MemberProfile.objects.create(member=member, name=name, city="Qingdao", account_count=1)
    return member


def carries(account, kind, value):
    kind, _made = IdentifierKind.objects.get_or_create(code=kind, defaults={"name": kind, "strength": 50})
    identifier, _made = Identifier.objects.get_or_create(kind=kind, value=value)
    return Binding.objects.create(
        account=account, identifier=identifier, first_at=NOW, last_at=NOW
    ).identifier


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

    shown = client.get(page(here.member)).content.decode()

    assert "HERE-1" in shown
    assert "THERE-1" not in shown
    assert "138****8000" not in shown
    assert client.get(reveal(here.member, f"identifier-{phone.pk}")).status_code == 404


def reveal(member, name):
    return reverse("admin:members_member_show", args=[member.oneid, name])


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

    shown = client.get(page(member)).content.decode()

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

    shown = client.get(page(account.member)).content.decode()

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

    shown = client.get(page(account.member)).content.decode()

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


@pytest.fixture
def anna(tree, mall):
    account = factories.account(channel=mall, external_id="tb-9981")
    carries(account, "phone", "+8613800138000")
    carries(account, "email", "anna.li@example.com")
    factories.account(channel=mall)
    return named(account.member, "Anna Li")


@pytest.mark.parametrize(
    "typed", ["138 0013 8000", "+86-13800138000", "Anna.Li@Example.com", "tb-9981", "Anna"]
)
def test_a_member_is_found_by_what_people_type(client, anna, typed):
    client.force_login(factories.staff(superuser=True))

    with CaptureQueriesContext(
        connection,
    ) as ran:
        found = client.get(reverse(LIST), {"q": typed}).context["cl"].queryset

    assert list(found) == [anna]
    assert not [query for query in ran.captured_queries if "LIKE '%" in query["sql"]]


def test_a_member_is_found_by_a_oneid_as_printed_even_if_it_retired(client, anna, mall):
    retired = factories.account(channel=mall, member=anna).minted
    client.force_login(factories.staff(superuser=True))

    for typed in (grouped(anna.oneid).lower(), grouped(retired.oneid)):
        assert list(client.get(reverse(LIST), {"q": typed}).context["cl"].queryset) == [anna]


def test_the_middle_of_a_name_or_number_finds_nobody(client, anna):
    client.force_login(factories.staff(superuser=True))

    for typed in ("nna", "0013", "%"):
        assert not client.get(reverse(LIST), {"q": typed}).context["cl"].queryset


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
    two = queries(client, page(member))
    live_a_little(member)
    live_a_little(member)

    assert Account.objects.filter(member=member).count() == 4
    assert queries(client, page(member)) == two


def test_the_page_says_why_accounts_are_one_person(client, tree, mall):
    first = factories.account(channel=mall)
    second = factories.account(channel=factories.channel(organization=tree["g"], code="till"))
    for account in (first, second):
        carries(account, "phone", "+8613800138000")
    Account.objects.filter(pk=second.pk).update(member=first.member)
    client.force_login(factories.staff(superuser=True))

    shown = client.get(page(first.member)).content.decode()

    assert "Why this is one person" in shown
    assert "the same phone" in shown


@pytest.mark.parametrize(
    ("model", "asked"),
    [("account", {"external_id__startswith": "tb"}), ("membership", {"number__contains": "77"})],
)
def test_a_masked_field_cannot_be_guessed_by_filtering_on_it(client, anna, model, asked):
    client.force_login(factories.staff(superuser=True))

    assert client.get(reverse(f"admin:members_{model}_changelist"), asked).status_code == 400
