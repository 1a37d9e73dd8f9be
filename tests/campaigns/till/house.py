"""A store where a sale touches everything at once: an offer with a cap that a budget pays, points, a printed coupon, stored value.

What a sale came to tells by its total which of them it had: 50.00 is the offer, 7.00 the coupon.
"""

from decimal import Decimal

from campaigns.models import (
    BudgetDraw,
    Coupon,
    CouponCounter,
    OfferUse,
    PriceProof,
    ProofChain,
    Reward,
    RuleSet,
    TillOperation,
    TillOrder,
    TillReturn,
    TillReturnLine,
    UseCounter,
)
from members.actions import points
from members.models import (
    Entry,
    Event,
    Hold,
    Lot,
    Membership,
    Order,
    OrderLine,
    OrderPayment,
    Posting,
    Return,
    Wallet,
)
from tests import factories
from tests.campaigns import offering, pots, vouchers
from tests.campaigns.offering import NOW, off
from tests.campaigns.till.pricing import clock, till
from tests.members.ledger import purses

ROWS = (
    BudgetDraw, Coupon, CouponCounter, Entry, Event, Hold, Lot, Membership, OfferUse, Order, OrderLine, OrderPayment, Posting,
    PriceProof, ProofChain, Return, Reward, RuleSet, TillOperation, TillOrder, TillReturn, TillReturnLine, UseCounter, Wallet,
)  # fmt: skip
LESS, SEVEN = Decimal(50), Decimal(7)
POINTS, STORED = 20, Decimal(500)


class House:
    def __init__(self, monkeypatch, *, people: int = 1, cap: int = 5, budget: int = 200) -> None:
        clock(monkeypatch, NOW)
        self.nodes = nodes = factories.tree()
        self.group, self.store = nodes["g"], nodes["s1"]
        self.pos = factories.channel(organization=self.store, code="pos", kind="pos")
        self.till = till(self.pos, organization=self.store)
        self.accounts = [factories.account(channel=self.pos) for _each in range(people)]
        self.cap, self.given = cap, Decimal(budget)
        self.money = pots.budget(organization=self.group, amount=budget)
        self.club = purses.book(code="club", organization=self.group, kind="points", unit="points", scale=0)
        self.card = purses.book(
            code="card", organization=self.group, kind="stored_value_principal", unit="CNY", scale=2
        )
        for each in self.accounts:
            points.earn(account=each, book=self.card, amount=STORED, key=f"stored:{each.pk}", now=NOW)
        less = off(amount=5_000) | {"limits": {"per_campaign": cap}, "shares": {self.money: 10_000}}
        form = {"kind": "points", "book": "club", "amount": POINTS, "worth": 20}
        offering.published(
            organization=self.group, code="SUMMER",
            offers=(less, off(threshold=10_000) | {"execution": "add", "form": form}),
        )  # fmt: skip
        self.template = vouchers.template(
            organization=self.group, code="SEVEN", **off(threshold=0, amount=700) | {"limits": {"stack": 2}}
        )
        [self.coupon] = vouchers.brought(self.template, "LASTCOUPON")

    def ask(self, verb: str, number: str, body: dict):
        """The answer of the till's API."""
        address = f"/api/v1/pos/orders/s1/{number}"
        return self.till.put(address, body) if verb == "put" else self.till.post(f"{address}/{verb}", body)

    def sure(self, verb: str, number: str, body: dict) -> dict:
        answer = self.ask(verb, number, body)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def pay(self, amount: str) -> list[dict]:
        return [{"book": "card", "amount": amount}]


def cash(amount: str) -> list[dict]:
    return [{"method": "cash", "amount": amount}]


def standing() -> list:
    """All that a sale may have written."""
    return [list(model.objects.order_by("pk").values_list()) for model in ROWS]
