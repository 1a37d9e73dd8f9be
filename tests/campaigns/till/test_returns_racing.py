"""Returns at once, and returns that are killed between any two of their statements."""

import itertools
from decimal import Decimal

import pytest

from campaigns.actions.till import returning
from campaigns.actions.till.returning import Asked, TooMany
from campaigns.actions.till.sales import Till
from campaigns.models import Coupon, OfferUse, TillReturn, TillReturnLine, UseCounter
from campaigns.queries.till.places import Place
from members.actions import points
from members.models import Event, Posting, Return, Wallet
from tests import factories
from tests.campaigns import offering, pots, vouchers
from tests.campaigns.offering import NOW, off
from tests.campaigns.till.pricing import clock, line, till
from tests.campaigns.till.returns import sell, take
from tests.connections import at_once
from tests.killing import killed_before
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db(transaction=True)
MOST = 90  # statements


class House:
    """A sale with a discount that a budget pays, a cap, a coupon, and stored value that paid a part."""

    def __init__(self, monkeypatch) -> None:
        clock(monkeypatch, NOW)
        nodes = factories.tree()
        self.store = nodes["s1"]
        self.pos = factories.channel(organization=self.store, code="pos", kind="pos")
        self.cashier = till(self.pos, organization=self.store)
        self.account = factories.account(channel=self.pos)
        self.money = pots.budget(organization=nodes["g"], amount=100)
        capped = off() | {"limits": {"per_day": 5}, "shares": {self.money: 10_000}}
        offering.published(organization=nodes["g"], code="SUMMER", offers=(capped,))
        self.book = purses.book(
            code="card", organization=nodes["g"], kind="stored_value_principal", unit="CNY", scale=2
        )
        points.earn(account=self.account, book=self.book, amount=40, key="e", now=NOW)
        ten = vouchers.template(organization=nodes["g"], code="TEN", **off(threshold=0, amount=1_000))
        self.coupon = vouchers.claim(ten, self.account)
        sell(
            self.cashier, line(1, "100.00", quantity="3"), pay="200.00", oneid=self.account.member.oneid,
            coupons=[self.coupon.code], pays=[{"book": "card", "amount": "40.00"}],
        )  # fmt: skip

    def take(self, milli: int, number: str = "R1"):
        place = Place(self.store, ())
        at = Till(self.pos, self.store, place, "N1")
        return returning.take(till=at, asked=Asked(number, {1: milli}, self.store), now=NOW)

    def standing(self) -> dict:
        return {
            "coupon": Coupon.objects.get().state,
            "counter": UseCounter.objects.get().used,
            "uses": OfferUse.objects.filter(returned_at=None).count(),
            "budget": pots.standing(self.money),
            "card": purses.available(self.account, self.book),
            "balances": sorted(Wallet.objects.values_list("id", "balance")),
            "returned": list(TillReturnLine.objects.values_list("line", "before", "quantity")),
            "returns": Return.objects.count(),
            "events": Event.objects.filter(name="order.returned").count(),
            "postings": Posting.objects.count(),
        }


@pytest.fixture
def house(monkeypatch):
    return House(monkeypatch)


def test_two_tills_and_the_last_piece(house):
    house.take(2_000, number="R0")
    found = at_once(*(lambda n=n: house.take(1_000, number=n) for n in ("R1", "R2")))
    refused = [each for each in found if isinstance(each, Exception)]
    assert [type(each) for each in refused] == [TooMany]
    assert TillReturn.objects.count() == Return.objects.count() == 2
    assert sum(TillReturnLine.objects.values_list("quantity", flat=True)) == 3_000
    assert house.standing() | {"balances": [], "returned": [], "postings": 0} == {
        "coupon": "claimed", "counter": 0, "uses": 0, "budget": (10_000, 0, 0, 10_000), "card": Decimal(40), "balances": [],
        "returned": [], "returns": 2, "events": 2, "postings": 0,
    }  # fmt: skip
    assert purses.faults() == []


def test_one_request_sent_by_three_at_once_returns_once(house):
    found = at_once(*[lambda: take(house.cashier, {1: "1"})] * 3)
    done = [each.json() for each in found if each.status_code == 200]
    assert done
    assert all(each == done[0] for each in done)
    assert {each.status_code for each in found} <= {200, 409}
    assert TillReturn.objects.count() == Event.objects.filter(name="order.returned").count() == 1
    assert take(house.cashier, {1: "1"}).json() == done[0]


def test_one_number_for_two_sales_at_once(house):
    sell(house.cashier, "10.00", pay="10.00", number="N2")
    found = at_once(
        lambda: take(house.cashier, {1: "1"}, key="a", number="R1"),
        lambda: take(house.cashier, {1: "1"}, key="b", number="R1", order="N2"),
    )
    assert sorted(each.status_code for each in found) == [200, 409]
    assert TillReturn.objects.count() == 1


def test_returns_and_sales_at_once_wait_for_one_another_and_never_for_ever(house):
    def sold(number):
        return lambda: sell(house.cashier, line(1, "300.00"), pay="250.00", number=number)

    pots.fund(house.money, 100)
    found = at_once(
        *(lambda n=n: house.take(1_000, number=f"R{n}") for n in range(3)), *(sold(f"S{n}") for n in range(2))
    )
    assert [each for each in found if isinstance(each, Exception)] == []
    assert pots.standing(house.money) == (20_000, 0, 10_000, 10_000)
    assert purses.faults() == []


def test_killed_before_any_statement_nothing_is_half_done(house):
    before = house.standing()
    for number in itertools.count(1):
        assert number < MOST
        if not killed_before(number, lambda: house.take(3_000)):
            break
        assert house.standing() == before, number
    assert number > 15
    after = house.standing()
    assert after != before
    assert (after["coupon"], after["counter"], after["card"], after["returns"], after["events"]) == (
        "claimed", 0, Decimal(40), 1, 1,
    )  # fmt: skip
    assert pots.standing(house.money) == (10_000, 0, 0, 10_000)
    assert purses.faults() == []
