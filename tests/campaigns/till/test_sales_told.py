"""A sale at a till redeems its coupons itself: the reader of what channels tell leaves it alone."""

import pytest
from django.utils import timezone

from campaigns.models import ToldCoupon
from members.models import Channel, Event, Order
from members.models.event import SettledBefore
from tests.campaigns.offering import NOW, off
from tests.campaigns.telling import everything, known, owned, read, verdicts
from tests.campaigns.till.pricing import basket, clock, till
from tests.campaigns.vouchers import state, template
from tests.identity import company

SOLD = {"payments": [{"method": "cash", "amount": "290.00"}]}


@pytest.fixture
def nodes(db, monkeypatch):
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))  # this transaction is still open
    return company.build()


@pytest.fixture
def coupon(nodes):
    sort = template(organization=nodes["b1"], **off(threshold=0, amount=1_000))
    return owned(sort, known("p1", channel="pos"))


@pytest.fixture
def sold(nodes, coupon, monkeypatch):
    clock(monkeypatch, NOW)
    cashier = till(Channel.objects.get(code="pos"), organization=nodes["s1"])
    asked = basket("300.00", oneid=coupon.account.member.oneid, coupons=[coupon.code])
    answer = cashier.post("/api/v1/pos/orders/s1/N1/commit", {"key": "c1", "basket": asked, **SOLD})
    assert answer.status_code == 200, answer.content
    return Order.objects.get(external_id="N1")


def file_of_the_night(**more) -> dict:
    return company.order(
        "N1", "p1", channel="pos", coupons=["C1"], occurred_at=timezone.now().isoformat(), **more
    )


def test_a_sale_at_a_till_is_not_told_a_second_time(sold, coupon):
    assert (state(coupon), sold.coupons) == ("redeemed", ["C1"])
    before = everything()
    read(again=True)
    assert everything() == before
    assert not ToldCoupon.objects.exists()
    assert Event.objects.filter(name="coupon.redeemed").count() == 1


def test_nor_when_the_file_of_the_night_tells_it_too(sold, coupon):
    before = everything()
    company.accept(file_of_the_night(status="completed"))
    read(again=True)
    assert everything() == before


def test_what_another_order_says_of_the_same_code_is_a_finding(sold, coupon):
    company.accept(company.order("N2", "p1", channel="pos", coupons=["C1"]))
    read()
    assert verdicts() == [("order", "refused", "used")]
