"""Coupons used through the API: by a sale, or at the counter without one."""

import pytest

from campaigns.actions import vouchers
from campaigns.models import Budget, TillOperation
from campaigns.queries import budgets as standing
from campaigns.queries import coupons as read
from members.models import Order, Ticket
from members.models.event import SettledBefore
from tests import factories
from tests.api import callers
from tests.campaigns import pots
from tests.campaigns.counter import LOOK, claim, of, problem, redeem
from tests.campaigns.offering import DAY, NOW, off
from tests.campaigns.till.pricing import basket, clock, line
from tests.campaigns.vouchers import GIFT, brought, state, template  # fmt: skip
from tests.campaigns.vouchers import standing as counted
from tests.connections import at_once
from tests.members.ledger.purses import merge

pytestmark = pytest.mark.django_db
SHOES = {"category": "shoes"}


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    clock(monkeypatch, NOW)


@pytest.fixture
def mini(nodes):
    channel = factories.channel(organization=nodes["b1"], code="mini", kind="mini_program")
    return callers.client(channel=channel, scopes="query value")


@pytest.fixture
def till(pos, nodes):
    return callers.client(channel=pos, scopes="query value edit", organization=nodes["s1"])


@pytest.fixture
def anna(pos):
    return callers.person(channel=pos, phone="+8613812341234", name="Anna")


def sell(till, *lines, number="N1", key="c1", cash, **more):
    body = {"key": key, "basket": basket(*lines, **more), "cashier": "Li Lei"}
    body["payments"] = [{"method": "cash", "amount": cash}]
    return till.post(f"/api/v1/pos/orders/s1/{number}/commit", body)


def quoted(till, *lines, **more) -> tuple[str, list[tuple]]:
    told = till.post("/api/v1/pos/quotes", basket(*lines, **more)).json()
    return told["total"], [(each["state"], each["reason"], each["says"]) for each in told["coupons"]]


@pytest.fixture
def coupon(nodes, mini, anna):
    """20.00 off shoes from 100.00 on."""
    offer = off(threshold=10_000, amount=2_000)
    offer["trigger"] |= {"goods": {"categories": ["shoes"]}}
    claim(mini, anna, template(organization=nodes["b1"], code="SHOES", **offer), key="k1")
    return read.of_member(member=anna).get()


@pytest.mark.requirement("CMP-035")
def test_threshold_and_scope_of_a_consumption_voucher_are_checked_when_it_is_redeemed(till, anna, coupon):
    his = {"oneid": anna.oneid, "coupons": [coupon.code]}
    near, over = line(price="99.99", **SHOES), line(price="100.00", **SHOES)
    hat = line(price="300.00", category="hats")

    assert quoted(till, near, **his) == ("99.99", [("unused", "below", "0.01 more of shoes → 20.00 off")])
    assert problem(sell(till, near, cash="79.99", **his)) == (422, "payments-differ")
    assert quoted(till, hat, **his) == ("300.00", [("unused", "no_goods", "Needs shoes")])
    assert problem(sell(till, hat, cash="280.00", **his)) == (422, "payments-differ")
    assert (state(coupon), Order.objects.count()) == ("claimed", 0)
    full = sell(till, near, number="N0", key="c0", cash="99.99", **his).json()
    assert [(each["state"], each["reason"]) for each in full["coupons"]] == [("unused", "below")]
    assert state(coupon) == "claimed"

    assert quoted(till, over, **his) == ("80.00", [("used", "", "")])
    sold = sell(till, over, cash="80.00", **his).json()
    assert (sold["total"], [each["state"] for each in sold["coupons"]]) == ("80.00", ["used"])
    assert state(coupon) == "redeemed"
    assert Order.objects.get(external_id="N1").amount == 80


