"""Goods come back to a till: exactly what the sale's record says of them is undone."""

from decimal import Decimal

import pytest

from campaigns.models import Coupon, OfferUse, TillOperation, TillReturn, TillReturnLine, UseCounter
from members.actions import earning, points
from members.models import Event, Order, Programme, Return
from tests.campaigns import offering, pots, vouchers
from tests.campaigns.offering import NOW, off
from tests.campaigns.till import rewards
from tests.campaigns.till.pricing import line
from tests.campaigns.till.returns import preview, problem, sell, take, taken
from tests.members import plans
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db
GIFT = {"kind": "goods", "skus": ["G1"], "worth": 1_000}


def payments(answer: dict) -> list[tuple[str, str]]:
    return [(each["method"], each["amount"]) for each in answer["payments"]]


def test_a_line_refunds_what_was_paid_for_it(cashier, summer, nodes):
    sell(cashier, "200.00", "100.00", pay="250.00")
    answer = taken(cashier, {2: "1"}, reason="faulty")
    assert (answer["refund"], payments(answer)) == ("83.33", [("cash", "83.33")])
    assert answer["lines"] == [{"line": 2, "sku": "S2", "quantity": "1", "refund": "83.33"}]
    assert answer["left"] == {"1": "1", "2": "0"}
    found = Return.objects.get()
    assert (found.external_id, found.order, found.organization, found.amount, found.occurred_at) == (
        "R1", Order.objects.get(), nodes["s1"], Decimal("83.33"), NOW,
    )  # fmt: skip
    assert list(found.lines.values_list("line", "sku", "quantity", "refund")) == [
        (2, "S2", Decimal(1), Decimal("83.33"))
    ]
    told = Event.objects.get(name="order.returned")
    assert told.properties == {"return": "R1", "order": "N1", "amount": "83.33"}
    assert TillReturn.objects.get().reason == "faulty"


def test_thirds_add_up_to_the_whole(cashier, summer):
    sell(cashier, line(1, "100.00", quantity="3"), pay="250.00")
    refunds = [taken(cashier, {1: "1"}, key=f"r{n}", number=f"R{n}")["refund"] for n in range(3)]
    assert refunds == ["83.33", "83.33", "83.34"]
    assert list(TillReturnLine.objects.order_by("id").values_list("before", "quantity")) == [
        (0, 1000),
        (1000, 1000),
        (2000, 1000),
    ]


def test_a_preview_answers_the_same_and_writes_nothing(cashier, summer):
    sell(cashier, "200.00", "100.00", pay="250.00")
    seen = preview(cashier, {1: "1"})
    assert seen.status_code == 200
    assert not TillReturn.objects.exists() | Return.objects.exists()
    assert not TillOperation.objects.filter(verb="return").exists()
    assert seen.json() | {"number": "R1"} == taken(cashier, {1: "1"})


def test_weighed_goods_come_back_by_weight(cashier):
    sell(cashier, line(1, "10.00", quantity="0.355"), pay="3.55")
    assert taken(cashier, {1: "0.1"})["refund"] == "1.00"
    answer = take(cashier, {1: "0.256"}, key="r2", number="R2")
    assert problem(answer) == (409, "too-many")
    assert taken(cashier, {1: "0.255"}, key="r3", number="R3")["refund"] == "2.55"


def test_points_go_back_into_the_lots_they_came_from(cashier, nodes, account, summer):
    book = purses.book(code="club", organization=nodes["g"], kind="points", unit="points", scale=0)
    programme = Programme.objects.create(organization=nodes["g"], name="Club")
    pays = {"book": book, "currency": "CNY", "unit_value": Decimal("0.01")}
    plans.published(
        programme, rules=[plans.rule(book, 1)], spending=[pays], starts_at=NOW - 90 * pots.purses.DAY
    )
    points.earn(account=account, book=book, amount=500, key="e", now=NOW)
    sell(
        cashier, "200.00", "100.00", pay="245.00", oneid=account.member.oneid,
        pays=[{"book": "club", "amount": "500"}],
    )  # fmt: skip
    assert purses.available(account, book) == 0
    answer = taken(cashier, {2: "1"})
    assert answer["payments"] == [
        {"method": "book:club", "amount": "1.67", "book": "club", "value": "167"},
        {"method": "cash", "amount": "81.66"},
    ]
    assert purses.available(account, book) == 167
    answer = taken(cashier, {1: "1"}, key="r2", number="R2")
    assert [each["amount"] for each in answer["payments"]] == ["3.33", "163.34"]
    assert purses.available(account, book) == 500
    assert purses.faults() == []


