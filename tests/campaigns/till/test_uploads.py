"""POST pos/uploads: what happened without a line is recorded as it happened, in any order, once; nothing is dropped."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from campaigns.actions.till import retrying
from campaigns.models import (
    StoreCharge,
    TillOrder,
    TillReturn,
    UploadedItem,
)
from campaigns.till import items
from members.models import Event, Order
from tests import factories
from tests.campaigns import pots
from tests.campaigns.offering import NOW, off
from tests.campaigns.till import offline, selling
from tests.campaigns.till.offline import back, fetched, line, publish, sale, states, upload
from tests.campaigns.till.pricing import clock

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
DAY = 24 * HOUR


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


def test_the_same_key_with_something_else_is_refused_and_kept_and_the_first_stands(cashier, summer):
    bundle = fetched(cashier)
    first, other = sale(bundle, key="K"), sale(bundle, key="K", order="N2")
    assert states(cashier, first) == ["accepted"]
    for _each in range(2):
        [verdict] = upload(cashier, other)
        assert (verdict["state"], verdict["code"]) == ("refused", "key_reused")
    assert states(cashier, first) == ["accepted"]
    assert Order.objects.count() == 1
    kept = UploadedItem.objects.get(state="refused")
    assert (kept.key, kept.number, json.loads(kept.body)) == ("K", "N2", offline.raw(other))
    assert "with a key of its own" in kept.says
    assert retrying.retry(item=kept, now=NOW).code == "key_reused"
    retrying.set_aside(item=kept, reason="booked by hand", by=factories.staff(), now=NOW)
    assert states(cashier, other) == ["set_aside"]


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


def test_a_sale_in_doubt_that_the_house_had_sold_at_another_price_is_known_and_told(cashier, summer):
    selling.sell(cashier, "300.00", cash="250.00", key="C1")
    for asked in ("", "C9"):
        [verdict] = upload(cashier, sale(None, asked=asked))
        assert (verdict["state"], verdict["code"]) == ("refused", "number_taken")
    [verdict] = upload(cashier, sale(None, asked="C1"))
    assert (verdict["state"], [each["code"] for each in verdict["notes"]]) == (
        "corrected",
        ["known", "price"],
    )
    assert "The till took 300.00 for it, and the house had sold it for 250.00" in verdict["notes"][1]["says"]
    assert (Order.objects.get().amount, StoreCharge.objects.exists()) == (250, False)
    selling.sell(cashier, "300.00", cash="250.00", key="C2", number="N2")
    assert states(cashier, sale(None, asked="C2")) == ["refused"]


def test_what_was_held_before_the_line_was_cut_is_sold_without_it(cashier, nodes):
    money = pots.budget(organization=nodes["g"], amount=100)
    publish(nodes, off() | {"shares": {money: 10_000}})
    bundle = fetched(cashier)
    selling.hold(cashier, "300.00")
    assert states(cashier, sale(bundle)) == ["accepted"]
    assert pots.standing(money) == (10_000, 0, 5_000, 5_000)
    assert TillOrder.objects.get().state == "committed"


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


@pytest.mark.parametrize("odd", ["S\x001", "S\x1b1", "line\nline"])
def test_text_that_no_database_keeps_holds_up_no_other(cashier, summer, odd):
    bundle = fetched(cashier)
    wrong = [
        offline.raw(sale(bundle), kind=odd), offline.raw(sale(bundle), cashier=odd, order=odd),
        {"key": "odd", odd: odd}, offline.raw(sale(bundle), store=odd),
    ]  # fmt: skip
    verdicts = upload(cashier, *wrong, sale(bundle, order="N9"))
    assert [each["state"] for each in verdicts] == ["refused"] * 4 + ["accepted"]
    assert all(each["says"].isprintable() for each in verdicts)
    kept = {each.key: json.loads(each.body) for each in UploadedItem.objects.filter(state="refused")}
    assert kept == {each["key"]: each for each in wrong}


def test_totals_that_were_changed_do_not_add_up(cashier, summer):
    sold = sale(fetched(cashier))
    for change in ({"total": 1}, {"discount": 1}, {"total_list": 1}):
        quote = json.loads(items.text(sold))["quote"] | change
        told = offline.raw(sold, key=f"k-{change}"[:8].replace("{", "a").replace("'", "b"), quote=quote)
        told["digest"] = offline.pricing.digest(offline.quote(quote))
        told["payments"] = [{"method": "cash", "amount": quote["total"]}]
        told["key"] = f"key-{next(iter(change))}"
        [verdict] = upload(cashier, told)
        assert (verdict["state"], verdict["code"]) == ("refused", "does_not_add_up")


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