@pytest.mark.requirement("CMP-006")
def test_a_till_finds_a_member_by_phone_sees_his_coupon_and_redeems_it_once(till, nodes, anna, coupon):
    found = till.post("/api/v1/pos/customer", {"phone": "138 1234 1234"}).json()["oneid"]
    [seen] = till.get(of(found), {"state": "claimed"}).json()["results"]
    assert (seen["code"], seen["usable"], seen["says"]) == (
        coupon.code, True, "20.00 off from 100.00 of shoes on; in CNY",
    )  # fmt: skip
    his, shoes = {"oneid": found, "coupons": [seen["code"]]}, line(price="100.00", **SHOES)
    assert sell(till, shoes, cash="80.00", **his).status_code == 200
    coupon.refresh_from_db()
    assert (coupon.state, coupon.organization, coupon.staff) == ("redeemed", nodes["s1"], "Li Lei")
    assert quoted(till, shoes, **his) == ("100.00", [("refused", "redeemed", "It was used already.")])
    again = sell(till, shoes, number="N2", key="c2", cash="80.00", **his)
    assert problem(again) == (422, "payments-differ")


@pytest.mark.requirement("CMP-021")
def test_claimed_in_the_mini_program_and_redeemed_at_the_till_both_channels_stand(till, anna, coupon):
    told = {"oneid": anna.oneid, "coupons": "auto", "cash": "80.00"}
    assert sell(till, line(price="100.00", **SHOES), **told).status_code == 200
    assert read.flows(template=coupon.template) == [read.Flow("mini", "pos", 1)]


@pytest.mark.requirement("CMP-036")
def test_a_gift_voucher_gives_a_gift_order_and_none_when_the_stock_is_out(till, nodes, mini, anna):
    ours = template(organization=nodes["b1"], kind="gift", stock=10, per_person=None)
    first, second = (claim(mini, anna, ours, key=f"k{n}").json()["code"] for n in range(2))
    told = redeem(till, first, key="r1", oneid=anna.oneid, cashier="Li Lei").json()
    assert (told["state"], told["gift"], told["ticket"]) == (
        "redeemed", {"sku": "G1", "quantity": "1"}, None,
    )  # fmt: skip
    assert 10 - counted(ours)[1] == 9
    order = Order.objects.get()
    assert (order.reward, order.amount, order.account.member, order.organization) == (
        True, 0, anna, nodes["s1"],
    )  # fmt: skip
    assert [(each.sku, each.quantity, each.amount) for each in order.lines.all()] == [("G1", 1, 0)]
    coupon = read.of_member(member=anna).get(code=first)
    assert (coupon.organization, coupon.staff, coupon.order_key) == (nodes["s1"], "Li Lei", "R-1")

    type(ours.counter).objects.update(stock=1)
    refused = redeem(till, second, key="r2", number="R-2", oneid=anna.oneid)
    assert problem(refused) == (409, "out-of-stock")
    assert (Order.objects.count(), read.of_member(member=anna).get(code=second).state) == (1, "claimed")


def test_a_key_hands_over_once_and_the_voucher_once(till, nodes, mini, anna):
    ours = template(organization=nodes["b1"], kind="gift", stock=10)
    code = claim(mini, anna, ours, key="k1").json()["code"]
    answers = [redeem(till, code, key="r1", oneid=anna.oneid) for _each in range(3)]
    assert answers[0].json() == answers[2].json()
    assert problem(redeem(till, code, key="r1", number="R-9", oneid=anna.oneid)) == (422, "key-reused")
    for number in ("R-1", "R-2"):
        again = redeem(
            till, code, key=f"another {number[-1]}".replace(" ", "-"), number=number, oneid=anna.oneid
        )
        assert problem(again) == (409, "not-usable")
        assert "was used on 2026-01-15" in again.json()["detail"]
    assert (counted(ours)[1], Order.objects.count()) == (1, 1)
    assert till.get("/api/v1/pos/operations/r1").json()["verb"] == "redeem"


