"""Tills, returns, workers and erasures that need the same things wait for one another, and never for ever."""

import pytest

from campaigns.actions import coupon_templates
from campaigns.actions.till import following
from campaigns.models import CouponCounter, CouponTemplate
from members.actions import erasure, points
from tests import factories
from tests.brakes import Brake, session
from tests.campaigns import pots, vouchers
from tests.campaigns.offering import NOW, approver
from tests.campaigns.till.pricing import basket, clock, line, till
from tests.campaigns.till.returns import cash, take
from tests.campaigns.till.rewards import ARTICLE, complete, giving, published
from tests.campaigns.till.selling import address
from tests.connections import Side
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db(transaction=True)
TEN = {"kind": "voucher", "template": "TEN", "worth": 1_000}


class House:
    def __init__(self, monkeypatch) -> None:
        clock(monkeypatch, NOW)
        self.nodes = factories.tree()
        self.top = self.nodes["g"]
        self.pos = factories.channel(organization=self.nodes["s1"], code="pos", kind="pos")
        self.cashier = till(self.pos, organization=self.nodes["s1"])
        self.account = factories.account(channel=self.pos)

    def basket(self, *prices, **more) -> dict:
        return basket(*(prices or ("300.00",)), oneid=self.account.member.oneid, **more)

    def hold(self, number: str, *prices, pays=(), **more):
        body = {"key": f"hold-{number}", "basket": self.basket(*prices, **more), "pays": list(pays)}
        return self.cashier.post(address("hold", number=number), body)

    def put(self, number: str):
        body = {"key": f"put-{number}", "revision": 1, "basket": self.basket()}
        return self.cashier.put(address(number=number), body)

    def cancel(self, number: str):
        return self.cashier.post(address("cancel", number=number), {"key": f"cancel-{number}"})

    def commit(self, number: str, pay: str, **more):
        body = {"key": f"commit-{number}", "payments": cash(pay), **more}
        return self.cashier.post(address("commit", number=number), body)


@pytest.fixture
def house(monkeypatch):
    return House(monkeypatch)


def ended(*sides: Side) -> list[int]:
    for side in sides:
        side.ended()
    return [side.found.status_code for side in sides]


def test_a_sale_that_uses_a_coupon_and_the_return_of_the_sale_that_gave_it(house):
    """Both need the coupon, and the wallet of its customer."""
    slides = {"expiry": "sliding", "expiry_months": 12}
    stored = {"code": "card", "kind": "stored_value_principal", "unit": "CNY", "scale": 2, **slides}
    points.earn(
        account=house.account, book=purses.book(organization=house.top, **stored), amount=50, key="e", now=NOW
    )
    vouchers.template(organization=house.top, code="TEN", per_person=None, trigger={})
    published(house.top, giving(TEN, trigger={"goods": {"skus": ["S1"]}}))
    paid = {"pays": [{"book": "card", "amount": "10.00"}]}
    [given] = house.commit("N1", "290.00", basket=house.basket(), **paid).json()["rewards"]
    held = house.hold("N2", line(7, "300.00"), coupons=given["coupons"], **paid)
    assert (held.status_code, held.json()["due"]) == (200, "240.00")
    with Brake("campaigns_offeruse") as brake:
        back = Side(lambda: take(house.cashier, {1: "1"}))
        brake.stopped()
        sale = Side(lambda: house.commit("N2", "240.00"))
        assert sale.waits()
    assert ended(back, sale) == [200, 200]
    assert purses.faults() == []


