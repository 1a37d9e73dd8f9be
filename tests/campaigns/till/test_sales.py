"""Sales at a till: kept, held, committed, cancelled; asked again the same; everything given back."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from campaigns.actions.till import operations, releasing
from campaigns.models import OfferUse, Reward, TillOperation, TillOrder, UseCounter
from members.actions import points
from members.models import Event, Hold, Membership, Order, Programme, Wallet
from tests import factories
from tests.campaigns import offering, pots, vouchers
from tests.campaigns.offering import NOW, off
from tests.campaigns.till.pricing import basket, clock, till
from tests.members import plans
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def address(verb: str = "", number: str = "N1", store: str = "s1") -> str:
    return f"/api/v1/pos/orders/{store}/{number}" + (f"/{verb}" if verb else "")


def put(cashier, *prices, key="p1", revision=1, number="N1", store="s1", **more):
    return cashier.put(
        address("", number, store), {"key": key, "revision": revision, "basket": basket(*prices, **more)}
    )


def do(till, verb, *prices, key, number="N1", oneid="", coupons=(), **more):
    body = {"key": key, **more}
    if prices:
        body["basket"] = basket(*prices, oneid=oneid, coupons=list(coupons))
    return till.post(address(verb, number), body)


def cash(amount: str) -> dict:
    return {"payments": [{"method": "cash", "amount": amount}]}


def problem(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def test_a_basket_is_kept_priced_and_changed(cashier, summer):
    first = put(cashier, "299.00").json()
    assert (first["state"], first["total"], first["quote"]["offers"][0]["state"]) == (
        "open",
        "299.00",
        "near",
    )
    assert put(cashier, "300.00", key="p2", revision=2).json()["total"] == "250.00"
    assert problem(put(cashier, "1.00", key="p3", revision=1)) == (409, "outdated")
    assert problem(put(cashier, "1.00", key="p4", revision=2)) == (409, "outdated")
    assert put(cashier, "300.00", key="p5", revision=2).status_code == 200
    assert TillOrder.objects.get().revision == 2


def test_a_key_does_its_work_once(cashier, summer):
    answers = [do(cashier, "commit", "300.00", key="c1", **cash("250.00")) for _each in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 200]
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert [each.get("Idempotent-Replay") for each in answers] == [None, "true", "true"]
    assert Order.objects.count() == Event.objects.filter(name="order.paid").count() == 1
    assert problem(do(cashier, "commit", "300.00", key="c1", **cash("250.01"))) == (422, "key-reused")
    told = cashier.get("/api/v1/pos/operations/c1").json()
    assert (told["verb"], told["answer"]) == ("commit", answers[0].json())
    assert problem(cashier.get("/api/v1/pos/operations/c2")) == (404, "nothing-happened")


def test_a_number_that_another_channel_has_at_the_store_is_taken(cashier, nodes):
    assert put(cashier, "10.00").status_code == 200
    other = till(
        factories.channel(organization=nodes["s1"], code="pos-2", kind="pos"), organization=nodes["s1"]
    )
    assert problem(put(other, "10.00", key="p2")) == (409, "number-taken")
    assert problem(do(other, "hold", "10.00", key="h2")) == (409, "number-taken")


def test_a_basket_that_was_erased_is_sent_anew(cashier):
    put(cashier, "10.00")
    TillOrder.objects.update(asked="erased")
    assert problem(do(cashier, "hold", key="h1")) == (404, "order-unknown")
    assert do(cashier, "hold", "10.00", key="h1").json()["state"] == "held"


def test_a_long_name_of_a_payment_is_kept(cashier):
    paid = [{"method": "m" * 100, "amount": "10.00"}]
    assert do(cashier, "commit", "10.00", key="c1", payments=paid).status_code == 200
    assert Order.objects.get().payments.get().method == "m" * 100


def test_what_was_refused_may_be_tried_again_under_its_key(cashier, summer):
    assert problem(do(cashier, "commit", "300.00", key="c1", **cash("200.00"))) == (422, "payments-differ")
    assert not TillOrder.objects.exists()
    assert not TillOperation.objects.exists()
    assert do(cashier, "commit", "300.00", key="c1", **cash("250.00")).json()["state"] == "committed"


def test_an_answer_stays_as_it_is_for_400_days(cashier):
    put(cashier, "10.00")
    with pytest.raises(IntegrityError), transaction.atomic():
        TillOperation.objects.update(answer="{}")
    assert operations.forget(now=NOW + 400 * 24 * HOUR) == 0
    assert operations.forget(now=NOW + 401 * 24 * HOUR) == 1
    assert not TillOperation.objects.exists()


def test_a_committed_sale_is_an_order_with_all_that_follows(cashier, summer, account, nodes):
    answer = do(
        cashier,
        "commit",
        "200.00",
        "100.00",
        key="c1",
        oneid=account.member.oneid,
        cashier="Li",
        **cash("250.00"),
    )
    assert answer.json()["total"] == "250.00"
    order = Order.objects.get()
    assert (order.external_id, order.status, order.amount, order.account, order.cashier, order.organization) == (
        "N1", "paid", Decimal("250.0000"), account, "Li", nodes["s1"],
    )  # fmt: skip
    lines = list(order.lines.order_by("line").values_list("unit_price", "discount", "amount"))
    assert lines == [
        (Decimal(200), Decimal("33.33"), Decimal("166.67")),
        (Decimal(100), Decimal("16.67"), Decimal("83.33")),
    ]
    assert list(order.payments.values_list("method", "amount")) == [("cash", Decimal(250))]
    assert order.attribution == {"offers": ["SUMMER-1"], "promotions": ["full_reduction"]}
    event = Event.objects.get(name="order.paid")
    assert (event.account, event.properties) == (
        account,
        {"order": "N1", "status": "paid", "amount": "250.00", "till": "pos"},
    )
    assert Membership.objects.get(account=account, organization=nodes["s1"]).last_visited_at == NOW


def test_a_held_price_stands_whatever_changes_meanwhile(cashier, summer, account, nodes, monkeypatch):
    template = vouchers.template(
        organization=nodes["g"], code="TEN", **off(threshold=0, amount=1_000) | {"limits": {"stack": 2}}
    )
    coupon = vouchers.claim(template, account)
    held = do(
        cashier, "hold", "300.00", key="h1", oneid=account.member.oneid, coupons=[coupon.code], seconds=7200
    ).json()
    assert (held["state"], held["total"]) == ("held", "240.00")
    assert vouchers.state(coupon) == "held"
    offering.activities.stop(version=summer, reason="wrong", by=offering.approver(), now=NOW)
    clock(monkeypatch, NOW + HOUR)
    assert do(cashier, "commit", key="c1", **cash("240.00")).json()["total"] == "240.00"
    assert vouchers.state(coupon) == "redeemed"
    coupon.refresh_from_db()
    assert (coupon.order_key, coupon.organization) == ("N1", nodes["s1"])


def test_what_the_customer_was_not_shown_is_not_sold(cashier, summer):
    seen = put(cashier, "300.00").json()["quote"]["digest"]
    offering.activities.stop(version=summer, reason="wrong", by=offering.approver(), now=NOW)
    assert problem(do(cashier, "hold", key="h1", digest=seen)) == (409, "price-changed")
    assert TillOrder.objects.get().state == "open"


def test_a_cancelled_sale_gives_everything_back(cashier, nodes, account):
    money = pots.budget(organization=nodes["g"], amount=100)
    capped = off() | {"limits": {"per_day": 1}, "shares": {money: 10_000}}
    offering.published(organization=nodes["g"], code="SUMMER", offers=(capped,))
    assert do(cashier, "hold", "300.00", key="h1", oneid=account.member.oneid).json()["total"] == "250.00"
    assert pots.standing(money)[1::2] == (5_000, 5_000)
    assert UseCounter.objects.get().used == 1
    assert do(cashier, "cancel", key="x1").json()["state"] == "cancelled"
    assert pots.standing(money)[1::2] == (0, 10_000)
    assert UseCounter.objects.get().used == 0
    assert OfferUse.objects.get().returned_at == NOW
    assert problem(do(cashier, "commit", "300.00", key="c1", **cash("250.00"))) == (409, "ended")
    assert do(cashier, "commit", "300.00", key="c2", number="N2", **cash("250.00")).status_code == 200
    assert pots.standing(money) == (10_000, 0, 5_000, 5_000)


def test_a_hold_that_is_over_is_open_again_and_sells_nothing(cashier, summer, monkeypatch):
    assert do(cashier, "hold", "300.00", key="h1", seconds=60).status_code == 200
    clock(monkeypatch, NOW + HOUR)
    assert problem(do(cashier, "commit", key="c1", **cash("250.00"))) == (409, "over")
    assert releasing.lapse(now=NOW + HOUR) == 1
    assert releasing.lapse(now=NOW + HOUR) == 0
    assert TillOrder.objects.get().state == "open"
    assert problem(do(cashier, "commit", key="c1", **cash("250.00"))) == (409, "not-held")
    assert do(cashier, "commit", "300.00", key="c1", **cash("250.00")).status_code == 200


def test_points_pay_by_the_plan_and_are_spent_at_commit(cashier, nodes, account, summer):
    book = purses.book(code="club", organization=nodes["g"], kind="points", unit="points", scale=0)
    programme = Programme.objects.create(organization=nodes["g"], name="Club")
    pays = {"book": book, "currency": "CNY", "unit_value": Decimal("0.01")}
    plans.published(
        programme, rules=[plans.rule(book, 1)], spending=[pays], starts_at=NOW - 90 * pots.purses.DAY
    )
    points.earn(account=account, book=book, amount=1000, key="e", now=NOW)
    asked = {"oneid": account.member.oneid, "pays": [{"book": "club", "amount": "500"}]}
    held = do(cashier, "hold", "300.00", key="h1", **asked).json()
    assert (held["total"], held["due"]) == ("250.00", "245.00")
    assert do(cashier, "commit", key="c1", **cash("245.00")).status_code == 200
    assert Hold.objects.get().state == "committed"
    assert sum(Wallet.objects.filter(account=account, book=book).values_list("balance", flat=True)) == 500
    assert list(Order.objects.get().payments.values_list("method", "amount")) == [
        ("book:club", Decimal(5)), ("cash", Decimal(245)),
    ]  # fmt: skip
    assert problem(do(cashier, "hold", "300.00", key="h2", number="N2", **asked | {"pays": [{"book": "club", "amount": "501"}]})) == (
        409, "not-enough",
    )  # fmt: skip


def test_a_cap_for_each_member_counts_all_that_are_one_person(cashier, nodes, account, pos):
    offering.published(
        organization=nodes["g"], code="SUMMER", offers=(off() | {"limits": {"per_member": 1}},)
    )
    asked = {"oneid": account.member.oneid}
    assert do(cashier, "commit", "300.00", key="c1", **asked, **cash("250.00")).status_code == 200
    factories.account(channel=pos, member=account.member)
    assert (
        do(cashier, "commit", "300.00", key="c2", number="N2", **asked, **cash("300.00")).json()["total"]
        == "300.00"
    )


def test_a_number_is_of_one_store(cashier, pos, nodes, monkeypatch):
    put(cashier, "1.00")
    other = till(pos, organization=nodes["d1"])
    assert problem(put(other, "1.00", store="s2", key="p2")) == (409, "number-taken")


@pytest.mark.parametrize("verb", ["hold", "commit"])
def test_a_sale_that_nobody_knows(cashier, verb):
    assert problem(do(cashier, verb, key="k")) == (404, "order-unknown")


def test_faults_of_a_basket_are_told_within_it(cashier):
    answer = put(cashier, {"line": 1, "sku": "S", "quantity": "-1", "unit_price": "1"})
    assert answer.json()["errors"][0]["place"] == "basket.lines[0].quantity"


@pytest.mark.requirement("CMP-038")
def test_50_points_as_a_reward_cost_their_budget_50_fen(cashier, nodes, account):
    book = purses.book(code="club", organization=nodes["g"], kind="points", unit="points", scale=0)
    money = pots.budget(organization=nodes["g"], amount=100)
    form = {"kind": "points", "book": "club", "amount": 50, "worth": 50}
    offer = off() | {"execution": "add", "form": form, "shares": {money: 10_000}}
    offering.published(organization=nodes["g"], code="SUMMER", offers=(offer,))
    asked = {"oneid": account.member.oneid}
    assert do(cashier, "commit", "300.00", key="c1", **asked, **cash("300.00")).status_code == 200
    assert purses.available(account, book) == 50
    reward = Reward.objects.get()
    assert (reward.state, reward.posting.reason, reward.posting.amount) == ("given", "SUMMER", 50)
    assert pots.standing(money) == (10_000, 0, 50, 9_950)