def test_a_coupon_can_be_used_again_once_all_that_it_was_used_on_is_back(cashier, nodes, account):
    template = vouchers.template(organization=nodes["g"], code="TEN", **off(threshold=0, amount=1_000))
    coupon = vouchers.claim(template, account)
    sell(cashier, "200.00", "100.00", pay="290.00", oneid=account.member.oneid, coupons=[coupon.code])
    assert taken(cashier, {2: "1"})["coupons"] == []
    assert vouchers.state(coupon) == "redeemed"
    assert taken(cashier, {1: "1"}, key="r2", number="R2")["coupons"] == [coupon.code]
    assert vouchers.state(coupon) == "claimed"


def test_a_coupon_that_does_not_come_back_stays_used(cashier, nodes, account):
    template = vouchers.template(
        organization=nodes["g"], code="TEN", returnable=False, **off(threshold=0, amount=1_000)
    )
    coupon = vouchers.claim(template, account)
    sell(cashier, "200.00", pay="190.00", oneid=account.member.oneid, coupons=[coupon.code])
    assert taken(cashier, {1: "1"})["coupons"] == []
    assert vouchers.state(coupon) == "redeemed"


def test_a_coupon_used_again_elsewhere_is_not_given_back_twice(cashier, nodes, account):
    template = vouchers.template(organization=nodes["g"], code="TEN", **off(threshold=0, amount=1_000))
    coupon = vouchers.claim(template, account)
    told = {"oneid": account.member.oneid, "coupons": [coupon.code]}
    sell(cashier, "200.00", pay="190.00", **told)
    taken(cashier, {1: "1"})
    sell(cashier, "200.00", pay="190.00", number="N2", **told)
    coupon.refresh_from_db()
    assert (coupon.state, coupon.order_key) == ("redeemed", "N2")


def test_caps_and_budgets_are_as_before_once_all_is_back(cashier, nodes):
    money = pots.budget(organization=nodes["g"], amount=100)
    capped = off() | {"limits": {"per_day": 1}, "shares": {money: 10_000}}
    offering.published(organization=nodes["g"], code="SUMMER", offers=(capped,))
    sell(cashier, "200.00", "100.00", pay="250.00")
    assert pots.standing(money) == (10_000, 0, 5_000, 5_000)
    taken(cashier, {1: "1"})
    assert pots.standing(money) == (10_000, 0, 1_667, 8_333)
    assert UseCounter.objects.get().used == 1
    taken(cashier, {2: "1"}, key="r2", number="R2")
    assert pots.standing(money) == (10_000, 0, 0, 10_000)
    assert UseCounter.objects.get().used == 0
    assert OfferUse.objects.get().returned_at == NOW
    assert purses.faults() == []


def test_the_gift_is_asked_for_and_counts_when_it_is_back(cashier, nodes):
    offering.published(
        organization=nodes["g"],
        code="SUMMER",
        offers=(off() | {"execution": "add", "form": GIFT, "limits": {"per_day": 1}},),
    )
    sell(cashier, "300.00", pay="300.00")
    answer = taken(cashier, {1: "1"})
    assert answer["refund"] == "300.00"
    assert answer["kept"] == [{"line": 2, "offer": "SUMMER-1", "sku": "G1", "quantity": "1"}]
    assert UseCounter.objects.get().used == 1
    answer = taken(cashier, {2: "1"}, key="r2", number="R2")
    assert (answer["refund"], answer["payments"], answer["kept"]) == ("0.00", [], [])
    assert UseCounter.objects.get().used == 0