def test_the_budget_behind_a_gift_pays_and_stops_it_when_it_is_empty(till, nodes, mini, anna):
    budget = pots.budget(organization=nodes["b1"], amount=15)
    ours = template(organization=nodes["b1"], kind="gift", per_person=None, shares={budget: 10_000})
    first, second = (claim(mini, anna, ours, key=f"k{n}").json()["code"] for n in range(2))
    assert redeem(till, first, key="r1", oneid=anna.oneid).status_code == 200
    spent = standing.standings(budgets=Budget.objects.all())[budget.pk]
    assert (spent.spent, spent.left, spent.reserved) == (1_000, 500, 0)
    assert problem(redeem(till, second, key="r2", number="R-2", oneid=anna.oneid)) == (409, "no-budget")
    assert read.of_member(member=anna).get(code=second).state == "claimed"


def test_of_several_gifts_the_named_one_is_given(till, nodes):
    gift = {**GIFT, "form": {**GIFT["form"], "skus": ["G1", "G2"], "quantity": 2000}}
    brought(template(organization=nodes["b1"], kind="gift", **gift), "ABCDEFGHJK")
    assert problem(redeem(till, "ABCDEFGHJK", key="r1", sku="G3")) == (422, "no-such-gift")
    assert redeem(till, "ABCDEFGHJK", key="r1", sku="G2").json()["gift"] == {"sku": "G2", "quantity": "2"}


@pytest.mark.parametrize(
    "asks",
    [
        {"trigger": {"threshold": {"of": "amount", "least": 10_000}}}, {"trigger": {"tiers": ["b1:gold"]}},
        {"limits": {"per_day": 1}},
    ],
)  # fmt: skip
def test_a_gift_that_hangs_on_a_purchase_is_given_with_a_sale(till, nodes, asks):
    [coupon] = brought(template(organization=nodes["b1"], kind="gift", **asks), "ABCDEFGHJK")
    assert problem(redeem(till, "ABCDEFGHJK", key="r1")) == (409, "needs-sale")
    assert till.post(LOOK, {"code": "ABCDEFGHJK"}).json()["ways"] == ["sale"]
    assert state(coupon) == "made"


def test_a_reduction_is_given_with_a_sale(till, anna, coupon):
    assert problem(redeem(till, coupon.code, key="r1", oneid=anna.oneid)) == (409, "needs-sale")
    assert state(coupon) == "claimed"


@pytest.mark.requirement("CMP-037")
def test_a_service_voucher_opens_a_ticket_and_is_free_again_when_that_is_cancelled(
    till, nodes, mini, anna, monkeypatch
):
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))  # this transaction is still open
    ours = template(organization=nodes["b1"], kind="service", name="AC cleaning")
    code = claim(mini, anna, ours, key="k1").json()["code"]
    told = redeem(till, code, key="r1", number="T-1", oneid=anna.oneid, text="On Friday").json()
    assert (told["state"], told["says"], told["ways"]) == ("redeemed", "Service: care", ["redeem"])
    ticket = Ticket.objects.get(pk=told["ticket"])
    assert (ticket.external_id, ticket.kind, ticket.text, ticket.state) == (
        "T-1",
        "care",
        "On Friday",
        "filed",
    )
    second = redeem(till, code, key="r2", number="T-2", oneid=anna.oneid)
    assert problem(second) == (409, "not-usable")

    gone = till.post(f"/api/v1/service/tickets/{ticket.pk}/cancel", {"reason": "called off"})
    assert gone.status_code == 200
    while vouchers.follow(now=NOW):
        pass
    assert till.get(of(anna.oneid)).json()["results"][0]["state"] == "claimed"
    assert redeem(till, code, key="r3", number="T-3", oneid=anna.oneid).json()["state"] == "redeemed"


def test_a_service_is_for_a_customer_who_is_known(till, nodes, mini, anna):
    code = claim(mini, anna, template(organization=nodes["b1"], kind="service"), key="k1").json()["code"]
    answer = redeem(till, code, key="r1")
    assert (problem(answer), answer.json()["errors"][0]["place"]) == ((400, "invalid"), "oneid")
    assert problem(redeem(till, code, key="r1", oneid=callers.person(channel=till_of(anna)).oneid)) == (
        409, "not-usable",
    )  # fmt: skip
    assert not TillOperation.objects.filter(verb="redeem").exists()


