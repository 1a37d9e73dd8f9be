"""What a sale without a line gave that nobody pays for any more is the store's own account; what was promised is given as far as it is there."""

import datetime as dt
import json
from decimal import Decimal

import pytest

from campaigns.models import (
    OfferUse,
    Reward,
    UseCounter,
)
from campaigns.till import items
from members.models import Order
from tests.campaigns import offering, pots, vouchers
from tests.campaigns.offering import NOW, off
from tests.campaigns.till import offline
from tests.campaigns.till.offline import allow, back, charges, fetched, line, publish, sale, states, upload
from tests.campaigns.till.pricing import clock
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
DAY = 24 * HOUR


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


def test_what_was_not_counted_comes_back_without_raising_the_cap(cashier, nodes):
    publish(nodes, off() | {"limits": {"per_campaign": 2, "per_day": 5}})
    bundle = fetched(cashier)
    upload(cashier, *(sale(bundle, order=f"N{number}") for number in range(3)))
    assert used() == {"campaign": 2, "day": 2}
    assert states(cashier, back("N2", number="R2")) == ["accepted"]
    assert used() == {"campaign": 2, "day": 2}
    assert states(cashier, back("N1", number="R1")) == ["accepted"]
    assert used() == {"campaign": 1, "day": 1}
    assert OfferUse.objects.filter(returned_at=None).get().counted == "campaign day"


def used() -> dict[str, int]:
    return dict(UseCounter.objects.values_list("scope", "used"))


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
    told = offline.raw(other, quote=wrong, digest=offline.pricing.digest(offline.quote(wrong)))
    [verdict] = upload(cashier, told)
    assert verdict["state"] == "corrected"
    assert verdict["notes"][0]["says"] == "The till sold for 250.00, and the rules give 250.00."
    assert charges() == {("price", "MADE-UP"): 5_000}


def test_nothing_is_given_that_the_rules_do_not_give(cashier, nodes, account, summer):
    club = purses.book(code="club", organization=nodes["g"], kind="points", unit="points", scale=0)
    sold = sale(fetched(cashier), oneid=account.member.oneid)
    quote = json.loads(items.text(sold))["quote"]
    quote["rewards"] = [{
        "offer": "SUMMER-1", "kind": "points", "what": "club", "amount": 10**9, "most": 0, "base": 0, "times": 1, "worth": 0, "when": "", "days": 0,
        "shares": [{"number": 1, "amount": 10**9}],
    }]  # fmt: skip
    told = offline.raw(sold, quote=quote, digest=offline.pricing.digest(offline.quote(quote)))
    [verdict] = upload(cashier, told)
    assert verdict["state"] == "corrected"
    assert "not_given" in {each["code"] for each in verdict["notes"]}
    assert (Reward.objects.count(), purses.available(account, club)) == (0, 0)


def test_a_sale_with_a_coupon_that_nobody_knows_is_recorded_and_charged(cashier, nodes, account, summer):
    sold = sale(fetched(cashier), oneid=account.member.oneid)
    quote = json.loads(items.text(sold))["quote"]
    quote["uses"][0]["coupons"] = ["NOSUCHCODE"]
    told = offline.raw(sold, quote=quote, digest=offline.pricing.digest(offline.quote(quote)))
    [verdict] = upload(cashier, told)
    assert verdict["state"] == "corrected"
    assert charges() == {("coupon", "NOSUCHCODE"): 5_000}
    assert Order.objects.get().amount == 250


def test_unknown_rules_and_no_rules(cashier, summer):
    listed = sale(None)
    unknown = offline.raw(sale(fetched(cashier), order="N2"), bundle="B0000")
    [first, second] = upload(cashier, listed, unknown)
    assert (first["state"], Order.objects.get(external_id="N1").amount) == ("accepted", 300)
    assert [each["code"] for each in second["notes"]] == ["unknown_bundle", "price", "price"]
    assert charges() == {("price", "SUMMER-1"): 5_000}


def test_points_of_an_offer_are_given(cashier, nodes, account, card):
    allow(cashier, account)
    book = purses.book(code="club", organization=nodes["g"], kind="points", unit="points", scale=0)
    gives = off() | {
        "execution": "add", "form": {"kind": "points", "book": "club", "amount": 50, "worth": 50}, "name": "50 points",
    }  # fmt: skip
    publish(nodes, gives)
    assert states(cashier, sale(fetched(cashier), oneid=account.member.oneid)) == ["accepted"]
    assert Reward.objects.get().state == "given"
    assert purses.available(account, book) == 50


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
