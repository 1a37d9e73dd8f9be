"""Returns that cannot be, each with a clear problem document, and returns after everything else has changed."""

import pytest

from campaigns.models import TillReturn, TillReturnLine
from identity.actions import intake
from members.actions import emptying, erasure, points
from members.models import Event, Return
from tests import factories
from tests.campaigns import offering, pots, vouchers
from tests.campaigns.offering import NOW, off
from tests.campaigns.till.pricing import basket, line, till
from tests.campaigns.till.returns import address, asked, preview, problem, sell, take, taken
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db


def faults(answer) -> list[str]:
    assert answer.status_code == 400, answer.content
    return [each["place"] for each in answer.json()["errors"]]


def test_a_return_before_its_sale_keeps_nothing_and_may_be_tried_again(cashier):
    assert problem(take(cashier, {1: "1"})) == (404, "order-unknown")
    assert problem(preview(cashier, {1: "1"})) == (404, "order-unknown")
    sell(cashier, "10.00", pay="10.00")
    assert taken(cashier, {1: "1"})["refund"] == "10.00"


def test_of_a_sale_that_is_open_held_or_cancelled_nothing_comes_back(cashier):
    cashier.put(address(), {"key": "p", "revision": 1, "basket": basket("10.00")})
    for state, verb in (("open", "hold"), ("held", "cancel"), ("cancelled", None)):
        answer = take(cashier, {1: "1"})
        assert (problem(answer), answer.json()["state"]) == ((409, "not-committed"), state)
        if verb:
            assert cashier.post(address(verb), {"key": verb}).status_code == 200


def test_one_key_returns_once_and_answers_the_same(cashier, summer):
    sell(cashier, "200.00", "100.00", pay="250.00")
    answers = [take(cashier, {1: "1"}) for _each in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 200]
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert answers[1]["Idempotent-Replay"] == "true"
    assert TillReturn.objects.count() == Event.objects.filter(name="order.returned").count() == 1
    assert problem(take(cashier, {2: "1"})) == (422, "key-reused")
    told = cashier.get("/api/v1/pos/operations/r1").json()
    assert (told["verb"], told["answer"]) == ("return", answers[0].json())


def test_one_number_is_of_one_return(cashier):
    sell(cashier, "10.00", "20.00", pay="30.00")
    sell(cashier, "10.00", pay="10.00", number="N2")
    taken(cashier, {1: "1"})
    for order in ("N1", "N2"):
        answer = take(cashier, {1: "1"} if order == "N2" else {2: "1"}, key="r2", order=order)
        assert (problem(answer), answer.json()["order"]) == ((409, "return-taken"), "N1")


def test_more_than_was_bought_does_not_come_back(cashier):
    sell(cashier, line(1, "10.00", quantity="3"), pay="30.00")
    taken(cashier, {1: "2"})
    answer = take(cashier, {1: "1.5"}, key="r2", number="R2")
    assert problem(answer) == (409, "too-many")
    assert (answer.json()["line"], answer.json()["bought"], answer.json()["returned_before"]) == (1, "3", "2")
    assert problem(preview(cashier, {1: "2"})) == (409, "too-many")
    assert TillReturnLine.objects.count() == 1


def test_a_line_that_the_sale_does_not_have(cashier):
    sell(cashier, "10.00", pay="10.00")
    answer = take(cashier, {7: "1"})
    assert (problem(answer), answer.json()["line"]) == ((422, "line-unknown"), 7)
    assert "it has 1" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("lines", "places"),
    [
        ([{"line": 1, "quantity": "-1"}, {"line": 1, "quantity": "1"}], ["lines[0].quantity", "lines[1].line"]),
        ([{"line": 1, "quantity": "0"}], ["lines[0].quantity"]),
        ([{"line": 1, "quantity": "0.0001"}, {"line": 2, "quantity": "x"}], ["lines[0].quantity", "lines[1].quantity"]),
        ([{"line": 0, "quantity": "1"}], ["lines[0].line"]),
        ([], ["lines"]),
        ([{"line": number, "quantity": "1"} for number in range(1, 1_002)], ["lines"]),
        ([{"line": 1, "quantity": "1", "why": "x"}], ["lines[0]"]),
    ],
)  # fmt: skip
def test_faults_of_the_body_are_told_with_their_places(cashier, lines, places):
    sell(cashier, "10.00", pay="10.00")
    body = asked({}) | {"lines": lines}
    assert faults(cashier.post(address("returns"), body)) == places


def test_the_reason_is_a_code_that_names_nobody(cashier):
    sell(cashier, "10.00", pay="10.00")
    assert faults(take(cashier, {1: "1"}, reason="Mrs Wang did not like it")) == ["reason"]


def test_the_goods_may_come_back_to_any_store_that_the_key_covers(cashier, pos, nodes):
    sell(cashier, "10.00", "20.00", pay="30.00")
    assert faults(take(cashier, {1: "1"}, store="s2")) == ["store"]
    answer = cashier.post(address("returns"), asked({1: "1"}) | {"store": "s2"})
    assert faults(answer) == ["store"]
    dealer = till(pos, organization=nodes["g"])
    answer = dealer.post(address("returns"), asked({1: "1"}) | {"store": "s2"})
    assert (answer.json()["store"], answer.json()["returned_to"]) == ("s1", "s2")
    assert (Return.objects.get().organization, TillReturn.objects.get().store) == (nodes["s2"], nodes["s2"])
    assert problem(take(dealer, {2: "1"}, key="r2", number="R2", store="s2")) == (409, "number-taken")


