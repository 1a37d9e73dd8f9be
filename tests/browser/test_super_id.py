import pytest
from playwright.sync_api import expect

from members.models import Account
from tests.identity import oneids

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = "phone:+8613800138001"


@pytest.fixture
def person():
    house = oneids.house(app={"name": "The App"}, tmall={"name": "Tmall"})
    accounts = [
        oneids.account(house["app"], "app-account-1", PHONE),
        oneids.account(house["tmall"], "tmall-account-2", PHONE, "device:tablet-in-the-shop"),
    ]
    oneids.resolve(*accounts)
    return Account.objects.get(external_id="app-account-1").member


def test_a_child_is_revoked_with_a_reason_and_the_graph_is_walked_by_keyboard(page, log_in, person):
    log_in(superuser=True)
    page.goto(f"/admin/members/member/{person.oneid}/change/?tab=identity")
    nodes = page.locator("#graph svg a.nf-node")
    expect(nodes).to_have_count(4)

    nodes.first.focus()
    page.keyboard.press("Tab")
    expect(nodes.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    target = nodes.nth(1).get_attribute("href")
    assert page.url.endswith(target)
    expect(page.locator(target)).to_be_in_viewport()

    page.locator("#super-id tr", has_text="Tmall").get_by_role("link", name="Revoke").click()
    page.fill("[name=reason]", "the customer closed this account")
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator("#super-id tr", has_text="Tmall")).to_contain_text("the customer closed this account")
    expect(page.locator("#graph svg a.nf-out")).to_have_count(1)
    assert Account.objects.get(external_id="tmall-account-2").revoked_at

    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
