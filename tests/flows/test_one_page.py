"""Tier, growth, points and rights of a member on one page and in one document: the very figures of the ledger's queries."""

import html
from decimal import Decimal

import pytest
from django.urls import reverse

from config import api  # noqa: F401 - brings the blocks of every floor
from members.actions import earning, rights, tiers
from members.models import Account
from members.models.event import SettledBefore
from members.queries import balances, standings
from members.queries import rights as held
from tests import factories
from tests.api import callers
from tests.identity import company
from tests.identity.company import NOW, accept
from tests.members import clubs, stating
from tests.members.entitled import LONG_AGO, right
from tests.members.ledger.purses import book
from tests.members.plans import published, rule

pytestmark = pytest.mark.django_db
PHONE = stating.PHONE


@pytest.fixture
def member(monkeypatch):
    """Bought for 1,200 in the App; the mall took over 4,000 growth and 1,001 points, worth a half each, of the same person."""
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))  # this transaction is still open
    nodes = company.build()
    club = clubs.club(organization=nodes["b1"])
    points, growth = book(organization=nodes["b1"]), clubs.growth(organization=nodes["b1"])
    published(
        club, rules=[rule(points, 1), rule(growth, 1, position=2)], growth_book=growth, starts_at=LONG_AGO,
        tiers=[{"tier": code, "growth_from": least, "validity_months": 12} for code, least in clubs.LADDER],
    )  # fmt: skip
    cleaning = right(organization=nodes["b1"], code="cleaning", kind="service")
    rights.add_rule(
        right=cleaning, tier=club.tiers.get(code="gold"), quantity=2, period="year", starts_at=LONG_AGO
    )
    accept(
        company.account("A", phone=PHONE), company.order("o1", "A", amount="1200.00"),
        stating.stated("B", channel="mall", phone=PHONE, points="1001", growth="4000"),
    )  # fmt: skip
    while earning.follow(now=NOW):
        pass
    house = {"club": club, "points": points}
    stating.begun(house, "mall", "0.5", growth_book=growth, growth_rate=Decimal(1))
    tiers.review(now=NOW)
    return Account.objects.get(external_id="A").member


@pytest.mark.requirement("MEM-048")
def test_the_document_and_the_page_show_what_the_ledger_says(client, member):
    (standing,) = standings.of(members=[member.pk], at=NOW)
    of_book = {each.code: each.available for each in balances.of(members=[member.pk], now=NOW)}
    [entitled] = held.of(members=[member.pk], now=NOW)
    assert (standing.tier, standing.ledger_growth, of_book) == (
        "black",
        5200,
        {"points": 1700, "growth": 5200},
    )
    assert (entitled.right, entitled.left, entitled.state) == ("cleaning", 2, "available")

    till = callers.client(channel=member.accounts.get(external_id="A").channel, scopes="query")
    told = till.get(f"/api/v1/members/{member.oneid}/360").json()
    [programme], [usable] = told["standing"], told["rights"]
    assert (programme["tier"], Decimal(programme["growth"])) == (standing.tier, standing.ledger_growth)
    assert {each["book"]: Decimal(each["available"]) for each in told["balances"]} == of_book
    assert (usable["right"], usable["left"]) == (entitled.right, entitled.left)

    client.force_login(factories.staff(superuser=True))
    page = reverse("admin:members_member_change", args=[member.oneid])
    value, goods = (
        html.unescape(client.get(page, {"tab": tab}).content.decode()) for tab in ("value", "rights")
    )
    for shown in ("Black", "5,200", "1,700"):
        assert shown in value
    assert "Cleaning" in goods
    assert "0 of 2 used" in goods