def till_of(member):
    return member.accounts.get().channel


def test_a_look_tells_who_may_use_it_where(till, nodes, mini, anna):
    ours = template(organization=nodes["s1"], code="GIFT", kind="gift", valid_from=NOW, valid_until=NOW + DAY)
    code = claim(mini, anna, ours, key="k1").json()["code"]

    def looked(**more):
        told = till.post(LOOK, {"code": code.lower(), **more}).json()
        return told["usable"], told["reason"], told["why"]

    assert looked(oneid=anna.oneid) == (True, "", "")
    assert looked() == (False, "others", "It is somebody else's.")
    assert problem(till.post(LOOK, {"code": "NOSUCHCODE"})) == (404, "unknown-code")


def test_who_tries_codes_is_told_nothing_of_any(till, nodes, settings):
    settings.WRONG_CODES = 2
    brought(template(organization=nodes["b1"], kind="gift"), "ABCDEFGHJK")
    for guess in ("AAAAAAAAAA", "BBBBBBBBBB"):
        assert till.post(LOOK, {"code": guess}).status_code == 404
    assert till.post(LOOK, {"code": "ABCDEFGHJK"}).status_code == 429
    assert redeem(till, "ABCDEFGHJK", key="r1").status_code == 429


@pytest.mark.django_db(transaction=True)
def test_of_three_counters_one_hands_the_gift_over():
    nodes = factories.tree()
    pos = factories.channel(organization=nodes["b1"], code="pos", kind="pos")
    ours = template(organization=nodes["b1"], kind="gift", stock=10)
    brought(ours, "ABCDEFGHJK")
    secret = callers.secret(channel=pos, scopes="value")

    def hand_over(number):
        told = {"key": f"r{number}", "number": f"R-{number}"}
        return redeem(callers.with_secret(secret), "ABCDEFGHJK", **told).status_code

    found = at_once(*(lambda number=number: hand_over(number) for number in range(3)))
    assert sorted(found) == [200, 409, 409]
    assert (counted(ours)[1], Order.objects.count()) == (1, 1)


@pytest.mark.parametrize("kind", ["gift", "service"])
def test_after_a_merge_a_voucher_that_was_used_is_answered_again(till, nodes, mini, pos, anna, kind):
    ours = template(organization=nodes["b1"], kind=kind, **({"stock": 10} if kind == "gift" else {}))
    code = claim(mini, anna, ours, key="k1").json()["code"]
    boris, other = callers.person(channel=pos), callers.person(channel=pos)
    first = redeem(till, code, key="r1", oneid=anna.oneid)
    assert first.status_code == 200
    merge(boris.accounts.get(), anna.accounts.get())
    for oneid in (anna.oneid, boris.oneid):
        again = redeem(till, code, key="r1", oneid=oneid)
        assert (again.status_code, again.json(), again["Idempotent-Replay"]) == (200, first.json(), "true")
    assert problem(redeem(till, code, key="r1", oneid=other.oneid)) == (422, "key-reused")
    assert TillOperation.objects.filter(verb="redeem").count() == 1


def test_what_happened_is_answered_whatever_was_guessed_since(till, nodes, mini, anna, settings):
    settings.WRONG_CODES = 1
    code = claim(mini, anna, template(organization=nodes["b1"], kind="gift", stock=10), key="k1").json()[
        "code"
    ]
    first = redeem(till, code, key="r1", oneid=anna.oneid)
    assert problem(redeem(till, "NOSUCHCODE", key="r2")) == (404, "unknown-code")
    assert redeem(till, "NOSUCHCODE", key="r3").status_code == 429
    assert redeem(till, code, key="r1", oneid=anna.oneid).json() == first.json()
