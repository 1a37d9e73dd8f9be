"""A store manager looks at his tills, finds a sale that is stuck, reads its story and frees it; his dealer reads the settlement."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns.models import TillOrder
from config import roles
from tests import factories
from tests.campaigns import offering, pots, vouchers
from tests.campaigns.offering import off
from tests.campaigns.till import returns, selling
from tests.campaigns.till.pricing import clock, till
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def nodes():
    """Sales of a morning; one that is held since long, by a till whose clock is fast."""
    nodes = factories.tree()
    roles.create()
    now = timezone.now()
    early = now - dt.timedelta(minutes=47)
    pos = factories.channel(organization=nodes["b1"], code="pos", kind="pos", name="Tills of the brand")
    cashier = till(pos, organization=nodes["b1"])
    account = factories.account(channel=pos)
    brand, dealer = (pots.budget(organization=nodes[code], amount=5_000) for code in ("b1", "d1"))
    points = off() | {"execution": "add", "form": {"kind": "points", "book": "club", "amount": 50, "worth": 50}, "name": "50 points for a large basket"}  # fmt: skip
    purses.book(code="club", organization=nodes["g"], kind="points", unit="points", scale=0)
    offering.published(
        organization=nodes["b1"], code="SUMMER", offers=(
            off() | {"name": "50 off from 300 on", "shares": {brand: 6_667, dealer: 3_333}},
            points, off(threshold=90_000, amount=20_000) | {"name": "200 off from 900 on"},
        ),
    )  # fmt: skip
    card = purses.book(
        code="card", organization=nodes["g"], kind="stored_value_principal", unit="CNY", scale=2
    )
    purses.earn(account, card, 100)
    ten = off(threshold=0, amount=1_000) | {"limits": {"stack": 2}, "name": "10 off"}
    coupon = vouchers.claim(vouchers.template(organization=nodes["b1"], code="TEN", **ten), account)
    whose = {"oneid": account.member.oneid}
    with pytest.MonkeyPatch.context() as patched:
        clock(patched, early)
        selling.sell(
            cashier, "200.00", "160.00", number="20261122-0001", cash="310.00", cashier="Li", **whose
        )
        selling.sell(cashier, "35.50", number="20261122-0002", cash="35.50", cashier="Li")
        selling.sell(cashier, "1250.00", number="B-17", store="s2", cash="1000.00", at=(early + dt.timedelta(minutes=9)).isoformat())  # fmt: skip
        selling.hold(
            cashier, "299.00", "120.00", number="20261122-0003", seconds=86_400, cashier="Li", coupons=[coupon.code],
            pays=[{"book": "card", "amount": "20.00"}], **whose,
        )  # fmt: skip
        returns.taken(cashier, {2: "1"}, order="20261122-0001", cashier="Mei")
    selling.put(cashier, "80.00", number="20261122-0004")
    return nodes


def test_a_stuck_sale_is_found_read_and_freed(nodes, page: Page, log_in):
    log_in(organization=nodes["d1"], role="store manager")
    page.goto("/admin/tills/")
    expect(page.locator("[data-test=stores]")).to_contain_text("clock at least 9 minutes fast")
    expect(page.locator("[data-test=stuck]")).to_contain_text("the customer's 20.00 CNY")
    page.get_by_role("link", name="20261122-0003").click()
    expect(page.locator("[data-test=state]")).to_have_text("held")
    expect(page.locator("[data-test=verdicts]")).to_contain_text("50 off from 300 on")
    page.get_by_label("reason").fill("The till broke down")
    page.get_by_role("button", name="Free what it holds").click()
    expect(page.locator("[data-test=state]")).to_have_text("open")
    assert TillOrder.objects.get(number="20261122-0003").state == "open"
    page.goto("/admin/tills/")
    expect(page.locator("[data-test=stuck]")).to_contain_text("None.")
    page.get_by_label("key of the operation").fill("commit-20261122-0001")
    page.get_by_role("button", name="Did it happen?").click()
    expect(page.locator("[data-test=found]")).to_contain_text("It happened:")


def test_a_dealer_reads_who_paid_for_its_offers(nodes, page: Page, log_in):
    log_in(organization=nodes["d1"], role="store manager")
    page.goto("/admin/reports/settlement/")
    expect(page.get_by_role("row", name=nodes["b1"].name).first).to_contain_text("66.7 %")
