"""Two tills at once: one last coupon, one budget, one cap, one key."""

import pytest

from campaigns.actions.till import operations
from campaigns.models import Coupon, OfferUse, TillOperation, UseCounter
from members.models import Event, Order
from tests.brakes import session, until
from tests.campaigns import offering, pots, vouchers
from tests.campaigns.offering import off
from tests.campaigns.till.pricing import basket
from tests.connections import Side, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def post(cashier, verb, number, *prices, key="", **more):
    body = {"key": key or number, "basket": basket(*prices, coupons=more.pop("coupons", [])), **more}
    answer = cashier.post(f"/api/v1/pos/orders/s1/{number}/{verb}", body)
    return answer.status_code, answer.json()


def test_two_tills_and_one_last_coupon(cashier, nodes):
    template = vouchers.template(organization=nodes["g"], code="TEN", **off(threshold=0, amount=1_000))
    [coupon] = vouchers.brought(template, "LASTCOUPON")
    asked = {"coupons": [coupon.code], "payments": [{"method": "cash", "amount": "290.00"}]}
    found = at_once(*(lambda n=n: post(cashier, "commit", n, "300.00", **asked) for n in ("N1", "N2")))
    assert sorted(status for status, _told in found) in ([200, 409], [200, 422])
    assert Order.objects.count() == OfferUse.objects.count() == TillOperation.objects.count() == 1
    assert Coupon.objects.get().order_key == Order.objects.get().external_id


def test_a_budget_of_100_and_two_offers_of_60(cashier, nodes):
    money = pots.budget(organization=nodes["g"], amount=100)
    offering.published(
        organization=nodes["g"], code="A", offers=(off(amount=6_000) | {"shares": {money: 10_000}},)
    )
    found = at_once(*(lambda n=n: post(cashier, "hold", n, "300.00") for n in ("N1", "N2")))
    assert sorted(told["total"] for _status, told in found) == ["240.00", "300.00"]
    assert pots.standing(money) == (10_000, 6_000, 0, 4_000)


def test_a_cap_of_one_a_day(cashier, nodes):
    offering.published(organization=nodes["g"], code="A", offers=(off() | {"limits": {"per_day": 1}},))
    found = at_once(*(lambda n=n: post(cashier, "hold", n, "300.00") for n in ("N1", "N2", "N3")))
    used = [told for status, told in found if status == 200 and told["total"] == "250.00"]
    assert len(used) == UseCounter.objects.get().used == 1


def test_one_request_sent_by_three_at_once_happens_once(cashier, nodes):
    asked = {"payments": [{"method": "cash", "amount": "300.00"}]}
    found = at_once(*[lambda: post(cashier, "commit", "N1", "300.00", **asked)] * 3)
    done = [told for status, told in found if status == 200]
    assert done
    assert all(told == done[0] for told in done)
    assert {status for status, _told in found} <= {200, 409}
    assert Order.objects.count() == Event.objects.filter(name="order.paid").count() == 1
    assert post(cashier, "commit", "N1", "300.00", **asked) == (200, done[0])


def test_who_looked_before_the_first_was_done_and_begins_after_it_is_answered_as_the_first(
    cashier, nodes, monkeypatch
):
    asked = {"payments": [{"method": "cash", "amount": "300.00"}]}
    with session(autocommit=True) as gate, monkeypatch.context() as patch:
        gate.execute("SELECT pg_advisory_lock(4711)")
        try_it = "pg_try_advisory_xact_lock("
        waits = f"CASE WHEN pg_advisory_xact_lock_shared(4711) IS NOT NULL THEN {try_it}"
        patch.setattr(
            operations, "BEGIN", operations.BEGIN.replace(try_it, waits).replace("0)) AS", "0)) END AS")
        )
        second = Side(lambda: post(cashier, "commit", "N1", "300.00", **asked))
        waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted"
        until(lambda: gate.execute(waiting).fetchone())
        patch.undo()
        first = post(cashier, "commit", "N1", "300.00", **asked)
    second.ended()
    assert first[0] == 200
    assert second.found == first
    assert Order.objects.count() == 1
