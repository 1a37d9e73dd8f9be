import re

import pytest
from playwright.sync_api import expect

from config.unfold import STEPS
from members.models import AccessRecord, MemberProfile
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
NOW = factories.NOW


@pytest.fixture
def anna(tree):
    said = {
        "name": {"value": "Anna Li", "at": "2026-01-01T00:00:00+00:00"},
        "city": {"value": "Qingdao", "at": "2026-01-01T00:00:00+00:00"},
    }
    channel = factories.channel(organization=tree["g"])
    account = factories.account(channel=channel, organization=tree["s1"], traits=said)
    MemberProfile.objects.create(member=account.member, name="Anna Li", city="Qingdao", account_count=1)
    for number in range(2):
        factories.order(account=account, organization=tree["s1"], external_id=f"SO-{number}")
    return account.member


def test_the_front_page_fetches_its_cards_and_draws_them(page, log_in, anna):
    log_in(superuser=True)

    expect(page.get_by_text("People by channel")).to_be_visible()
    expect(page.locator("canvas.nf-chart[data-drawn]")).to_have_count(2)
    expect(page.get_by_text("In quarantine")).to_be_visible()
    expect(page.get_by_text("RFM classes and what they are worth")).to_be_visible()
    expect(page.get_by_text("No campaign has started yet.")).to_be_visible()


def test_nine_steps_stand_in_their_order_and_open(page, log_in, anna):
    log_in(superuser=True)
    headings = page.locator("#nav-sidebar-apps h2")

    assert [re.sub(r"\s*chevron_right\s*$", "", text).strip() for text in headings.all_inner_texts()][:9] == [
        str(step["title"]) for step in STEPS[:9]
    ]
    page.get_by_text("3 · Know the customer").first.click()
    page.locator("#nav-sidebar-apps").get_by_text("Members", exact=True).click()
    expect(page.locator("#result_list")).to_contain_text("A*** L*")


@pytest.mark.requirement("PLT-010")
def test_a_name_is_shown_once_after_a_reason(page, log_in, tree, anna):
    log_in(organization=tree["s1"], permissions="members.view_member members.view_personal_data")
    page.goto(f"/admin/members/member/{anna.oneid}/change/")
    expect(page.get_by_text("Anna Li")).to_have_count(0)

    page.get_by_text("Show", exact=True).first.click()
    page.fill("#dialog [name=reason]", "calls about her order")
    page.click("#dialog button[type=submit]")

    expect(page.locator(".nf-shown")).to_be_visible()
    assert AccessRecord.objects.filter(member=anna, reason="calls about her order").count() == 1
    page.reload()
    expect(page.locator(".nf-shown")).to_have_count(0)
    assert AccessRecord.objects.count() == 1


def test_a_dark_theme_and_another_language_can_be_chosen(page, log_in, anna):
    log_in(superuser=True)
    page.goto("/admin/members/channel/")

    page.locator("#nav-sidebar-apps ~ div").last.locator("a, div").filter(has_text="staff-").last.click()
    page.get_by_text("Dark", exact=True).click()
    expect(page.locator("html")).to_have_class(re.compile("dark"))
    page.get_by_text("español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
