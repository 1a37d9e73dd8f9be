"""The same items by two connections at once, and two tills with one allowance, one cap, one sale."""

import datetime as dt

import pytest

from campaigns.actions.till import retrying
from campaigns.models import SpendAllowance, StoreCharge, TillOperation, TillReturn, UploadedItem, UseCounter
from campaigns.till import items
from members.actions import points
from members.models import Order, Wallet
from tests import factories
from tests.campaigns import offering
from tests.campaigns.offering import NOW, off
from tests.campaigns.till import offline, selling
from tests.campaigns.till.offline import back, fetched, sale, states, upload
from tests.campaigns.till.pricing import clock, till
from tests.connections import at_once
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cashier(pos, nodes, monkeypatch):
    clock(monkeypatch, NOW)
    offering.published(
        organization=nodes["g"], code="SUMMER", offers=(off() | {"limits": {"per_campaign": 3}},)
    )
    return till(pos, organization=nodes["s1"])


def test_one_batch_by_several_at_once(cashier):
    bundle = fetched(cashier)
    batch = [sale(bundle), back("N1"), sale(bundle, order="N2")]
    found = at_once(*(lambda: states(cashier, *batch) for _each in range(3)))
    assert all(set(each) <= {"accepted", "waiting"} for each in found), found
    assert states(cashier, *batch) == ["accepted"] * 3
    assert (Order.objects.count(), TillReturn.objects.count(), TillOperation.objects.count()) == (2, 1, 3)
    assert UploadedItem.objects.count() == 3


def test_the_last_place_of_a_cap_is_given_once_and_the_others_are_the_stores(cashier):
    bundle = fetched(cashier)
    sold = [sale(bundle, order=f"N{number}") for number in range(6)]
    found = at_once(*(lambda each=each: states(cashier, each) for each in sold))
    assert sorted(state for [state] in found) == ["accepted"] * 3 + ["corrected"] * 3
    assert UseCounter.objects.get().used == 3
    assert StoreCharge.objects.filter(kind="cap", amount=5_000).count() == 3


def test_one_allowance_and_two_tills(cashier, nodes, pos):
    account = factories.account(channel=pos)
    book = purses.book(
        code="card", organization=nodes["g"], kind="stored_value_principal", unit="CNY", scale=2
    )
    points.earn(account=account, book=book, amount=100, key="top-up", now=NOW)
    body = {"key": "A1", "oneid": account.member.oneid, "book": "card", "amount": "60.00"}
    body["until"] = (NOW + dt.timedelta(days=1)).isoformat()
    assert cashier.post("/api/v1/pos/allowances", body).status_code == 200
    bundle = fetched(cashier)
    pays = (items.Pay(allowance="A1", amount=4_000),)
    sold = [sale(bundle, order=f"N{number}", oneid=account.member.oneid, pays=pays) for number in range(2)]
    found = at_once(*(lambda each=each: states(cashier, each) for each in sold))
    assert sorted(state for [state] in found) == ["accepted", "corrected"]
    assert SpendAllowance.objects.get().spent == 60
    assert Wallet.objects.get(account=account, book=book).balance == 4_000
    assert StoreCharge.objects.get().amount == 2_000
    assert purses.faults() == []


def test_a_sale_that_is_committed_and_uploaded_at_once_is_sold_once(cashier):
    sold = sale(fetched(cashier))
    found = at_once(
        lambda: states(cashier, sold),
        lambda: selling.sell(cashier, "300.00", cash="250.00"),
    )
    assert Order.objects.count() == 1
    assert states(cashier, sold) == ["accepted"], found
    assert offline.raw(sold)["order"] == "N1"


def test_two_workers_try_what_waits_once_each(cashier):
    upload(cashier, *(back(f"N{number}", number=f"R{number}") for number in range(6)))
    later = NOW + dt.timedelta(hours=1)
    assert sum(at_once(*(lambda: retrying.retry_waiting(now=later) for _each in range(2)))) == 6
    assert list(UploadedItem.objects.values_list("state", "tries")) == [("waiting", 2)] * 6


def test_one_key_for_two_items_at_once_keeps_both(cashier):
    bundle = fetched(cashier)
    both = [sale(bundle, key="K"), sale(bundle, key="K", order="N2")]
    found = at_once(*(lambda each=each: states(cashier, each) for each in (*both, *both)))
    assert {state for [state] in found} <= {"accepted", "refused", "waiting"}
    assert sorted(state for each in both for state in states(cashier, each)) == ["accepted", "refused"]
    assert (Order.objects.count(), UploadedItem.objects.count()) == (1, 2)
