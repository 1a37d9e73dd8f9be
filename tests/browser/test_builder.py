"""A marketer builds an audience: with the mouse, and again with nothing but the keyboard."""

import datetime as dt
import json

import pytest
from playwright.sync_api import Page, expect

from members.models import MemberProfile
from tags.actions import audiences, compute
from tags.models import Audience
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
MARKETER = (
    "tags.view_audience tags.add_audience tags.change_audience members.view_organization members.view_member"
)


@pytest.fixture
def anna(tree):
    """Who ordered twice; Bo ordered once."""
    mall = factories.channel(organization=tree["g"])
    for name, orders in (("Anna Li", 2), ("Bo Chen", 1)):
        account = factories.account(channel=mall, organization=tree["s1"])
        MemberProfile.objects.create(member=account.member, name=name, city="Qingdao", province="Shandong")
        for _ in range(orders):
            factories.order(account=account, organization=tree["s1"])
    return tree


def condition(page: Page) -> dict:
    return json.loads(page.locator("textarea[name=condition]").input_value())


def begun(page: Page, tree, name: str) -> None:
    page.goto("/admin/tags/audience/add/")
    page.fill("[name=name]", name)
    page.select_option("[name=organization]", label=tree["g"].name)


@pytest.mark.requirement("TAG-033")
def test_groups_are_built_counted_part_by_part_and_saved(page: Page, log_in, anna):
    log_in(organization=anna["g"], permissions=MARKETER)
    begun(page, anna, "Once in Shandong")
    page.locator("[data-do=remove]").last.click()  # the example's consent
    expect(page.locator("[data-test=count]")).to_have_text("1")
    expect(page.locator("[data-sample]")).to_contain_text("A*** L*")

    page.get_by_role("button", name="not", exact=True).click()
    expect(page.locator("[data-test=count]")).to_have_text("1")
    expect(page.locator("[data-sample]")).to_contain_text("B* C***")

    page.get_by_role("button", name="+ Add a condition").click()
    page.get_by_role("searchbox", name="Search").last.fill("province")
    page.locator(".nb-menu-item").first.click()
    leaf = page.locator(".nb-leaf").last
    leaf.get_by_label("field", exact=True).select_option("province")
    leaf.get_by_label("compared", exact=True).first.select_option("=")
    leaf.get_by_role("textbox").fill("Shandong")
    expect(leaf.locator("[data-part]")).to_have_text("2 members")
    expect(page.locator("[data-said]")).to_contain_text("province is Shandong")
    expect(page.locator("[data-way=sms]")).to_have_text("0")
    assert condition(page)["all"][1] == {"profile": {"field": "province", "op": "=", "value": "Shandong"}}

    page.click("[name=_save]")
    page.wait_for_url("**/admin/tags/audience/")
    saved = Audience.objects.get()
    assert saved.count == 1
    assert "not" in saved.condition["all"][0]


def test_a_tag_that_is_a_number_is_compared_and_others_are_chosen(page: Page, log_in, anna):
    measure = {"orders": {"aggregate": "count"}}
    factories.tag(organization=anna["g"], code="order_count", name="Orders", shape="number", measure=measure)
    factories.tag(organization=anna["g"], code="keen", name="Keen", values=["yes", "no"])
    compute.compute(now=factories.NOW)
    log_in(organization=anna["g"], permissions=MARKETER)
    begun(page, anna, "Twice")
    for _part in range(2):
        page.locator("[data-do=remove]").last.click()
    page.get_by_role("button", name="+ Add a condition").click()
    page.get_by_role("searchbox", name="Search").last.fill("tag")
    page.locator(".nb-menu-item").first.click()
    leaf = page.locator(".nb-leaf").last
    leaf.get_by_role("combobox", name="tag", exact=True).fill("Orders")
    page.get_by_role("option", name="Orders").click()
    leaf.get_by_role("textbox", name="value").fill("2")
    expect(leaf.locator("[data-part]")).to_have_text("1 member")
    assert condition(page) == {"all": [{"tag": {"tag": "order_count", "op": ">=", "value": 2}}]}

    leaf.get_by_label("Remove: Orders").click()
    leaf.get_by_role("combobox", name="tag", exact=True).fill("Keen")
    page.get_by_role("option", name="Keen").click()
    leaf.get_by_label("Narrow by").select_option("value")
    leaf.get_by_role("combobox", name="value").fill("yes")
    page.get_by_role("option", name="yes").click()
    assert condition(page) == {"all": [{"tag": {"tag": "keen", "value": ["yes"]}}]}


