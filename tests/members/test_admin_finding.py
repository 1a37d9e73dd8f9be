"""Finding a member by what people type, and by nothing else."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from members.models.oneid import grouped
from tests import factories
from tests.members.people import LIST, carries, named

pytestmark = pytest.mark.django_db


@pytest.fixture
def mall(tree):
    return factories.channel(organization=tree["g"], code="mall")


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


@pytest.mark.parametrize(
    ("model", "asked"),
    [("account", {"external_id__startswith": "tb"}), ("membership", {"number__contains": "77"})],
)
def test_a_masked_field_cannot_be_guessed_by_filtering_on_it(client, anna, model, asked):
    client.force_login(factories.staff(superuser=True))

    assert client.get(reverse(f"admin:members_{model}_changelist"), asked).status_code == 400
