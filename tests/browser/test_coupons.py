"""A marketer opens a colleague's coupon, has codes made, downloads them once, and withdraws one that was claimed."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns.actions import coupon_batches
from campaigns.models import Coupon
from config import roles
from tests import factories
from tests.campaigns import vouchers

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_coupon_is_opened_coded_and_withdrawn(page: Page, log_in):
    roles.create()
    nodes, now = factories.tree(), timezone.now()
    template = vouchers.drafted(organization=nodes["b1"], code="SPRING", quota=100, claim_from=now)
    log_in(organization=nodes["b1"], role="marketer")
    page.goto("/admin/campaigns/coupontemplate/")
    page.get_by_role("link", name="SPRING").first.click()
    expect(page.get_by_text("50.00 off from 300.00 on")).to_be_visible()
    page.get_by_role("button", name="Open it").click()
    page.get_by_label("name of the batch").fill("leaflets")
    page.get_by_label("how many codes").fill("3")
    page.get_by_role("button", name="Make codes").click()
    expect(page.get_by_text("The codes are being made")).to_be_visible()
    coupon_batches.advance(now=timezone.now())
    page.reload()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download, once").click()
    with open(taken.value.path(), encoding="utf-8") as file:
        codes = file.read().split()
    assert codes == list(Coupon.objects.order_by("id").values_list("code", flat=True))
    page.goto(f"/admin/campaigns/coupontemplate/{template.pk}/change/")
    expect(page.get_by_text("taken by staff")).to_be_visible()

    page.goto(f"/admin/campaigns/coupon/?q={codes[0]}")
    page.get_by_role("link", name=codes[0][-4:]).click()
    page.get_by_placeholder("why").fill("printed wrong")
    page.get_by_role("button", name="Withdraw it").click()
    expect(page.get_by_text("because: printed wrong")).to_be_visible()
    assert Coupon.objects.get(code=codes[0]).state == "withdrawn"
