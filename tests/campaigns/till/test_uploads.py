"""POST pos/uploads: what happened without a line is recorded as it happened, in any order, once; nothing is dropped."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from campaigns.actions.till import recording, retrying
from campaigns.models import (
    Reward,
    SpendAllowance,
    StoreCharge,
    TillOrder,
    TillReturn,
    UploadedItem,
    UseCounter,
)
from campaigns.till import items
from members.actions import holds, points
from members.models import Event, Hold, Order, Wallet
from tests import factories
from tests.campaigns import offering, pots, vouchers
from tests.campaigns.offering import NOW, off
from tests.campaigns.till import offline, selling
from tests.campaigns.till.offline import back, fetched, line, sale, states, upload
from tests.campaigns.till.pricing import clock, till
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
DAY = 24 * HOUR


@pytest.fixture
def pos(nodes):
    return factories.channel(organization=nodes["s1"], code="pos", kind="pos")


@pytest.fixture
def cashier(pos, nodes, monkeypatch):
    clock(monkeypatch, NOW)
    return till(pos, organization=nodes["s1"])


@pytest.fixture
def account(pos):
    return factories.account(channel=pos)


@pytest.fixture
def summer(nodes):
    return publish(nodes)


@pytest.fixture
def card(nodes, account):
    book = purses.book(
        code="card", organization=nodes["g"], kind="stored_value_principal", unit="CNY", scale=2
    )
    points.earn(account=account, book=book, amount=100, key="top-up", now=NOW)
    return book


def publish(nodes, *offers, code="SUMMER", **more):
    return offering.published(organization=nodes["g"], code=code, offers=offers or (off(),), **more)


def allow(cashier, account, amount="60.00", key="A1", until=NOW + DAY):
    body = {
        "key": key, "oneid": account.member.oneid, "book": "card", "amount": amount, "until": until.isoformat(),
    }  # fmt: skip
    assert cashier.post("/api/v1/pos/allowances", body).status_code == 200


def charges() -> dict[tuple[str, str], int]:
    return {(each.kind, each.what): each.amount for each in StoreCharge.objects.all()}


def balance(account, book) -> int:
    return sum(Wallet.objects.filter(account=account, book=book).values_list("balance", flat=True))


def test_a_sale_is_recorded_as_of_when_it_was_sold(cashier, summer, monkeypatch):
    sold = sale(fetched(cashier), line(price=20_000), line(2, 10_000), at=NOW + HOUR, cashier="Li")
    clock(monkeypatch, NOW + 5 * HOUR)
    assert upload(cashier, sold) == [
        {"key": sold.key, "state": "accepted", "code": "", "says": "", "notes": []}
    ]
    order = Order.objects.get(reward=False)
    assert (order.external_id, order.amount, order.occurred_at, order.cashier) == (
        "N1", Decimal(250), NOW + HOUR, "Li",
    )  # fmt: skip
    assert [each.discount for each in order.lines.order_by("line")] == [Decimal("33.33"), Decimal("16.67")]
    assert Event.objects.get(name="order.paid").occurred_at == NOW + HOUR
    record = TillOrder.objects.get()
    assert (record.state, record.committed_at, record.proof.number) == ("committed", NOW + 5 * HOUR, 1)
    assert cashier.get(f"/api/v1/pos/operations/{sold.key}").json()["answer"]["state"] == "accepted"


def test_the_same_batch_has_the_same_verdicts_and_happens_once(cashier, summer):
    bundle = fetched(cashier)
    told = [
        sale(bundle),
        back(),
        sale(bundle, order="N2"),
        back("N9", number="R9"),
        {"key": "bad", "kind": "x"},
    ]
    first = upload(cashier, *told)
    assert [each["state"] for each in first] == ["accepted", "accepted", "accepted", "waiting", "refused"]
    assert upload(cashier, *told) == first
    assert upload(cashier, *reversed(told)) == first[::-1]
    assert Order.objects.count() == 2
    assert TillReturn.objects.count() == 1


def test_a_return_before_its_sale_waits_and_joins_it(cashier, summer):
    bundle = fetched(cashier)
    returned = back("N1", (1, 1))
    [verdict] = upload(cashier, returned)
    assert (verdict["state"], verdict["code"], verdict["says"]) == (
        "waiting", "order_unknown", "It waits for the sale N1.",
    )  # fmt: skip
    assert states(cashier, sale(bundle)) == ["accepted"]
    assert TillReturn.objects.get().total == 25_000
    assert states(cashier, returned) == ["accepted"]


def test_a_return_that_waits_joins_a_sale_that_came_by_another_door(cashier, summer, monkeypatch):
    upload(cashier, back("N1"))
    selling.sell(cashier, "300.00", cash="250.00")
    assert retrying.retry_waiting(now=NOW) == 0
    assert retrying.retry_waiting(now=NOW + HOUR) == 1
    assert UploadedItem.objects.get().state == "accepted"
    assert retrying.retry_waiting(now=NOW + 2 * HOUR) == 0


def test_a_wrong_refund_is_told(cashier, summer):
    sold = sale(fetched(cashier))
    [_sale, right, wrong] = upload(
        cashier,
        sold,
        back("N1", refund=25_000),
        back("N1", number="R2", refund=1),
    )
    assert (right["state"], wrong["state"], wrong["code"]) == ("accepted", "refused", "not_sold")
    other = sale(fetched(cashier), line(quantity=2), order="N2")
    [_sale, differs] = upload(cashier, other, back("N2", number="R3", refund=30_000))
    assert differs["state"] == "corrected"
    assert differs["notes"][0]["says"].startswith(
        "The till gave back 300.00, and the sale's record says 275.00"
    )


def test_the_same_key_with_something_else_is_refused_and_the_first_stands(cashier, summer):
    bundle = fetched(cashier)
    first = sale(bundle, key="K")
    assert states(cashier, first) == ["accepted"]
    [verdict] = upload(cashier, sale(bundle, key="K", order="N2"))
    assert (verdict["state"], verdict["code"]) == ("refused", "key_reused")
    assert states(cashier, first) == ["accepted"]
    assert Order.objects.count() == 1


def test_a_key_of_another_verb_is_refused_and_kept(cashier, summer):
    selling.sell(cashier, "300.00", cash="250.00", key="K")
    [verdict] = upload(cashier, sale(fetched(cashier), key="K", order="N2"))
    assert (verdict["state"], verdict["code"]) == ("refused", "key_reused")
    assert UploadedItem.objects.get().state == "refused"


def test_a_sale_that_was_committed_before_the_line_was_cut_is_known(cashier, summer):
    sold = sale(fetched(cashier))
    selling.sell(cashier, "300.00", cash="250.00")
    [verdict] = upload(cashier, sold)
    assert (verdict["state"], verdict["notes"][0]["code"]) == ("accepted", "known")
    assert Order.objects.count() == 1
    [verdict] = upload(cashier, sale(fetched(cashier), line(price=40_000)))
    assert (verdict["state"], verdict["code"]) == ("refused", "number_taken")


def test_what_was_held_before_the_line_was_cut_is_sold_without_it(cashier, nodes):
    money = pots.budget(organization=nodes["g"], amount=100)
    publish(nodes, off() | {"shares": {money: 10_000}})
    bundle = fetched(cashier)
    selling.hold(cashier, "300.00")
    assert states(cashier, sale(bundle)) == ["accepted"]
    assert pots.standing(money) == (10_000, 0, 5_000, 5_000)
    assert TillOrder.objects.get().state == "committed"


def test_a_coupon_that_was_used_meanwhile_is_the_stores(cashier, nodes, account, card):
    template = vouchers.template(organization=nodes["g"], code="TWENTY", **off(threshold=0, amount=2_000))
    coupon = vouchers.claim(template, account)
    allow(cashier, account)
    bundle, oneid = fetched(cashier), account.member.oneid
    first, second = (sale(bundle, order=order, oneid=oneid, coupons=(coupon.code,)) for order in ("N1", "N2"))
    assert [each.quote.total for each in (first, second)] == [28_000, 28_000]
    [one, two] = upload(cashier, first, second)
    assert (one["state"], two["state"]) == ("accepted", "corrected")
    assert two["notes"] == [
        {"code": "coupon", "says": f"20.00 are the store's: the coupon {coupon.code} was used meanwhile."}
    ]
    assert charges() == {("coupon", coupon.code): 2_000}
    assert Order.objects.get(external_id="N2").amount == 280
    assert vouchers.state(coupon) == "redeemed"
    assert states(cashier, back("N2")) == ["accepted"]
    assert vouchers.state(coupon) == "redeemed"


def test_a_cap_that_was_reached_meanwhile_holds_and_the_rest_is_the_stores(cashier, nodes):
    publish(nodes, off() | {"limits": {"per_campaign": 2}})
    bundle = fetched(cashier)
    sold = [sale(bundle, order=f"N{number}") for number in range(3)]
    assert states(cashier, *sold) == ["accepted", "accepted", "corrected"]
    assert charges() == {("cap", "SUMMER-1"): 5_000}
    assert UseCounter.objects.get().used == 2
    assert {each.amount for each in Order.objects.all()} == {Decimal(250)}


def test_a_budget_that_ran_out_meanwhile_is_not_overdrawn(cashier, nodes):
    money = pots.budget(organization=nodes["g"], amount=80)
    publish(nodes, off() | {"shares": {money: 10_000}})
    bundle = fetched(cashier)
    assert states(cashier, sale(bundle), sale(bundle, order="N2")) == ["accepted", "corrected"]
    assert charges() == {("budget", "SUMMER-1"): 5_000}
    assert pots.standing(money) == (8_000, 0, 5_000, 3_000)
    assert states(cashier, back("N1"), back("N2", number="R2")) == ["accepted", "accepted"]
    assert pots.standing(money) == (8_000, 0, 0, 8_000)


def test_an_offer_stopped_meanwhile_is_honoured_for_what_was_sold_under_it(cashier, nodes, monkeypatch):
    money = pots.budget(organization=nodes["g"], amount=100)
    version = publish(nodes, off() | {"shares": {money: 10_000}})
    sold = sale(fetched(cashier))
    clock(monkeypatch, NOW + HOUR)
    offering.activities.stop(version=version, reason="wrong", by=offering.approver(), now=NOW + HOUR)
    assert states(cashier, sold) == ["accepted"]
    assert pots.standing(money) == (10_000, 0, 5_000, 5_000)


def test_rules_that_were_over_are_told_and_the_discount_is_the_stores(cashier, nodes, monkeypatch):
    money = pots.budget(organization=nodes["g"], amount=100)
    publish(nodes, off() | {"shares": {money: 10_000}})
    sold = sale(fetched(cashier))
    clock(monkeypatch, NOW + 3 * DAY)
    late = items.Sale(
        **{name: getattr(sold, name) for name in sold.__struct_fields__} | {"at": NOW + 2 * DAY}
    )
    [verdict] = upload(cashier, late)
    assert verdict["state"] == "corrected"
    assert [each["code"] for each in verdict["notes"]] == ["late", "late"]
    assert charges() == {("late", "SUMMER-1"): 5_000}
    assert pots.standing(money) == (10_000, 0, 0, 10_000)


def test_a_price_that_the_rules_do_not_give_is_told(cashier, nodes, summer):
    bundle = fetched(cashier)
    generous = offering.published(
        organization=nodes["s4"], code="ELSE", offers=(off(amount=9_000),)
    ).offers.get()
    assert generous
    other = sale(bundle, line(price=30_000))
    quote = json.loads(items.text(other))["quote"]
    wrong = json.loads(json.dumps(quote).replace("SUMMER-1", "MADE-UP"))
    told = offline.raw(other, quote=wrong, digest=offline.pricing.digest(_quote(wrong)))
    [verdict] = upload(cashier, told)
    assert verdict["state"] == "corrected"
    assert verdict["notes"][0]["says"] == "The till sold for 250.00, and the rules give 250.00."
    assert charges() == {("price", "MADE-UP"): 5_000}


def _quote(told: dict):
    return recording.reading.quote(json.dumps(told))


def test_nothing_is_given_that_the_rules_do_not_give(cashier, nodes, account, summer):
    club = purses.book(code="club", organization=nodes["g"], kind="points", unit="points", scale=0)
    sold = sale(fetched(cashier), oneid=account.member.oneid)
    quote = json.loads(items.text(sold))["quote"]
    quote["rewards"] = [{
        "offer": "SUMMER-1", "kind": "points", "what": "club", "amount": 10**9, "most": 0, "base": 0, "times": 1, "worth": 0, "when": "", "days": 0,
        "shares": [{"number": 1, "amount": 10**9}],
    }]  # fmt: skip
    told = offline.raw(sold, quote=quote, digest=offline.pricing.digest(_quote(quote)))
    [verdict] = upload(cashier, told)
    assert verdict["state"] == "corrected"
    assert "not_given" in {each["code"] for each in verdict["notes"]}
    assert (Reward.objects.count(), purses.available(account, club)) == (0, 0)


def test_a_sale_with_a_coupon_that_nobody_knows_is_recorded_and_charged(cashier, nodes, account, summer):
    sold = sale(fetched(cashier), oneid=account.member.oneid)
    quote = json.loads(items.text(sold))["quote"]
    quote["uses"][0]["coupons"] = ["NOSUCHCODE"]
    told = offline.raw(sold, quote=quote, digest=offline.pricing.digest(_quote(quote)))
    [verdict] = upload(cashier, told)
    assert verdict["state"] == "corrected"
    assert charges() == {("coupon", "NOSUCHCODE"): 5_000}
    assert Order.objects.get().amount == 250


def test_the_allowance_of_somebody_else_pays_nothing(cashier, nodes, pos, account, card, summer):
    allow(cashier, account)
    other = factories.account(channel=pos)
    points.earn(account=other, book=card, amount=100, key="top-up of another", now=NOW)
    pays = (items.Pay(allowance="A1", amount=3_000),)
    [verdict] = upload(cashier, sale(fetched(cashier), oneid=other.member.oneid, pays=pays))
    assert verdict["state"] == "corrected"
    assert charges() == {("allowance", "A1"): 3_000}
    row = SpendAllowance.objects.get()
    assert (row.spent, row.hold.state, balance(account, card), balance(other, card)) == (
        0,
        "open",
        4_000,
        10_000,
    )


def test_unknown_rules_and_no_rules(cashier, summer):
    listed = sale(None)
    unknown = offline.raw(sale(fetched(cashier), order="N2"), bundle="B0000")
    [first, second] = upload(cashier, listed, unknown)
    assert (first["state"], Order.objects.get(external_id="N1").amount) == ("accepted", 300)
    assert [each["code"] for each in second["notes"]] == ["unknown_bundle", "price", "price"]
    assert charges() == {("price", "SUMMER-1"): 5_000}


def test_an_allowance_pays_and_what_is_left_stays_reserved(cashier, nodes, account, card, summer):
    allow(cashier, account)
    bundle, oneid = fetched(cashier), account.member.oneid
    pays = [(items.Pay(allowance="A1", amount=amount),) for amount in (2_500, 3_000)]
    first, second = (
        sale(bundle, order=f"N{number}", oneid=oneid, pays=pay) for number, pay in enumerate(pays)
    )
    assert states(cashier, first) == ["accepted"]
    row = SpendAllowance.objects.get()
    assert (row.spent, row.hold.state, balance(account, card)) == (25, "open", 4_000)
    assert Hold.objects.filter(state="open").count() == 1
    assert fetched(cashier).allowances[0].amount == 3_500
    assert states(cashier, second) == ["accepted"]
    order = Order.objects.get(external_id="N0")
    assert sorted(order.payments.values_list("method", "amount")) == [("book:card", 25), ("cash", 225)]
    assert order.account == account
    assert balance(account, card) == 4_000


def test_what_no_allowance_covers_is_the_stores(cashier, nodes, account, card, summer):
    allow(cashier, account)
    pays = (items.Pay(allowance="A1", amount=7_000),)
    sold = sale(fetched(cashier), oneid=account.member.oneid, pays=pays)
    [verdict] = upload(cashier, sold)
    assert verdict["notes"] == [
        {"code": "allowance", "says": "10.00 are the store's: the allowance A1 does not cover them."}
    ]
    methods = dict(Order.objects.get().payments.values_list("method", "amount"))
    assert methods == {"book:card": 60, "uncovered:card": 10, "cash": 180}
    assert balance(account, card) == 4_000


def test_an_allowance_that_lapsed_pays_as_long_as_the_value_is_there(
    cashier, account, card, summer, monkeypatch
):
    allow(cashier, account, until=NOW + HOUR)
    bundle, oneid = fetched(cashier), account.member.oneid
    first, second = (
        sale(bundle, order=order, oneid=oneid, pays=(items.Pay(allowance="A1", amount=3_000),))
        for order in ("N1", "N2")
    )
    clock(monkeypatch, NOW + 2 * HOUR)
    holds.lapse(now=NOW + 2 * HOUR)
    assert states(cashier, first) == ["accepted"]
    assert balance(account, card) == 7_000
    points.spend(account=account, book=card, amount=70, key="elsewhere", now=NOW + 2 * HOUR)
    assert states(cashier, second) == ["corrected"]
    assert charges() == {("allowance", "A1"): 3_000}


def test_a_clock_that_is_ahead_is_set_right(cashier, summer):
    sold = sale(fetched(cashier), at=NOW + 3 * HOUR)
    [verdict] = upload(cashier, sold)
    assert (verdict["state"], verdict["notes"][0]["code"]) == ("corrected", "clock")
    assert Order.objects.get().occurred_at == NOW


def test_a_member_that_nobody_knows_makes_it_nobodys_sale(cashier, summer):
    [verdict] = upload(cashier, sale(fetched(cashier), oneid="0000000000000"))
    assert (verdict["state"], verdict["notes"][0]["code"]) == ("corrected", "unknown_member")
    assert Order.objects.get().account is None


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"kind": "gift"}, "unreadable", "Invalid value 'gift'"), ({"lines": []}, "unreadable", "lines"),
        ({"colour": "red"}, "unreadable", "colour"), ({"at": "2026-01-01T00:00:00"}, "unreadable", "$.at"),
        ({"store": "s4"}, "unknown_store", "s4"), ({"digest": "x"}, "does_not_add_up", "digest"),
        ({"payments": []}, "does_not_add_up", "0 are paid, and 25000 are due"),
        ({"lines": [{"number": 1, "sku": "S1", "quantity": 1000, "unit_price": 1}]}, "does_not_add_up", "other lines"),
        ({"pays": [{"allowance": "A", "amount": 1}]}, "does_not_add_up", "no member is named"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_kept(cashier, summer, changes, code, said):
    told = offline.raw(sale(fetched(cashier), key="K"), **changes)
    [verdict] = upload(cashier, told)
    assert (verdict["state"], verdict["code"]) == ("refused", code)
    assert said in verdict["says"]
    kept = UploadedItem.objects.get()
    assert (kept.state, json.loads(kept.body)) == ("refused", told)
    assert not TillOrder.objects.exists()
    assert cashier.get("/api/v1/pos/operations/K").status_code == 404


def test_totals_that_were_changed_do_not_add_up(cashier, summer):
    sold = sale(fetched(cashier))
    for change in ({"total": 1}, {"discount": 1}, {"total_list": 1}):
        quote = json.loads(items.text(sold))["quote"] | change
        told = offline.raw(sold, key=f"k-{change}"[:8].replace("{", "a").replace("'", "b"), quote=quote)
        told["digest"] = offline.pricing.digest(_quote(quote))
        told["payments"] = [{"method": "cash", "amount": quote["total"]}]
        told["key"] = f"key-{next(iter(change))}"
        [verdict] = upload(cashier, told)
        assert (verdict["state"], verdict["code"]) == ("refused", "does_not_add_up")


def test_one_that_fails_holds_up_no_other_and_is_tried_again(cashier, summer, monkeypatch):
    def fail(**_told):
        raise RuntimeError("no light")

    bundle = fetched(cashier)
    first, second = sale(bundle), sale(bundle, order="N2")
    with monkeypatch.context() as broken:
        broken.setattr(recording.committing, "commit", fail)
        [verdict] = upload(cashier, first)
    assert (verdict["state"], verdict["code"]) == ("waiting", "fault")
    assert not TillOrder.objects.exists()
    assert states(cashier, second) == ["accepted"]
    assert retrying.retry_waiting(now=NOW + HOUR) == 1
    assert UploadedItem.objects.get(key=first.key).state == "accepted"


def test_points_of_an_offer_are_given(cashier, nodes, account, card):
    allow(cashier, account)
    book = purses.book(code="club", organization=nodes["g"], kind="points", unit="points", scale=0)
    gives = off() | {
        "execution": "add", "form": {"kind": "points", "book": "club", "amount": 50, "worth": 50}, "name": "50 points",
    }  # fmt: skip
    publish(nodes, gives)
    assert states(cashier, sale(fetched(cashier), oneid=account.member.oneid)) == ["accepted"]
    assert Reward.objects.get().state == "given"
    assert balance(account, book) == 50


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"items": []}, "items"), ({"items": [{"kind": "sale"}]}, "items[0].key"), ({}, "body"),
        ({"items": [{"key": "a b"}]}, "items[0].key"), ({"items": [{"key": "a"}, {"key": "a"}]}, "items[1].key"),
        ({"items": [{"key": f"k{number}"} for number in range(201)]}, "items"),
    ],
)  # fmt: skip
def test_a_batch_without_keys_is_not_looked_at(cashier, body, place):
    answer = cashier.post("/api/v1/pos/uploads", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["place"] == place
    assert not UploadedItem.objects.exists()


def test_staff_try_again_or_set_aside(cashier, summer):
    told = offline.raw(sale(fetched(cashier)), digest="x")
    upload(cashier, told)
    item = UploadedItem.objects.get()
    assert retrying.retry(item=item, now=NOW).state == "refused"
    with pytest.raises(retrying.NotOpen, match="Say how"):
        retrying.set_aside(item=item, reason=" ", by=factories.staff(), now=NOW)
    retrying.set_aside(item=item, reason="booked by hand", by=factories.staff(), now=NOW)
    assert states(cashier, told) == ["set_aside"]
    with pytest.raises(retrying.NotOpen):
        retrying.retry(item=item, now=NOW)


def test_the_database_keeps_what_was_decided(cashier, nodes):
    publish(nodes, off() | {"limits": {"per_campaign": 1}})
    bundle = fetched(cashier)
    upload(cashier, sale(bundle), sale(bundle, order="N2"))
    for statement in (
        "UPDATE campaigns_uploadeditem SET state = 'waiting', code = 'x', sale_id = NULL",
        "DELETE FROM campaigns_uploadeditem", "UPDATE campaigns_storecharge SET amount = 1",
        "DELETE FROM campaigns_storecharge",
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_voucher_that_is_gone_meanwhile_is_told(cashier, nodes, account, card):
    vouchers.template(organization=nodes["g"], code="GIFT", quota=1, **off(threshold=0, amount=2_000))
    gives = off() | {
        "execution": "add", "form": {"kind": "voucher", "template": "GIFT", "worth": 2_000}, "name": "a voucher",
    }  # fmt: skip
    publish(nodes, gives)
    assert not sale(fetched(cashier), oneid=account.member.oneid).quote.rewards  # a guest to the till
    allow(cashier, account, amount="10.00")
    bundle = fetched(cashier)
    first, second = (sale(bundle, order=f"M{number}", oneid=account.member.oneid) for number in (1, 2))
    assert [len(each.quote.rewards) for each in (first, second)] == [1, 1]
    [one, two] = upload(cashier, first, second)
    assert (one["state"], two["state"]) == ("accepted", "corrected")
    assert [each["code"] for each in two["notes"]] == ["not_given"]
    assert [each.state for each in Reward.objects.all()] == ["given"]
    assert charges() == {}
    assert states(cashier, back("M2")) == ["accepted"]
