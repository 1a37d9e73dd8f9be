"""`manage.py demo`: a company from nothing, found standing the second time, never in production or beside another."""

import io

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from config import roles
from config.demo import company, founding, marketing
from members.models import Channel, Event, Member, Organization, StaffScope
from tests import factories
from tests.api import callers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def demo(settings, tmp_path):
    settings.VAR = tmp_path

    def run(**options):
        out = io.StringIO()
        call_command("demo", once=True, people=120, stdout=out, **options)
        return out.getvalue()

    return run


def test_it_ends_with_the_table_the_address_and_the_logins(demo):
    text = demo()
    for row in (
        "records in",
        "people found",
        "precision",
        "recall",
        "audience “",
        "sent",
        "held out",
        "read the",
    ):
        assert row in text
    assert "http://127.0.0.1:8000/" in text
    password = text.split("for this demo only: ")[1].split()[0]
    user = authenticate(RequestFactory().get("/"), username="marketer", password=password)
    assert user is not None
    assert user.has_perm("campaigns.approve_campaign")

    assert_a_till_can_be_tried(text)
    before = Event.objects.count(), Member.objects.count()
    again = demo()
    assert "stands already" in again
    assert (Event.objects.count(), Member.objects.count()) == before


def assert_a_till_can_be_tried(text: str) -> None:
    """With the key that is printed, at the live offers."""
    key = text.split("export TILL_API_KEY=")[1].split()[0]
    till = callers.with_secret(key)
    phone = text.split("telephone is ")[1].split(":")[0]
    found = till.post("/api/v1/pos/customer", {"phone": phone}).json()
    lines = [{"line": 1, "sku": "FR-500", "quantity": "1", "unit_price": "3999.00"}]
    told = till.post(
        "/api/v1/pos/quotes", {"currency": "CNY", "oneid": found["oneid"], "coupons": "auto", "lines": lines}
    ).json()
    assert {each["offer"] for each in told["offers"] if each["state"] == "applied"} >= {
        "SEASON-1", "SEASON-3", "coupon:TWENTY",
    }  # fmt: skip
    assert f"--store {founding.STORE}" in text


def test_it_is_refused_in_production(demo, settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="NINEFOLD_ENV=development"):
        demo()


def test_it_does_not_move_in_with_another_company(demo):
    factories.organization(code="acme")
    with pytest.raises(CommandError, match="holds a company already"):
        demo()
    assert not marketing.is_told()
    assert Channel.objects.count() == 0


def test_the_company_is_founded_once_with_somebody_for_each_role():
    founding.found()
    founding.found()
    assert Organization.objects.count() == len(company.ORGANIZATIONS)
    assert Channel.objects.count() == len(company.CHANNELS) == 9
    logins, _password = founding.hire()
    assert {login.role for login in logins} == set(roles.ROLES)
    assert StaffScope.objects.count() == len(logins)
    assert all(login.user.groups.count() == 1 for login in logins)
