"""An administrator looks at what an opening rule would take over, begins it, and withdraws it."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from config import roles
from tests.identity.company import accept
from tests.members.ledger.purses import available, faults
from tests.members.stating import holder, house, look, rule, stated

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_rule_is_previewed_begun_and_withdrawn(page: Page, log_in):
    roles.create()
    club = house()
    rule(club, rate="0.5")
    accept(*(stated(name, points=points) for name, points in (("A", "501"), ("B", "70"))))
    log_in(organization=club["g"], role="administrator")
    page.goto("/admin/members/openingrule/")
    page.get_by_role("link", name="app", exact=True).click()
    page.get_by_role("link", name="Preview").click()
    expect(page.get_by_role("row", name="Points 2 285 0 0.5")).to_be_visible()
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_text("0 of 2 so far")).to_be_visible()
    look(timezone.now())
    assert available(holder("A"), club["points"], at=timezone.now()) == 250
    page.reload()
    expect(page.get_by_text("All accounts of the channel were looked at")).to_be_visible()
    page.get_by_role("link", name="What withdrawing would do").click()
    expect(page.get_by_role("row", name="Points 2 0 285 0")).to_be_visible()
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("What it had brought is taken back")).to_be_visible()
    look(timezone.now())
    assert available(holder("A"), club["points"], at=timezone.now()) == 0
    assert faults() == []
