"""The data map as somebody reads it: part by part, each short, from a pair that nothing joins to a plan."""

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from identity.actions import datamap
from identity.models import GapPlan
from tests.identity import company

pytestmark = pytest.mark.django_db(transaction=True)
PARTS = ("Where customers are", "Touchpoints", "What can be joined", "Signals", "What to mend", "Gaps")
TALL = 2600  # three windows


@pytest.fixture
def nodes():
    cache.clear()
    made = company.build()
    datamap.install()
    return made


def height(page) -> int:
    return page.evaluate("document.documentElement.scrollHeight")


def test_each_part_is_short_and_the_figures_stay_on_top(page, log_in, nodes):
    log_in(superuser=True)
    page.goto("/admin/reports/datamap/")
    for part in PARTS:
        page.locator(".nf-tabs").get_by_role("link", name=part, exact=True).click()
        expect(page.locator(".nf-tabs [aria-current]")).to_have_text(part)
        expect(page.locator("dt", has_text="Stored first-party")).to_be_visible()
        assert height(page) < TALL, part


def test_a_touchpoints_signals_are_folded_and_open(page, log_in, nodes):
    log_in(superuser=True)
    page.goto("/admin/reports/datamap/?part=signals")
    fold = page.locator("[data-touchpoint=mini_program]")
    if fold.get_attribute("open") is None:
        fold.locator("summary").first.click()
    expect(fold.get_by_text("Carts", exact=True)).to_be_visible()
    fold.locator("summary").first.click()
    expect(fold.get_by_text("Carts", exact=True)).to_be_hidden()


def test_a_gap_is_planned_from_the_map(page, log_in, nodes):
    log_in(superuser=True)
    page.goto("/admin/reports/datamap/?part=gaps")
    page.get_by_role("link", name="Plan…").first.click()
    page.fill("[name=action]", "Scan the code at the till")
    page.fill("[name=target]", "100")
    page.click("[name=_save]")
    plan = GapPlan.objects.get()
    assert (plan.action, plan.target) == ("Scan the code at the till", 100)
    page.goto("/admin/reports/datamap/?part=gaps")
    expect(page.get_by_text("Scan the code at the till")).to_be_visible()
    expect(page.get_by_text("0 of 100")).to_be_visible()