def test_a_gift_goes_back_to_the_order_that_it_came_by(cashier, nodes, account):
    rewards.published(nodes["g"], rewards.giving(rewards.ARTICLE))
    sell(cashier, "300.00", pay="300.00", oneid=account.member.oneid)
    taken(cashier, {1: "1", 2: "1"})
    came = list(Return.objects.order_by("id").values_list("external_id", "order__external_id", "amount"))
    assert came == [("R1", "N1", Decimal(300)), ("R1#gift", "N1#gift", Decimal(0))]
    assert Event.objects.filter(name="order.returned").count() == 1


def test_rewards_are_taken_back_as_far_as_they_were_not_spent(cashier, nodes, account):
    book = purses.book(code="club", organization=nodes["g"], kind="points", unit="points", scale=0)
    vouchers.template(organization=nodes["g"], code="THANKS", **off(amount=300))
    thanks = {"kind": "voucher", "template": "THANKS", "worth": 300}
    money = pots.budget(organization=nodes["g"], amount=100)
    rewards.published(
        nodes["g"],
        rewards.giving(rewards.POINTS, shares={money: 10_000}),
        rewards.giving(thanks),
    )
    sell(cashier, "200.00", "100.00", pay="300.00", oneid=account.member.oneid)
    given = Coupon.objects.get()
    points.spend(account=account, book=book, amount=40, key="s", now=NOW)
    answer = taken(cashier, {2: "1"})
    told = {"offer": "SUMMER-1", "kind": "points", "what": "club", "amount": "10", "short": "7"}
    assert told in answer["rewards"]
    assert purses.available(account, book) == 0
    answer = taken(cashier, {1: "1"}, key="r2", number="R2")
    assert told | {"amount": "0", "short": "33"} in answer["rewards"]
    given.refresh_from_db()
    assert given.state == "withdrawn"
    assert pots.standing(money) == (10_000, 0, 0, 10_000)
    assert purses.faults() == []


def test_a_gift_voucher_is_good_again_once_its_gift_is_back(cashier, nodes, account):
    template = vouchers.template(organization=nodes["g"], code="GIFT", kind="gift", stock=3)
    coupon = vouchers.claim(template, account)
    sell(cashier, "30.00", pay="30.00", oneid=account.member.oneid, coupons=[coupon.code])
    assert vouchers.standing(template) == (1, 1)
    assert taken(cashier, {1: "1"})["coupons"] == []
    assert (vouchers.state(coupon), vouchers.standing(template)) == ("redeemed", (1, 1))
    assert taken(cashier, {2: "1"}, key="r2", number="R2")["coupons"] == [coupon.code]
    assert (vouchers.state(coupon), vouchers.standing(template)) == ("claimed", (1, 0))


def test_an_exchanged_piece_refunds_its_price(cashier, nodes):
    form = {"kind": "goods", "skus": ["E1"], "price": 1_000, "worth": 500}
    offering.published(
        organization=nodes["g"], code="SUMMER", offers=(off() | {"execution": "exchange", "form": form},)
    )
    sell(cashier, "300.00", pay="310.00", chosen={"SUMMER-1": "E1"})
    answer = taken(cashier, {2: "1"})
    assert (answer["refund"], answer["lines"][0]["sku"]) == ("10.00", "E1")
    assert taken(cashier, {1: "1"}, key="r2", number="R2")["refund"] == "300.00"


def test_points_of_the_plan_follow_the_return(cashier, pos, nodes, account, summer):
    book = purses.book(code="club", organization=nodes["g"], kind="points", unit="points", scale=0)
    programme = Programme.objects.create(organization=nodes["g"], name="Club")
    plans.published(programme, rules=[plans.rule(book, 1)], starts_at=NOW - 90 * pots.purses.DAY)
    sell(cashier, "200.00", "100.00", pay="250.00", oneid=account.member.oneid)
    earning.settle(keys={(pos.pk, "N1")}, now=NOW)
    assert purses.available(account, book) == 250
    taken(cashier, {2: "1"})
    earning.settle(keys={(pos.pk, "N1")}, now=NOW)
    assert purses.available(account, book) == 166
    account.member.features.refresh_from_db()
    assert account.member.features.order_count == 1