def test_two_sales_each_of_which_uses_a_gift_that_the_other_promises(house):
    for code in ("ONE", "TWO"):
        vouchers.template(organization=house.top, code=code, kind="gift", stock=9, per_person=None)
    published(house.top, *(_gives(sku, code) for sku, code in (("S1", "TWO"), ("S2", "ONE"))))
    one, two = (vouchers.claim(each, house.account) for each in CouponTemplate.objects.order_by("code"))
    with Brake("campaigns_coupon") as brake:
        sides = [
            Side(lambda: house.hold("N1", line(1, "300.00"), coupons=[one.code])),
            Side(lambda: house.hold("N2", line(2, "300.00"), coupons=[two.code])),
        ]
        brake.stopped()
        assert all(side.waits() for side in sides)
    assert ended(*sides) == [200, 200]
    assert sorted(CouponCounter.objects.values_list("issued", "given")) == [(2, 1), (2, 1)]
    both = [Side(lambda number=number: house.cancel(number)) for number in ("N1", "N2")]
    assert ended(*both) == [200, 200]
    assert sorted(CouponCounter.objects.values_list("issued", "given")) == [(1, 0), (1, 0)]


def _gives(sku: str, code: str) -> dict:
    voucher = {"kind": "voucher", "template": code, "of": "gift", "worth": 100}
    return giving(voucher, trigger={"goods": {"skus": [sku]}})


def test_a_sale_whose_coupon_is_given_no_more_and_one_that_does_not_want_it(house):
    """Both need the quota of the coupon, and the wallet of the customer."""
    slides = {"expiry": "sliding", "expiry_months": 12}
    stored = {"code": "card", "kind": "stored_value_principal", "unit": "CNY", "scale": 2, **slides}
    points.earn(
        account=house.account, book=purses.book(organization=house.top, **stored), amount=50, key="e", now=NOW
    )
    template = vouchers.template(organization=house.top, code="TEN", per_person=None)
    money = pots.budget(organization=house.top, amount=100)
    published(house.top, giving(TEN, shares={money: 10_000}))
    paid = {"pays": [{"book": "card", "amount": "10.00"}]}
    assert [house.hold(number, **paid).status_code for number in ("N1", "N2")] == [200, 200]
    coupon_templates.close(template=template, reason="over", by=approver(), now=NOW)
    with Brake("campaigns_offeruse") as brake:
        given_up = Side(lambda: house.cancel("N2"))
        brake.stopped()
        sale = Side(lambda: house.commit("N1", "290.00"))
        assert sale.waits()
    assert ended(given_up, sale) == [200, 200]
    assert [each["state"] for each in sale.found.json()["rewards"]] == ["missed"]
    assert (vouchers.standing(template), pots.standing(money)) == ((0, 0), (10_000, 0, 0, 10_000))
    assert purses.faults() == []


def test_orders_called_off_and_a_sale_that_draws_on_their_budgets(house):
    """What they cost goes back into the budgets in another order than that of the budgets."""
    first, second = (pots.budget(organization=house.top, amount=100) for _each in range(2))
    later = {"execution": "return", "after": "received"}
    published(
        house.top,
        giving(ARTICLE, trigger={"goods": {"skus": ["S1"]}}, shares={second: 10_000}, **later),
        giving(ARTICLE, trigger={"goods": {"skus": ["S2"]}}, shares={first: 10_000}, **later),
    )
    for number in (1, 2):
        told = house.basket(line(number, "300.00"))
        assert house.commit(f"N{number}", "300.00", basket=told).status_code == 200
        complete(house.pos, f"N{number}", name="order.cancelled")
    with Brake("members_posting") as brake:
        worker = Side(_follow)
        brake.stopped()
        sale = Side(lambda: house.hold("N3", line(1, "300.00"), line(2, "300.00")))
        assert sale.waits()
    worker.ended()
    assert ended(sale) == [200]
    assert [pots.standing(each) for each in (first, second)] == [(10_000, 1_000, 0, 9_000)] * 2
    assert purses.faults() == []


def _follow() -> None:
    while following.follow(now=NOW):
        pass


@pytest.mark.parametrize("verb", ["hold", "put"])
def test_nobody_is_erased_while_a_till_takes_in_his_basket(house, verb):
    with session() as erasing:
        erasing.execute(f"SELECT pg_advisory_xact_lock({erasure.LOCK})")
        side = Side(lambda: getattr(house, verb)("N1"))
        assert side.waits()
        erasing.rollback()
    assert ended(side) == [200]
