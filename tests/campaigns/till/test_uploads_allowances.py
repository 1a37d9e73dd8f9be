"""Value that was reserved beforehand pays without a line; what it does not cover is the store's own account."""

import datetime as dt

import pytest

from campaigns.models import (
    SpendAllowance,
)
from campaigns.till import items
from members.actions import holds, points
from members.models import Hold, Order, Wallet
from tests import factories
from tests.campaigns.offering import NOW
from tests.campaigns.till.offline import allow, charges, fetched, sale, states, upload
from tests.campaigns.till.pricing import clock
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
DAY = 24 * HOUR


def balance(account, book) -> int:
    return sum(Wallet.objects.filter(account=account, book=book).values_list("balance", flat=True))


def paid(account, bundle, order, **pays) -> items.Sale:
    parts = tuple(items.Pay(allowance=key, amount=amount) for key, amount in pays.items())
    return sale(bundle, order=order, oneid=account.member.oneid, pays=parts)


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


def test_one_allowance_may_pay_twice_in_a_sale(cashier, account, card, summer):
    allow(cashier, account)
    twice = (items.Pay(allowance="A1", amount=2_000), items.Pay(allowance="A1", amount=2_500))
    sold = sale(fetched(cashier), oneid=account.member.oneid, pays=twice)
    assert states(cashier, sold) == ["accepted"]
    row = SpendAllowance.objects.get()
    assert (row.spent, row.hold.state, balance(account, card)) == (45, "open", 4_000)
    assert dict(Order.objects.get().payments.values_list("method", "amount")) == {
        "book:card": 45,
        "cash": 205,
    }


def test_twice_is_no_more_than_the_allowance(cashier, account, card):
    allow(cashier, account)
    twice = (items.Pay(allowance="A1", amount=4_000), items.Pay(allowance="A1", amount=4_000))
    [verdict] = upload(cashier, sale(fetched(cashier), oneid=account.member.oneid, pays=twice))
    assert (verdict["state"], charges()) == ("corrected", {("allowance", "A1"): 2_000})
    assert (SpendAllowance.objects.get().spent, balance(account, card)) == (60, 4_000)


@pytest.fixture
def lapsed(cashier, account, card, summer, monkeypatch):
    """Of A1 the time is up, and what was reserved is spent elsewhere; of A2 nothing is taken yet."""
    allow(cashier, account, "30.00", key="A1", until=NOW + HOUR)
    allow(cashier, account, "60.00", key="A2")
    bundle = fetched(cashier)
    clock(monkeypatch, NOW + 2 * HOUR)
    holds.lapse(now=NOW + 2 * HOUR)
    points.spend(account=account, book=card, amount=40, key="elsewhere", now=NOW + 2 * HOUR)
    assert balance(account, card) == 0
    return bundle


def test_only_the_allowance_that_lacks_is_the_stores(cashier, account, card, lapsed):
    [verdict] = upload(cashier, paid(account, lapsed, "N1", A1=3_000, A2=2_000))
    assert (verdict["state"], charges()) == ("corrected", {("allowance", "A1"): 3_000})
    payments = dict(Order.objects.get().payments.values_list("method", "amount"))
    assert payments == {"book:card": 20, "uncovered:card": 30, "cash": 200}
    row = SpendAllowance.objects.get(key="A2")
    assert (row.spent, row.hold.state, balance(account, card)) == (20, "open", 0)
    assert states(cashier, paid(account, lapsed, "N2", A2=4_000)) == ["accepted"]
    assert SpendAllowance.objects.get(key="A2").spent == 60
    assert not Hold.objects.filter(state="open").exists()
    assert purses.faults() == []


def test_an_allowance_that_is_over_takes_nothing_of_another(cashier, account, card, lapsed):
    [verdict] = upload(cashier, paid(account, lapsed, "N1", A1=3_000, A2=1_000))
    assert (verdict["state"], charges()) == ("corrected", {("allowance", "A1"): 3_000})
    hold = SpendAllowance.objects.get(key="A2").hold
    assert [abs(each.amount) for each in holds.find(key=hold.key).receipts] == [50]
