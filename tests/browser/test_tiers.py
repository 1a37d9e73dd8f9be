"""A marketer sees where a member stands, gives him a tier with a reason, and reads why in the log."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from config import roles
from members.actions import tiers
from members.models import Account, Programme, Tier
from tests.browser.test_undo import look
from tests.identity import company
from tests.members.ledger.purses import DAY, book, earn
from tests.members.plans import published, rule

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_tier_is_seen_given_by_hand_and_told_in_the_log(page: Page, log_in):
    nodes, now = company.build(), timezone.now()
    roles.create()
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    for rank, code in enumerate(("member", "silver", "gold"), 1):
        Tier.objects.create(programme=club, code=code, name=code.title(), rank=rank)
    growth = book(organization=nodes["b1"], code="growth", kind="growth", unit="growth")
    thresholds = [{"tier": "member", "growth_from": 0}, {"tier": "silver", "growth_from": 1000, "validity_months": 12},
                  {"tier": "gold", "growth_from": 5000}]  # fmt: skip
    published(
        club,
        rules=[rule(growth, 1)],
        tiers=thresholds,
        growth_book=growth,
        window_months=12,
        starts_at=now - 90 * DAY,
    )
    company.accept(
        company.account("u1", membership={"organization": "b1", "joined_at": company.day(0)}), now=now
    )
    account = Account.objects.get()
    earn(account, growth, 1200, at=now - DAY)
    tiers.review(now=now)
    log_in(organization=nodes["b1"], role="marketer")
    page.goto(f"/admin/members/member/{account.member.oneid}/change/")
    expect(page.locator("#tier")).to_contain_text("Silver")
    page.get_by_role("link", name="Programmes and balances").click()
    expect(page.locator("#programmes")).to_contain_text("3,800 more for Gold")
    look(page, "tiers")
    page.locator("#programmes").get_by_role("link", name="Give a tier").click()
    page.get_by_label("Tier").select_option(label="Gold")
    page.get_by_label("Why").fill("opened our fair")
    page.get_by_role("button", name="Give it").click()
    expect(page.get_by_text("The tier in Club is now: Gold.")).to_be_visible()
    expect(page.locator("#log tbody tr").first).to_contain_text("“opened our fair”")
    expect(page.locator("#log tbody tr").first).to_contain_text("Silver → Gold")
    look(page, "tier log")
