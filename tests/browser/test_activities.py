"""A marketer writes an offer as a sentence, tries it on a basket and submits it; another person approves it."""

import pytest
from playwright.sync_api import Page, expect

from campaigns.models import ActivityVersion
from config import roles
from tests import factories
from tests.campaigns import offering

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def nodes():
    roles.create()
    return factories.tree()


def test_an_activity_is_written_tried_and_submitted(page: Page, log_in, nodes):
    log_in(organization=nodes["b1"], role="marketer")
    page.goto("/admin/campaigns/activity/")
    page.get_by_role("link", name="Add activity").first.click()
    page.locator("#id_name").fill("Summer")
    page.locator("#id_code").fill("SUMMER")
    page.locator("#id_organization").select_option(label="B1")
    page.get_by_role("button", name="Go on to its first offer").click()

    page.locator("#id_name").fill("50 off")
    page.locator("#id_goods").select_option("all")
    page.locator("#id_threshold").select_option("amount")
    page.locator("#id_threshold_least").fill("300")
    page.locator("#id_execution").select_option("reduce")
    expect(page.locator("#id_amount")).to_be_hidden()
    page.locator("#id_kind").select_option("cash")
    page.locator("#id_amount").fill("50")
    expect(page.locator("#reads")).to_contain_text("say how often it is given")
    page.locator("#id_every").select_option("once")
    expect(page.locator("[data-test=sentence]")).to_contain_text("50.00 off from 300.00 on")
    page.locator("#id_threshold_least").fill("200")
    expect(page.locator("[data-test=sentence]")).to_contain_text("50.00 off from 200.00 on")
    page.locator("#id_threshold_least").fill("300")
    page.get_by_role("button", name="Save the offer").click()
    expect(page.get_by_text("50.00 off from 300.00 on")).to_be_visible()

    page.locator("#id_line-0-sku").fill("A1")
    page.locator("#id_line-0-price").fill("250")
    page.get_by_role("button", name="What does it cost?").click()
    expect(page.locator("[data-test=verdicts]")).to_contain_text("50.00")
    page.locator("#id_line-1-sku").fill("A2")
    page.locator("#id_line-1-price").fill("100")
    page.get_by_role("button", name="What does it cost?").click()
    expect(page.locator("[data-test=total]")).to_have_text("300.00 CNY")
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.get_by_text("It waits for approval now.", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Approve and publish")).to_have_count(0)
    assert ActivityVersion.objects.get().state == "submitted"


def test_another_person_approves_and_stops_it(page: Page, log_in, nodes):
    version = offering.drafted(organization=nodes["b1"], code="SUMMER", offers=(offering.off(),))
    offering.activities.submit(version=version, by=offering.author(), now=offering.NOW)
    log_in(organization=nodes["b1"], role="marketer")
    page.goto("/admin/campaigns/activity/")
    page.get_by_role("link", name="SUMMER").first.click()
    page.get_by_role("button", name="Approve and publish").click()
    expect(page.get_by_text("It is published.", exact=True)).to_be_visible()
    page.get_by_placeholder("why").fill("wrong price")
    page.get_by_role("button", name="Stop now").click()
    expect(page.locator(".nf-note", has_text="because: wrong price")).to_be_visible()
    version.refresh_from_db()
    assert (version.state, version.stop_reason) == ("stopped", "wrong price")


def test_an_offer_is_written_with_the_keyboard_alone(page: Page, log_in, nodes):
    """In the order of the sentence; a field that is not asked for is not met."""
    log_in(organization=nodes["b1"], role="marketer")
    version = offering.drafted(organization=nodes["b1"], code="SUMMER")
    page.goto(f"/admin/campaigns/activity/{version.activity_id}/offer/1/")
    page.locator("#id_name").focus()
    page.keyboard.type("50 off")
    met = _walked(page, {"id_goods": "any goods", "id_threshold": "whatever", "id_execution": "pays", "id_kind": "so much money", "id_amount": "50", "id_every": "once"})  # fmt: skip
    assert [each for each in met if each in ("id_goods", "id_execution", "id_kind", "id_amount", "id_every")] == [
        "id_goods", "id_execution", "id_kind", "id_amount", "id_every",
    ]  # fmt: skip
    assert not {"id_off", "id_book", "id_threshold_least", "id_sets"} & set(met)
    expect(page.locator("[data-test=sentence]")).to_contain_text("50.00 off")
    page.get_by_role("button", name="Save the offer").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("“50 off” is saved.", exact=True)).to_be_visible()


def _walked(page: Page, typed: dict[str, str]) -> list[str]:
    """The fields that Tab meets, typed into on the way, up to the button that saves."""
    met = []
    for _step in range(60):
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.id || document.activeElement.type")
        met.append(name)
        if name == "submit":
            return met
        if name in typed:
            page.keyboard.type(typed.pop(name))
    raise AssertionError(f"the button that saves is not met: {met}")
