import datetime as dt

import pytest
from playwright.sync_api import expect

from members.actions import books, points
from members.models import MemberProfile
from tests import factories
from tests.browser.test_undo import look

pytestmark = pytest.mark.django_db(transaction=True)
NOW = factories.NOW


@pytest.fixture
def anna():
    tree = factories.tree()
    mini = factories.channel(organization=tree["g"], code="mini", name="Mini-program")
    till = factories.channel(organization=tree["g"], code="till", name="Till", source_class="offline")
    said = {
        "name": {"value": "Anna Li", "at": NOW.isoformat()},
        "city": {"value": "Qingdao", "at": NOW.isoformat()},
    }
    older = {"city": {"value": "Jinan", "at": (NOW - dt.timedelta(days=9)).isoformat()}}
    account = factories.account(channel=mini, organization=tree["s1"], traits=said)
    other = factories.account(channel=till, organization=tree["s1"], member=account.member, traits=older)
    MemberProfile.objects.create(member=account.member, name="Anna Li", city="Qingdao", account_count=2)
    factories.order(account=other, organization=tree["s1"], external_id="SO-1")
    for number in range(60):
        factories.event(account=account, name="product_view", at=NOW - dt.timedelta(hours=number))
    factories.event(account=other, name="ask_price", at=NOW - dt.timedelta(days=30))
    book = books.create(organization=tree["g"], code="points", name="Points", kind="points", unit="points")
    points.earn(account=account, book=book, amount=120, key="a", now=NOW)
    return account.member


def test_a_shop_manager_walks_through_the_page_of_a_member(page, log_in, anna):
    log_in(superuser=True)
    page.goto(f"/admin/members/member/{anna.oneid}/change/")
    expect(page.locator("#profile")).to_contain_text("Mini-program")
    page.get_by_text("1 other word").click()
    expect(page.get_by_text("Jinan · Till")).to_be_visible()
    expect(page.locator("#relation")).to_contain_text("First contact")
    look(page, "overview")

    tabs = page.get_by_role("navigation", name="Parts of this page")
    tabs.get_by_role("link", name="Orders").click()
    expect(page.locator("#orders")).to_contain_text("SO-1")
    look(page, "orders")

    tabs.get_by_role("link", name="Timeline").click()
    expect(page.locator(".nf-timeline > li")).to_have_count(50)
    look(page, "timeline")
    page.get_by_role("link", name="Older").click()
    expect(page.locator(".nf-timeline > li")).to_have_count(12)
    page.select_option("#timeline-channel", label="Till")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".nf-timeline > li")).to_have_count(1)
    expect(page.locator(".nf-timeline")).to_contain_text("Ask price")

    tabs.get_by_role("link", name="Identity").click()
    expect(page.locator("#graph")).to_be_visible()
    look(page, "identity")
