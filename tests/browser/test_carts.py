"""A cart watch begun, looked at and stopped in the browser."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from campaigns.actions import carts
from campaigns.models import CartWatch
from config import roles
from members.models import GoodsSet
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = dt.timedelta(hours=1)


def test_a_marketer_begins_a_watch_sees_its_carts_and_stops_it(page, log_in):
    roles.create()
    nodes = factories.tree()
    GoodsSet.objects.create(organization=nodes["b1"], code="eco", name="Eco fridges", skus=["FR-500"])
    mall = factories.channel(organization=nodes["b1"], code="mall", kind="mall")
    log_in(organization=nodes["b1"], role="marketer")
    page.goto("/admin/campaigns/cartwatch/add/")
    page.fill("[name=name]", "Fridges left behind")
    page.select_option("[name=organization]", label=str(nodes["b1"]))
    page.select_option("[name=goods]", label="Eco fridges")
    page.fill("[name=wait_minutes]", "45")
    page.click("[name=_save]")
    expect(page.get_by_role("link", name="Fridges left behind").first).to_be_visible()
    watch = CartWatch.objects.get()
    now = timezone.now()
    for number, state in enumerate(("running", "left", "left", "stopped")):
        account, began = factories.account(channel=mall), now - number * HOUR
        ended = None if state == "running" else began + 0.75 * HOUR
        watch.runs.create(
            account=account, sku="FR-500", state=state, started_at=began, due_at=began + 0.75 * HOUR,
            ended_at=ended,
        )  # fmt: skip
    carts.leave(now=now)
    page.goto("/admin/campaigns/cartwatch/")
    row = page.locator("#result_list tbody tr")
    expect(row).to_contain_text("45")
    expect(row.locator(".field-left")).to_have_text("2")
    expect(row.locator(".field-paid_share")).to_have_text("0%")
    row.get_by_role("link").first.click()
    page.get_by_role("link", name="Its carts").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(4)
    page.go_back()
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_text("no further carts are followed")).to_be_visible()
    assert not watch.runs.filter(state="running").exists()
