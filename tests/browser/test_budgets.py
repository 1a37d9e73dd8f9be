"""A marketer puts money into a budget and grants some of it to a dealer."""

import pytest
from playwright.sync_api import Page, expect

from config import roles
from tests import factories
from tests.campaigns import pots

pytestmark = pytest.mark.django_db(transaction=True)


def test_money_is_put_in_and_granted_down(page: Page, log_in):
    roles.create()
    nodes = factories.tree()
    brand = pots.budget(organization=nodes["b1"])
    dealer = pots.budget(organization=nodes["d1"], parent=brand)
    log_in(organization=nodes["b1"], role="marketer")
    page.goto("/admin/campaigns/budget/")
    page.get_by_role("link", name=brand.name, exact=True).click()
    page.get_by_label("amount", exact=True).fill("1000")
    page.get_by_role("button", name="Put money in").click()
    expect(page.locator("[data-test=left]")).to_have_text("1,000.00 CNY")
    page.get_by_label("amount to grant").fill("300")
    page.get_by_role("button", name="Grant it").click()
    expect(page.locator("[data-test=left]")).to_have_text("700.00 CNY")
    assert pots.standing(dealer) == (30_000, 0, 0, 30_000)