def test_events_in_their_order_are_asked_for_without_a_word_of_json(page: Page, log_in, anna):
    viewer = MemberProfile.objects.get(name="Bo Chen").member
    account = viewer.accounts.get()
    ago = factories.NOW - dt.timedelta(days=1)
    factories.event(account=account, name="product_view", at=ago, sku="S1")
    factories.event(account=account, name="add_to_cart", at=ago + dt.timedelta(hours=1), sku="S1", price=30)
    log_in(organization=anna["g"], permissions=MARKETER)
    begun(page, anna, "Cart after a look")
    for _part in range(2):
        page.locator("[data-do=remove]").last.click()
    page.get_by_role("button", name="+ Add a condition").click()
    page.get_by_role("searchbox", name="Search").last.fill("one after")
    page.locator(".nb-menu-item").first.click()
    leaf = page.locator(".nb-leaf").last
    for step, name in ((1, "product_view"), (2, "add_to_cart")):
        leaf.get_by_label(f"Step {step}", exact=True).select_option("event")
        leaf.get_by_role("combobox", name=f"Step {step}: an event").fill(name)
        page.get_by_role("option", name=name).first.click()
    leaf.get_by_role("button", name="+ Add a property").last.click()
    leaf.get_by_label("Step 2: property").fill("price")
    leaf.get_by_label("Step 2: compared").select_option(">=")
    leaf.get_by_label("Step 2: value").fill("30")
    leaf.get_by_label("within", exact=True).fill("2")
    expect(leaf.locator("[data-part]")).to_have_text("1 member")
    carted = {"name": ["add_to_cart"], "where": {"properties": {"price": {"op": ">=", "value": 30}}}}
    chain = {"steps": [{"name": ["product_view"]}, carted], "within": {"hours": 2}}
    assert condition(page) == {"all": [{"sequence": chain}]}
    assert leaf.locator("textarea").count() == 0


def test_with_nothing_but_the_keyboard(page: Page, log_in, anna):
    log_in(organization=anna["g"], permissions=MARKETER)
    begun(page, anna, "At a shop")
    for _part in range(2):
        page.locator("[data-do=remove]").last.focus()
        page.keyboard.press("Enter")
    expect(page.locator("[data-test=count]")).to_have_text("2")

    page.keyboard.press("Enter")  # the focus went back to “Add a condition”
    page.keyboard.type("organization")
    page.keyboard.press("ArrowDown")
    while page.evaluate("document.activeElement.dataset.leaf") != "organization":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".nb-leaf [role=combobox]")).to_be_focused()
    page.keyboard.type("s1")
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("S1")
    page.keyboard.press("Enter")
    expect(page.locator(".nb-chip")).to_contain_text("S1")
    expect(page.locator("[data-test=count]")).to_have_text("2")
    assert condition(page)["all"][0]["organization"]["node"] == ["s1"]


def test_a_fault_is_shown_at_its_part_and_text_can_be_mended(page: Page, log_in, anna):
    log_in(organization=anna["g"], permissions=MARKETER)
    begun(page, anna, "Wrong")
    page.get_by_text("As text").click()
    wrong = {
        "all": [
            {"orders": {"aggregate": "count"}},
            {"not": {"profile": {"field": "age", "op": ">", "value": 900}}},
        ]
    }
    page.fill("textarea[name=condition]", json.dumps(wrong))
    fault = page.locator(".nb-leaf.nb-wrong .nb-fault")
    expect(fault).to_contain_text("from 0 to 150")
    expect(page.locator(".nb-leaf.nb-wrong .nb-title")).to_have_text("profile")

    page.fill("textarea[name=condition]", "{")
    expect(page.get_by_text("mend it here")).to_have_count(2)
    page.fill("textarea[name=condition]", '{"orders": {"aggregate": "count", "op": ">=", "value": 2}}')
    expect(page.locator("[data-test=count]")).to_have_text("1")
    expect(page.locator(".nb-wrong")).to_have_count(0)


def test_the_overlap_with_another_audience(page: Page, log_in, anna):
    audiences.save(
        name="Twice", organization=anna["g"], by=None, now=factories.NOW,
        condition={"orders": {"aggregate": "count", "op": ">=", "value": 2}},
    )  # fmt: skip
    log_in(organization=anna["g"], permissions=MARKETER)
    begun(page, anna, "Everybody")
    for _part in range(2):
        page.locator("[data-do=remove]").last.click()
    page.get_by_role("combobox", name="Overlap with").fill("Twi")
    page.get_by_role("option", name="Twice").click()
    expect(page.locator("[data-overlaps]")).to_contain_text("1 in both, of 1")
