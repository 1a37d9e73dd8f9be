"""Whatever was sold, in whatever parts it comes back: once all is back, everything is as it was before."""

import random
from collections import Counter
from decimal import Decimal

import pytest

from campaigns.models import Coupon, CouponCounter, OfferUse, Reward, TillOrder, TillReturn, UseCounter
from campaigns.offers import reading, returning
from members.actions import earning, points
from members.models import Lot, Order, Programme, Return, Wallet
from tests import factories
from tests.campaigns import offering, pots, vouchers
from tests.campaigns.offering import NOW, off
from tests.campaigns.till.pricing import clock, line, quote, till
from tests.campaigns.till.returns import preview, sell, taken
from tests.campaigns.till.rewards import ARTICLE, POINTS, giving
from tests.members import plans
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db
THANKS = {"kind": "voucher", "template": "THANKS", "worth": 300}
EXCHANGE = {"kind": "goods", "skus": ["E1"], "price": 990, "worth": 500}


class House:
    """Every kind of offer, budgets of which two share one offer, and a person of two accounts whose value lies in many lots."""

    def __init__(self) -> None:
        nodes = factories.tree()
        self.group, self.store = nodes["g"], nodes["s1"]
        self.pos = factories.channel(organization=self.store, code="pos", kind="pos")
        self.till = till(self.pos, organization=self.store)
        self.accounts = [factories.account(channel=self.pos) for _each in range(2)]
        purses.merge(*self.accounts)
        self.oneid = self.accounts[0].minted.oneid
        self._books()
        self._offers()

    def _books(self) -> None:
        self.club = purses.book(
            code="club",
            organization=self.group,
            unit="points",
            scale=0,
            expiry="months_after",
            expiry_months=1,
        )
        self.card = purses.book(
            code="card", organization=self.group, kind="stored_value_principal", unit="CNY", scale=2
        )
        pays = {"book": self.club, "currency": "CNY", "unit_value": Decimal("0.01")}
        plans.published(
            Programme.objects.create(organization=self.group, name="Club"), rules=[plans.rule(self.club, 1)],
            spending=[pays], starts_at=NOW - 90 * purses.DAY,
        )  # fmt: skip
        for days, account in enumerate([*self.accounts, *self.accounts], start=1):
            at = NOW - days * purses.DAY
            points.earn(account=account, book=self.club, amount=400, key=f"club{days}", now=at)
            points.earn(account=account, book=self.card, amount=Decimal("33.33"), key=f"card{days}", now=at)

    def _offers(self) -> None:
        self.budgets = [pots.budget(organization=self.group, amount=1_000) for _each in range(2)]
        one, two = self.budgets
        vouchers.template(organization=self.group, code="THANKS", per_person=None, **off(amount=300))
        ten = off(threshold=0, amount=1_000) | {"shares": {two: 10_000}}
        self.ten = vouchers.template(organization=self.group, code="TEN", per_person=None, **ten)
        offers = (
            off(amount=4_999) | {"limits": {"per_day": 99}, "shares": {one: 7_000, two: 3_000}},
            off(threshold=0)
            | {"form": {"kind": "percentage", "off": 733}, "limits": {"stack": 2}, "shares": {two: 10_000}},
            giving(POINTS, limits={"per_member": 99, "per_store": 99}, shares={one: 10_000}),
            giving(THANKS, shares={two: 10_000}),
            giving(ARTICLE, limits={"per_campaign": 99}, shares={one: 10_000}),
            off() | {"execution": "exchange", "form": EXCHANGE, "shares": {one: 5_000, two: 5_000}},
        )
        offering.published(organization=self.group, code="ALL", offers=offers)

    def sell(self, number: str, by: random.Random) -> None:
        lines = [
            line(
                each, f"{by.randint(1, 30_000) / 100:.2f}", quantity=by.choice(["1", "2", "3", "7", "0.355"])
            )
            for each in range(1, by.randint(1, 5) + 1)
        ]
        told = {"oneid": self.oneid, "chosen": {"ALL-6": "E1"} if by.random() < 0.7 else {}}
        if by.random() < 0.7:
            told["coupons"] = [vouchers.claim(self.ten, by.choice(self.accounts)).code]
        total = Decimal(quote(self.till, *lines, **told)["total"])
        own = self._own(total, by)
        due = total - sum(own.values())
        pays = [
            {"book": "club", "amount": str(own["club"] * 100)}, {"book": "card", "amount": str(own["card"])}
        ]  # fmt: skip
        pays = [each for each in pays if Decimal(each["amount"])]
        sell(self.till, *lines, pay=str(due), number=number, pays=pays, **told)

    def _own(self, total: Decimal, by: random.Random) -> dict[str, Decimal]:
        cents = int(total * 100)
        club = by.randint(0, min(300, cents))
        return {"club": Decimal(club) / 100, "card": Decimal(by.randint(0, min(2_500, cents - club))) / 100}

    def standing(self) -> dict:
        return {
            "wallets": dict(Wallet.objects.exclude(balance=0).values_list("id", "balance")),
            "lots": dict(Lot.objects.exclude(remaining=0).values_list("id", "remaining")),
            "expiry": list(Lot.objects.exclude(remaining=0).order_by("id").values_list("expires_at")),
            "counters": list(UseCounter.objects.exclude(used=0).values_list("offer", "scope")),
            "gifts": list(CouponCounter.objects.exclude(given=0).values_list("template__code")),
            "uses": OfferUse.objects.filter(returned_at=None).count(),
            "budgets": [pots.standing(each) for each in self.budgets],
            "redeemed": Coupon.objects.filter(state="redeemed").count(),
        }


