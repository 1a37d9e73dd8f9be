"""The review desk as a steward uses it all day: keys only."""

import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from playwright.sync_api import expect

from identity.actions import reviewing, verdicts
from identity.models import ReviewCase, ReviewDecision, Verdict
from members.models import AccessRecord, Account
from tests import factories
from tests.browser.test_undo import look
from tests.identity import cases, company

pytestmark = pytest.mark.django_db(transaction=True)
DESK = "/admin/identity/reviewcase/desk/"


@pytest.fixture
def queue():
    """A refused link, and three candidates of falling probability."""
    company.build()
    return [cases.refused(), *(cases.candidate(probability=chance) for chance in (0.99, 0.95, 0.9))]


def at(page, case):
    expect(page.locator(f".rv-case[data-case='{case.pk}']:not([aria-busy])")).to_be_visible()
    expect(page.locator("#case-title")).to_be_focused()


def said(page, words):
    expect(page.locator("#said")).to_contain_text(words)


@pytest.mark.requirement("IDN-073")
def test_a_queue_is_worked_through_by_keyboard_alone(page, log_in, queue):
    refused, first, second, third = queue
    log_in(superuser=True)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(DESK)
    at(page, refused)
    expect(page.locator("[data-sort='']")).to_have_text("4")

    page.keyboard.press("n")
    at(page, first)
    said(page, "Two people, for ever")
    expect(page.locator("[data-sort='']")).to_have_text("3")
    expect(page.locator("[data-sort='refused']")).to_have_text("0")

    page.keyboard.press("e")
    page.keyboard.type("mn: same flat, same name")
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    at(page, second)

    page.keyboard.press("z")
    at(page, first)
    said(page, "Taken back")
    page.keyboard.press("ArrowRight")
    at(page, second)
    page.keyboard.press("ArrowLeft")
    at(page, first)
    page.keyboard.press("l")
    at(page, second)
    said(page, "Put off until")
    page.keyboard.press("m")
    at(page, third)
    page.keyboard.press("n")
    expect(page.get_by_text("Nothing waits. Well done.")).to_be_visible()

    decided = ReviewDecision.objects.order_by("pk").values_list("case", "decision", "note")
    assert list(decided) == [
        (refused.pk, "not_same", ""),
        (first.pk, "merge", "mn: same flat, same name"),
        (first.pk, "later", ""),
        (second.pk, "merge", ""),
        (third.pk, "not_same", ""),
    ]


def test_the_next_case_is_there_before_it_is_asked_for(page, log_in, queue):
    refused, first, _second, _third = queue
    log_in(superuser=True)
    asked = []
    page.on("request", lambda request: asked.append((request.method, request.url.partition("/admin/")[2])))
    page.goto(DESK)
    at(page, refused)
    page.wait_for_load_state("networkidle")
    before = len(asked)
    assert ("GET", f"identity/reviewcase/{first.pk}/change/") in asked

    page.keyboard.press("n")
    at(page, first)
    after = asked[before:]
    assert after[0] == ("POST", f"identity/reviewcase/{refused.pk}/decide/")
    assert ("GET", f"identity/reviewcase/{first.pk}/change/") not in after


def test_a_contradiction_is_decided_and_taken_back_by_one_key_each(page, log_in, queue):
    refused, first, *_others = queue
    two = [cases.person("c1"), cases.person("c2", channel="tmall")]
    sides = {"left": [two[0].pk], "right": [two[1].pk], "by": None}
    older = verdicts.same(**sides, now=company.NOW)
    verdicts.not_same(**sides, now=company.NOW + dt.timedelta(days=1), set_aside=True)
    case = ReviewCase.objects.get(sort="contradiction")
    log_in(superuser=True)
    page.goto(f"{DESK}?sort=contradiction")
    at(page, case)

    page.keyboard.press("k")
    at(page, refused)
    older.refresh_from_db()
    assert older.withdrawn_at

    page.goto(f"/admin/identity/reviewcase/{case.pk}/change/")
    page.get_by_role("button", name="Take it back").click()
    at(page, case)
    older.refresh_from_db()
    assert not older.withdrawn_at

    page.goto(DESK)
    at(page, refused)
    page.keyboard.press("ArrowRight")
    at(page, case)
    page.keyboard.press("k")
    at(page, first)
    page.keyboard.press("z")
    at(page, case)
    said(page, "Taken back")
    older.refresh_from_db()
    case.refresh_from_db()
    assert (older.withdrawn_at, case.state) == (None, "open")
    assert LogEntry.objects.filter(object_id=str(case.pk)).count() == 2


