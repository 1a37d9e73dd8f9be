"""What was paid without a line: cash, allowances, budgets, and what is the store's own account."""

import datetime as dt

import pytest

from campaigns.models import SpendAllowance, StoreCharge
from campaigns.till import items
from members.actions import holds, points
from members.models import Hold, Order, Wallet
from tests import factories
from tests.campaigns import offering
from tests.campaigns.offering import NOW, off
from tests.campaigns.till.offline import fetched, sale, states, upload
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
    offering.published(organization=nodes["g"], code="SUMMER", offers=(off(),))
    return till(pos, organization=nodes["s1"])


@pytest.fixture
def account(pos):
    return factories.account(channel=pos)


@pytest.fixture
def card(nodes, account):
    book = purses.book(
        code="card", organization=nodes["g"], kind="stored_value_principal", unit="CNY", scale=2
    )
    points.earn(account=account, book=book, amount=100, key="top-up", now=NOW)
    return book


def allow(cashier, account, amount="60.00", key="A1", until=NOW + DAY):
    body = {
        "key": key, "oneid": account.member.oneid, "book": "card", "amount": amount, "until": until.isoformat(),
    }  # fmt: skip
    assert cashier.post("/api/v1/pos/allowances", body).status_code == 200


def charges() -> dict[tuple[str, str], int]:
    return {(each.kind, each.what): each.amount for each in StoreCharge.objects.all()}


def balance(account, book) -> int:
    return sum(Wallet.objects.filter(account=account, book=book).values_list("balance", flat=True))


def paid(account, bundle, order, **pays) -> items.Sale:
    parts = tuple(items.Pay(allowance=key, amount=amount) for key, amount in pays.items())
    return sale(bundle, order=order, oneid=account.member.oneid, pays=parts)


def test_one_allowance_may_pay_twice_in_a_sale(cashier, account, card):
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
def lapsed(cashier, account, card, monkeypatch):
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