def parted(number: str, by: random.Random) -> list[dict[int, int]]:
    """Thousandths by line, in parts: all of the sale's lines, and of what offers gave."""
    sold = TillOrder.objects.get(number=number)
    left = {each: line.quantity for each, line in returning.lines(reading.quote(sold.quote)).items()}
    parts = []
    while left:
        chosen = by.sample(sorted(left), by.randint(1, len(left)))
        part = {each: left[each] if by.random() < 0.4 else by.randint(1, left[each]) for each in chosen}
        left = {each: rest for each, count in left.items() if (rest := count - part.get(each, 0))}
        parts.append(part)
    return parts


def settled(house: House, *numbers: str) -> None:
    earning.settle(keys={(house.pos.pk, number) for number in numbers}, now=NOW)


@pytest.mark.parametrize("seed", range(6))
def test_once_all_is_back_all_is_as_before(seed, monkeypatch):
    clock(monkeypatch, NOW)
    by, house = random.Random(seed), House()
    before, numbers = house.standing(), [f"N{each}" for each in range(by.randint(1, 3))]
    for number in numbers:
        house.sell(number, by)
    settled(house, *numbers)
    assert house.standing() != before
    parts = [(number, part) for number in numbers for part in parted(number, by)]
    by.shuffle(parts)
    back = {number: Counter() for number in numbers}
    for each, (number, part) in enumerate(parts):
        told = {line: f"{Decimal(count) / 1000:f}" for line, count in part.items()}
        seen = preview(house.till, told, order=number).json()
        answer = taken(house.till, told, order=number, key=f"r{each}", number=f"R{each}")
        assert (seen["refund"], seen["payments"]) == (answer["refund"], answer["payments"])
        back[number].update({paid["method"]: Decimal(paid["amount"]) for paid in answer["payments"]})
        if by.random() < 0.5:
            settled(house, number)
    settled(house, *numbers)
    assert purses.faults() == []
    assert house.standing() == before
    for number in numbers:
        order = Order.objects.get(external_id=number)
        assert +back[number] == +Counter(dict(order.payments.values_list("method", "amount")))
    assert sum(Return.objects.values_list("amount", flat=True)) == sum(
        Order.objects.values_list("amount", flat=True)
    )
    assert set(Reward.objects.values_list("state", flat=True)) <= {"withdrawn"}
    assert TillReturn.objects.count() == len(parts)