def test_two_quick_presses_decide_once(page, log_in, queue):
    refused, first, *_others = queue
    log_in(superuser=True)
    page.goto(DESK)
    at(page, refused)
    page.evaluate("() => { const b = document.querySelector('.rv-bar [data-key=m]'); b.click(); b.click(); }")
    at(page, first)
    assert ReviewDecision.objects.values_list("case", flat=True).get() == refused.pk


def test_a_case_that_somebody_else_decided_meanwhile(page, log_in, queue):
    refused, first, *_others = queue
    log_in(superuser=True)
    page.goto(DESK)
    at(page, refused)
    other = factories.staff(superuser=True)
    reviewing.decide(case=refused, decision="not_same", by=other, now=company.NOW)

    page.keyboard.press("m")
    at(page, first)
    said(page, other.username)
    said(page, "Nothing was changed")
    assert Verdict.objects.count() == 1


def test_a_masked_value_is_shown_after_a_reason_on_a_case_that_was_fetched_ahead(page, log_in, queue):
    refused, first, *_others = queue
    log_in(superuser=True)
    page.goto(DESK)
    at(page, refused)
    page.keyboard.press("ArrowRight")
    at(page, first)
    expect(page.get_by_text("王小明")).to_have_count(0)

    page.locator(".rv-compare .rv-show a").first.click()
    page.fill("#dialog [name=reason]", "same flat, which spelling?")
    page.keyboard.press("Enter")
    expect(page.locator(".nf-shown")).to_have_text("王小明")
    assert AccessRecord.objects.get().reason == "same flat, which spelling?"
    assert not ReviewDecision.objects.exists()


def test_all_of_one_rule_are_decided_together(page, log_in, queue):
    log_in(superuser=True)
    page.goto(f"{DESK}?sort=candidate")
    at(page, queue[1])
    page.keyboard.press("r")
    expect(page.locator("[data-test=count]")).to_have_text("3")
    page.fill("[name=note]", "same name, same flat")
    page.get_by_role("button", name="Merge: all 3").click()
    expect(page.get_by_text("3 cases decided.")).to_be_visible()
    assert ReviewCase.objects.filter(decision="merge").count() == 3
    assert all(
        Account.objects.get(pk=case.left[0]).member == Account.objects.get(pk=case.right[0]).member
        for case in queue[1:]
    )


def test_the_keys_are_told_and_stand_on_the_buttons(page, log_in, queue):
    log_in(superuser=True)
    page.goto(DESK)
    at(page, queue[0])
    assert page.locator(".rv-bar button kbd").all_inner_texts() == ["M", "N", "S", "L", "?"]
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("m")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    assert not ReviewDecision.objects.exists()


def test_a_case_is_read_and_decided_on_a_telephone(page, log_in, queue):
    refused, first, *_others = queue
    log_in(superuser=True)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(DESK)
    at(page, refused)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for button in page.locator(".rv-bar .nf-button:visible").all():
        assert button.bounding_box()["height"] >= 32
    look(page, "desk-390")
    assert page.locator(".rv-bar").bounding_box()["height"] <= 844 / 4
    page.get_by_role("button", name="Not same").click()
    at(page, first)
    said(page, "Two people, for ever")
