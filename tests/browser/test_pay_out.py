"""A shop manager pays out what a customer paid into his card."""

import pytest
from playwright.sync_api import Page, expect

from members.actions import purses
from members.models import Purse
from tests import factories
from tests.members.ledger.purses import NOW, book

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def wang():
    nodes = factories.tree()
    money = {"unit": "CNY", "scale": 2, "organization": nodes["b1"]}
    card = Purse.objects.create(
        organization=nodes["b1"], code="harbour", name="Harbour card", pay_out_limit=200,
        principal=book(code="paid-in", kind="stored_value_principal", **money),
        bonus=book(code="on-top", kind="stored_value_bonus", **money),
    )  # fmt: skip
    account = factories.account(channel=factories.channel(organization=nodes["s1"]))
    given = {"account": account, "purse": card, "organization": nodes["s1"], "now": NOW}
    purses.top_up(**given, principal=300, bonus=60, key="till")
    return account


def test_half_of_it_is_paid_out_for_a_reason(page: Page, log_in, wang):
    log_in(organization=wang.organization, permissions="members.view_member members.pay_out_purse")
    page.goto(f"/admin/members/member/{wang.member.oneid}/change/?tab=value")
    page.locator("#cards").get_by_role("link", name="Pay out").click()
    expect(page.locator("table")).to_contain_text("300.00 CNY")
    page.get_by_role("button", name="Pay out").click()
    expect(page.get_by_text("This field is required.")).to_have_count(2)
    page.get_by_label("Amount").fill("150")
    page.get_by_label("Reason").fill("moves abroad")
    page.get_by_role("button", name="Pay out").click()
    expect(page.get_by_text("Pay the customer 150.00 CNY.")).to_be_visible()
    expect(page.locator("#cards")).to_contain_text("150.00 paid in, 30.00 bonus")


def test_more_than_the_card_allows_waits_for_a_second_person(page: Page, log_in, wang):
    clerk = "members.view_member members.pay_out_purse members.view_adjustment"
    log_in(organization=wang.organization, permissions=clerk)
    page.goto(f"/admin/members/member/{wang.member.oneid}/change/?tab=value")
    page.locator("#cards").get_by_role("link", name="Pay out").click()
    expect(page.get_by_text("Up to 200.00 CNY is paid out at once.")).to_be_visible()
    page.get_by_label("Amount").fill("250")
    page.get_by_label("Reason").fill("moves abroad")
    page.get_by_role("button", name="Pay out").click()
    expect(page.get_by_text("waits for a second person. Do not pay yet.")).to_be_visible()
    page.get_by_role("link", name="Pay-out of Harbour card").click()
    expect(page.get_by_text("somebody else decides about it")).to_be_visible()
    page.context.clear_cookies()
    log_in(organization=wang.organization, permissions=f"{clerk} members.approve_adjustment")
    page.goto("/admin/members/adjustment/")
    page.locator("#result_list a").first.click()
    expect(page.locator("#decision")).to_contain_text("Paid in, can be paid out now: 300.00 CNY")
    page.get_by_role("button", name="Agree").click()
    expect(page.get_by_text("The pay-out is posted: pay the customer 250.00 CNY.")).to_be_visible()
