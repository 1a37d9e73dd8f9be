"""A shop manager puts a balance right and reads what moved; somebody else decides; on a desk and on a telephone."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from config import roles
from members.actions import holds, points
from members.models import MemberProfile, Posting
from tests import factories
from tests.browser.test_undo import look
from tests.members.entitled import right
from tests.members.ledger.purses import DAY, book

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def anna():
    """A customer of store s1 with points, some of them held at the till."""
    roles.create()
    tree, now = factories.tree(), timezone.now()
    account = factories.account(channel=factories.channel(organization=tree["s1"], name="Till"))
    MemberProfile.objects.create(member=account.member, name="Anna Li", account_count=1)
    ours = book(organization=tree["b1"], adjust_limit=100)
    points.earn(account=account, book=ours, amount=1200, key="e", now=now - 9 * DAY, reason="welcome")
    parts = [holds.Part(ours, 200)]
    holds.place(account=account, parts=parts, key="h", until=now + DAY, now=now, organization=tree["s1"])
    right(organization=tree["s1"], code="cleaning", kind="service", name="Free cleaning")
    return {**tree, "member": account.member, "book": ours}


def value(page: Page, anna):
    page.goto(f"/admin/members/member/{anna['member'].oneid}/change/?tab=value")


def fits(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_a_large_adjustment_goes_from_one_desk_to_another(page, log_in, anna):
    log_in(organization=anna["s1"], role="store manager")
    value(page, anna)
    expect(page.locator("#balances")).to_contain_text("200 held")
    page.get_by_role("link", name="Adjust", exact=True).click()
    page.fill("[name=amount]", "500")
    page.fill("[name=reason]", "The receipt was lost")
    look(page, "ask")
    page.get_by_role("button", name="Adjust").click()
    expect(page.locator("#balances")).to_contain_text("waits for a second person")
    look(page, "value")
    page.locator("#balances [data-asked] a").click()
    expect(page.get_by_text("You asked for this yourself")).to_be_visible()
    expect(page.get_by_role("button", name="Agree")).to_have_count(0)

    page.context.clear_cookies()
    log_in(organization=anna["b1"], role="administrator")
    page.goto("/admin/members/adjustment/")
    look(page, "adjustments")
    page.locator("#result_list th a").first.click()
    page.get_by_role("button", name="Agree").click()
    expect(page.get_by_text("The adjustment is posted.")).to_be_visible()
    assert Posting.objects.get(verb="adjust").amount == 500


def test_what_moved_is_read_on_a_telephone(page, log_in, anna):
    log_in(organization=anna["s1"], role="store manager")
    page.set_viewport_size({"width": 390, "height": 844})
    value(page, anna)
    assert fits(page)
    page.locator("#balances").get_by_role("link", name="Points", exact=True).click()
    held, earned = page.locator("#movements tbody tr").all()
    expect(held).to_contain_text("−200")
    expect(earned).to_contain_text("welcome")
    table = page.locator("#movements table").bounding_box()
    assert table["x"] + table["width"] <= 390
    look(page, "movements-390")
    page.goto(f"/admin/members/adjustment/of/{anna['member'].oneid}/ask/")
    assert fits(page)


def test_a_right_is_given_and_revoked(page, log_in, anna):
    log_in(
        organization=anna["s1"],
        permissions="members.view_member members.add_rightgrant members.use_rightgrant",
    )
    page.goto(f"/admin/members/member/{anna['member'].oneid}/change/?tab=rights")
    page.get_by_role("link", name="Give a right").click()
    page.fill("[name=reason]", "She waited an hour")
    look(page, "give")
    page.get_by_role("button", name="Give it").click()
    expect(page.locator("#rights")).to_contain_text("Free cleaning")
    page.locator("#rights").get_by_role("link", name="Revoke").click()
    page.fill("[name=reason]", "Given to the wrong person")
    page.get_by_role("button", name="Revoke it").click()
    page.goto(f"/admin/members/member/{anna['member'].oneid}/change/?tab=rights")
    expect(page.locator("#rights .nf-bad")).to_have_text("revoked")
