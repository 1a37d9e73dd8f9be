"""A store manager looks at what a till told of the time without a line, and settles what was refused."""

import os

import pytest
from playwright.sync_api import Page, expect

from config import roles
from tests import factories
from tests.campaigns import offering
from tests.campaigns.offering import NOW, off
from tests.campaigns.till import offline
from tests.campaigns.till.offline import back, line, sale, upload
from tests.campaigns.till.pricing import till

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("SHOTS", "")


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_a_refused_sale_is_settled_and_a_charge_is_seen(page: Page, log_in):
    roles.create()
    nodes = factories.tree()
    offering.published(
        organization=nodes["g"],
        code="SUMMER",
        offers=(off() | {"limits": {"per_campaign": 1}},),
        starts_at=NOW,
    )
    pos = factories.channel(organization=nodes["s1"], code="pos", kind="pos")
    cashier = till(pos, organization=nodes["s1"])
    bundle = offline.fetched(cashier, now=None)
    sold = [
        sale(bundle, line(), line(2, 5_950, 2), order=f"T1-{number}", at=bundle.issued_at)
        for number in range(3)
    ]
    upload(cashier, *sold[:2], offline.raw(sold[2], digest="another"), back("T1-9", at=bundle.issued_at))
    log_in(organization=nodes["s1"], role="store manager")
    page.goto("/admin/campaigns/uploadeditem/")
    expect(page.get_by_text("It waits for the sale T1-9.")).to_be_visible()
    shot(page, "uploads")
    page.get_by_role("link", name="T1-2").click()
    expect(page.get_by_text("the digest is of another quote")).to_be_visible()
    shot(page, "upload_refused")
    page.get_by_label("Set it aside").fill("booked by hand")
    page.get_by_role("button", name="Set aside").click()
    expect(page.get_by_text("It stays listed with your reason.")).to_be_visible()
    page.goto("/admin/campaigns/uploadeditem/?state=corrected")
    page.get_by_role("link", name="T1-1").click()
    expect(page.get_by_text("On the store's own account")).to_be_visible()
    expect(page.get_by_role("cell", name="50.00 CNY")).to_be_visible()
    shot(page, "upload_corrected")
    page.get_by_role("link", name="The sale, as it is recorded").click()
    expect(page.get_by_text("T1-1").first).to_be_visible()
