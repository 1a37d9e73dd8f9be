"""A marketer looks at a draft, publishes it, and stops it with a reason."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from config import roles
from members.models import Plan, Programme
from tests.identity import company
from tests.members.ledger.purses import DAY, book
from tests.members.plans import drafted, published, rule

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_short_plan_is_previewed_published_and_stopped(page: Page, log_in):
    nodes, now = company.build(), timezone.now()
    roles.create()
    club, ours = (
        Programme.objects.create(organization=nodes["b1"], name="Club"),
        book(organization=nodes["b1"]),
    )
    published(club, rules=[rule(ours, 1)], starts_at=now - 90 * DAY)
    company.accept(company.account("u1"), now=now)
    company.accept(company.order("o1", "u1", occurred_at=(now - DAY).isoformat()), now=now)
    plan = drafted(
        club, cycle="short", name="Double points", rules=[rule(ours, times=2)], starts_at=now - DAY, now=now,
        ends_at=now + 3 * DAY,
    )  # fmt: skip
    log_in(organization=nodes["b1"], role="marketer")
    page.goto("/admin/members/plan/")
    page.get_by_role("link", name="Double points").click()
    page.get_by_role("link", name="Preview").click()
    expect(page.get_by_text("Had it held in the last 30 days")).to_be_visible()
    expect(page.get_by_role("row", name="Points 100 200 +100 1 0")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("is now: published")).to_be_visible()
    page.get_by_placeholder("why").fill("competitor 618")
    page.get_by_role("button", name="Stop now").click()
    expect(page.get_by_text("because: competitor 618")).to_be_visible()
    plan.refresh_from_db()
    assert (plan.state, plan.stop_reason) == (Plan.State.STOPPED, "competitor 618")
