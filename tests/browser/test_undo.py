"""A steward takes a person apart and tries another rule, in a real browser."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from identity import tasks
from members.models import Account, Programme, Tier
from tests.identity import company
from tests.identity.oneids import people

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = "+8613900139000"


def look(page, name: str) -> None:
    """Keep a picture where LOOK_AT names a folder; otherwise nothing."""
    if folder := os.environ.get("LOOK_AT"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.fixture
def joined():
    nodes = company.build()
    club = Programme.objects.create(organization=nodes["b1"], name="Club", tier_policy="ask")
    for rank, code in enumerate(("silver", "gold")):
        Tier.objects.create(programme=club, code=code, name=code.title(), rank=rank)
    said = {"organization": "b1", "points": "500"}
    company.accept(
        company.account("account-aaaa", phone=PHONE, profile={"name": "Li Lei"}, membership={**said, "tier": "gold"}),
        company.account("account-bbbb", channel="mall", phone=PHONE, on=1, membership={**said, "tier": "silver"}),
        company.order("o1", "account-aaaa"),
        company.order("o2", "account-bbbb", channel="mall", amount="7.00"),
    )  # fmt: skip
    return list(Account.objects.order_by("external_id"))


def test_a_wrong_merge_is_undone_after_seeing_what_changes(page, log_in, joined):
    a, b = joined
    log_in(superuser=True)
    page.goto(f"/admin/members/member/{a.member.oneid}/change/")
    expect(page.get_by_text("a steward is asked")).to_be_visible()
    look(page, "member")
    page.get_by_role("link", name="Take apart…").click()
    page.check(f"input[name=account][value='{b.pk}']")
    look(page, "choice")
    page.get_by_role("button", name="Show what changes").click()

    expect(page.locator("[data-test=after]")).to_contain_text("gets this OneID back")
    expect(page.locator("[data-test=before]")).to_contain_text("2 orders")
    look(page, "preview")
    page.fill("[name=reason]", "Father and son share a telephone")
    page.get_by_role("button", name="Do it").click()

    expect(page.get_by_text("Father and son share a telephone")).to_be_visible()
    assert people() == [["account-aaaa"], ["account-bbbb"]]
    look(page, "verdict")
    page.get_by_role("button", name="Withdraw").click()
    page.wait_for_load_state("networkidle")
    assert people() == [["account-aaaa", "account-bbbb"]]


def test_a_rule_is_tried_before_it_is_in_force(page, log_in, joined, monkeypatch):
    def work(name, *given, **_options):
        return getattr(tasks, name.rpartition(".")[2])(*given)

    monkeypatch.setattr("identity.admin.trials.async_task", work)
    log_in(superuser=True)
    page.goto("/admin/identity/trial/add/")
    page.fill("[name=name]", "One account a telephone")
    page.locator("[data-kind=phone] summary").click()
    page.fill("[name=phone-max_accounts]", "1")
    look(page, "trial_add")
    page.get_by_role("button", name="Try it").click()

    expect(page.locator("[data-test=splits]")).to_have_text("1")
    expect(page.locator("[data-test=sample]")).to_have_count(1)
    look(page, "trial")
    assert len(people()) == 1
    page.get_by_role("button", name="Put in force").click()
    expect(page.locator("[data-test=state]")).to_have_text("in force")
    assert len(people()) == 2
    page.get_by_role("button", name="Take back").click()
    expect(page.locator("[data-test=state]")).to_have_text("taken back")
    assert len(people()) == 1


def test_a_limit_on_names_is_typed_as_a_number_and_a_slip_is_told(page, log_in, joined, monkeypatch):
    monkeypatch.setattr("identity.admin.trials.async_task", lambda *_given, **_options: None)
    log_in(superuser=True)
    page.goto("/admin/identity/trial/add/")
    page.fill("[name=name]", "One name a telephone")
    page.locator("[data-kind=phone] summary").click()
    page.fill("[name=phone-max_distinct-name]", "one")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("name: write a whole number, or leave it empty for no limit.")).to_be_visible()
    expect(page.locator("[name=phone-max_distinct-name]")).to_have_value("one")

    page.fill("[name=phone-max_distinct-name]", "1")
    look(page, "trial_form")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("name 1")).to_be_visible()