def test_what_stands_behind_a_sharp_is_the_houses(cashier):
    """Gifts go back under the number of their return and what is written behind it."""
    sell(cashier, "10.00", pay="10.00")
    assert faults(take(cashier, {1: "1"}, number="R1#gift")) == ["number"]


def test_a_return_that_another_channel_asks_for_finds_no_sale(cashier, nodes):
    sell(cashier, "10.00", pay="10.00")
    other = till(
        factories.channel(organization=nodes["s1"], code="pos2", kind="pos"), organization=nodes["s1"]
    )
    assert problem(take(other, {1: "1"})) == (404, "order-unknown")


def test_what_was_sold_comes_back_whatever_became_of_the_offer(cashier, nodes):
    money = pots.budget(organization=nodes["g"], amount=100)
    version = offering.published(
        organization=nodes["g"], code="SUMMER", offers=(off() | {"shares": {money: 10_000}},)
    )
    sell(cashier, "200.00", "100.00", pay="250.00")
    offering.activities.stop(version=version, reason="wrong", by=offering.approver(), now=NOW)
    offering.published(organization=nodes["g"], code="OTHER", offers=(off(amount=29_000),))
    assert taken(cashier, {1: "1"})["refund"] == "166.67"
    assert taken(cashier, {2: "1"}, key="r2", number="R2")["refund"] == "83.33"
    assert pots.standing(money) == (10_000, 0, 0, 10_000)


def paid_with_a_card(cashier, account, nodes):
    book = purses.book(
        code="card", organization=nodes["g"], kind="stored_value_principal", unit="CNY", scale=2
    )
    points.earn(account=account, book=book, amount=100, key="e", now=NOW)
    sell(
        cashier, "60.00", "40.00", pay="0", oneid=account.member.oneid, pays=[{"book": "card", "amount": "100.00"}]
    )  # fmt: skip
    return book


def test_after_a_merge_the_value_is_whose_it_was(cashier, account, nodes, pos):
    book = paid_with_a_card(cashier, account, nodes)
    other = factories.account(channel=pos)
    purses.merge(other, account)
    assert taken(cashier, {1: "1"})["payments"] == [
        {"method": "book:card", "amount": "60.00", "book": "card", "value": "60.00"}
    ]
    assert purses.available(other, book) == 60
    purses.split(other, account)
    assert (purses.available(other, book), purses.available(account, book)) == (0, 60)
    assert Return.objects.get().account == account
    assert purses.faults() == []


def test_after_the_customer_was_erased_money_comes_back_and_no_coupon(cashier, account, nodes):
    template = vouchers.template(organization=nodes["g"], code="TEN", **off(threshold=0, amount=1_000))
    coupon = vouchers.claim(template, account)
    sell(cashier, "200.00", pay="190.00", oneid=account.member.oneid, coupons=[coupon.code])
    wish = erasure.request(member=account.member, reason="asked", now=NOW, door="command")
    erasure.carry_out(erasure=wish, now=NOW)
    answer = taken(cashier, {1: "1"})
    assert (answer["refund"], answer["coupons"]) == ("190.00", [])
    assert vouchers.state(coupon) == "redeemed"


def test_after_the_account_was_emptied_the_value_comes_back_into_its_lots(cashier, account, nodes):
    book = paid_with_a_card(cashier, account, nodes)
    emptying.empty(accounts={account.pk}, consents=(), now=NOW)
    emptying.release(accounts={account.pk})
    assert taken(cashier, {1: "1"})["refund"] == "60.00"
    assert Return.objects.get().account is None
    assert purses.available(account, book) == 60
    assert purses.faults() == []


def test_a_nightly_file_with_the_same_return_doubles_nothing(cashier, account, pos, nodes):
    sell(cashier, "60.00", "40.00", pay="100.00", oneid=account.member.oneid)
    taken(cashier, {1: "1"})
    record = {
        "type": "return", "channel": "pos", "external_id": "R1", "order": "N1",
        "occurred_at": NOW.isoformat(), "lines": [{"line": 1, "quantity": "1", "refund": "60.00"}],
    }  # fmt: skip
    [verdict] = intake.accept(records=[record], source="pos", now=NOW + pots.purses.DAY)
    assert verdict.verdict in ("accepted", "updated", "duplicate")
    assert Return.objects.count() == 1
    assert Return.objects.get().lines.count() == 1
    answer = take(cashier, {1: "1"}, key="r2", number="R2")
    assert (problem(answer), answer.json()["returned_before"]) == ((409, "too-many"), "1")


def test_what_a_file_took_back_does_not_come_back_to_a_till_again(cashier, pos, nodes):
    sell(cashier, "60.00", line(2, "40.00", quantity="2"), pay="140.00")
    record = {
        "type": "return", "channel": "pos", "external_id": "F1", "order": "N1",
        "occurred_at": NOW.isoformat(), "lines": [{"sku": "S1", "quantity": "1", "refund": "60.00"}],
    }  # fmt: skip
    intake.accept(records=[record], source="pos", now=NOW + pots.purses.DAY)
    answer = take(cashier, {1: "1"})
    assert (problem(answer), answer.json()["returned_before"]) == ((409, "too-many"), "1")
    assert taken(cashier, {1: "1"}, number="F1")["refund"] == "60.00"
    assert Return.objects.count() == 1
