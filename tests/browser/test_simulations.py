"""A marketer tries a draft on past orders, watches it, reads what it would have cost, and opens one of the orders."""

import pytest
from playwright.sync_api import Page, expect

from config import roles
from tests import factories
from tests.campaigns import offering
from tests.campaigns.simulated import sold, worked

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def nodes():
    roles.create()
    return factories.tree()


def test_a_draft_is_tried_on_past_orders(page: Page, log_in, nodes):
    pos = factories.channel(organization=nodes["g"], code="pos", kind="pos")
    draft = offering.drafted(organization=nodes["b1"], code="NEW", offers=(offering.off(),))
    old = {**offering.off(amount=2_000), "name": "20 off"}
    offering.published(organization=nodes["g"], code="OLD", offers=(old,))
    for number in range(24):
        store = nodes[("s1", "s2", "s3")[number % 3]]
        buyer = factories.account(channel=pos)
        sold(buyer, f"{180 + 10 * number}.00", "40.00", store=store, day=1 + number)
    log_in(organization=nodes["b1"], role="marketer")
    page.goto(f"/admin/campaigns/activity/{draft.activity_id}/change/")
    page.get_by_role("link", name="Try on past orders").last.click()
    page.locator("#id_since").fill("2025-12-01")
    page.locator("#id_last").fill("2025-12-31")
    page.locator("#id_organization").select_option(label="B1")
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("[data-test=state]")).to_have_text("waits for a worker")
    worked()
    expect(page.locator("[data-test=state]")).to_have_text("done")  # the page renews itself
    expect(page.locator("[data-test=said]")).to_contain_text(
        "16 orders, 66.7 %, would have got it, for 800.00 CNY."
    )
    expect(page.locator("canvas.nf-chart[data-drawn]")).to_have_count(2)
    page.locator("[data-test=samples] a").first.click()
    expect(page.locator("[data-test=verdicts]")).to_contain_text("50.00 off")
    expect(page.locator("[data-test=lines]")).to_contain_text("5000 off")


def test_it_is_broken_off(page: Page, log_in, nodes):
    draft = offering.drafted(organization=nodes["b1"], code="NEW", offers=(offering.off(),))
    log_in(organization=nodes["b1"], role="marketer")
    page.goto(f"/admin/campaigns/simulation/add/?version={draft.pk}")
    page.get_by_role("button", name="Try it").click()
    page.get_by_role("button", name="Break it off").click()
    expect(page.get_by_text("It is broken off.")).to_be_visible()
    expect(page.locator("[data-test=state]")).to_have_text("cancelled")
