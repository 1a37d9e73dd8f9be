"""A file tells of a return of a till's sale: what the sale gave is undone as its till would undo it, once, whoever tells it too."""

import itertools
from decimal import Decimal

import pytest
from django.utils import timezone

from campaigns import tasks
from campaigns.actions.till import following, told_returns
from campaigns.models import Coupon, OfferUse, Reward, TillOrder, ToldReturn, UndoneLine, UseCounter
from identity.actions import intake
from members.actions import points
from members.models import Return
from members.models.event import SettledBefore
from tests import factories
from tests.campaigns import offering, pots, vouchers
from tests.campaigns.offering import DAY, NOW, off
from tests.campaigns.till.pricing import clock, line, till
from tests.campaigns.till.returns import problem, sell, take, taken
from tests.campaigns.till.rewards import ARTICLE, POINTS, giving
from tests.connections import at_once
from tests.killing import killed_before
from tests.members.ledger import purses

THANKS = {"kind": "voucher", "template": "THANKS", "worth": 300}
LATER = NOW + DAY
MOST = 200  # statements


class Shop:
    """Three pieces of 100.00, sold with a capped discount, a coupon, points and a coupon for later, that budgets pay; 40.00 by card."""

    def __init__(self, monkeypatch, *more: dict) -> None:
        clock(monkeypatch, NOW)
        nodes = factories.tree()
        self.pos = factories.channel(organization=nodes["s1"], code="pos", kind="pos")
        self.till = till(self.pos, organization=nodes["s1"])
        self.account = factories.account(channel=self.pos)
        self.one, self.two = (pots.budget(organization=nodes["g"], amount=100) for _each in range(2))
        self.club = purses.book(code="club", organization=nodes["g"], unit="points", scale=0)
        self.card = purses.book(
            code="card", organization=nodes["g"], kind="stored_value_principal", unit="CNY", scale=2
        )
        points.earn(account=self.account, book=self.card, amount=40, key="e", now=NOW)
        vouchers.template(organization=nodes["g"], code="THANKS", per_person=None, **off(amount=300))
        offers = (
            off() | {"limits": {"per_day": 5}, "shares": {self.one: 10_000}},
            giving(POINTS, shares={self.two: 10_000}),
            giving(THANKS, shares={self.two: 10_000}),
            *more,
        )
        offering.published(organization=nodes["g"], code="ALL", offers=offers)
        ten = vouchers.template(organization=nodes["g"], code="TEN", **off(threshold=0, amount=1_000))
        self.coupon = vouchers.claim(ten, self.account)
        self.before = self.standing()
        sell(
            self.till, line(1, "100.00", quantity="3"), pay="200.00", oneid=self.account.member.oneid,
            coupons=[self.coupon.code], pays=[{"book": "card", "amount": "40.00"}],
        )  # fmt: skip

    def standing(self) -> dict:
        return {
            "coupon": vouchers.state(self.coupon),
            "uses": OfferUse.objects.filter(returned_at=None).count(),
            "counted": sum(UseCounter.objects.values_list("used", flat=True)),
            "budgets": [pots.standing(each) for each in (self.one, self.two)],
            "points": purses.available(self.account, self.club),
            "given": Coupon.objects.filter(template__code="THANKS", state="claimed").count(),
        }


@pytest.fixture
def shop(db, monkeypatch):
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))  # this transaction is still open
    return Shop(monkeypatch)


def told(number: str = "F1", *, pieces: str = "1", order: str = "N1", at=LATER, **more) -> None:
    """By the file of the night."""
    record = {
        "type": "return", "channel": "pos", "external_id": number, "order": order, "occurred_at": at.isoformat(),
        "lines": [{"line": 1, "quantity": pieces, "refund": "80.00"} | more],
    }  # fmt: skip
    intake.accept(records=[record], source="pos", now=at)


def undone() -> None:
    """What the worker does each minute."""
    while following.follow(now=LATER):
        pass
    while told_returns.undo_due(now=LATER):
        pass


def as_before(shop: Shop) -> bool:
    return shop.standing() == shop.before and purses.faults() == []


def test_all_that_the_sale_gave_is_undone_and_no_card_is_paid_back(shop):
    assert shop.standing() != shop.before
    told(pieces="3")
    undone()
    assert as_before(shop)
    assert set(Reward.objects.values_list("state", flat=True)) == {"withdrawn"}
    assert purses.available(shop.account, shop.card) == 0
    assert ToldReturn.objects.get().undone_at


def test_the_worker_does_it_each_minute(shop, monkeypatch):
    told(pieces="3")
    monkeypatch.setattr(timezone, "now", lambda: LATER)
    tasks.follow_rewards()
    assert tasks.undo_told_returns() == 1
    assert as_before(shop)


def test_a_part_gives_back_its_part(shop):
    told()
    undone()
    assert shop.standing() == {
        "coupon": "redeemed", "uses": 4, "counted": 1, "budgets": [(10_000, 0, 3_334, 6_666), (10_000, 0, 334, 9_666)],
        "points": 34, "given": 1,
    }  # fmt: skip


def test_read_twice_and_told_twice_nothing_changes(shop):
    told()
    undone()
    before = shop.standing()
    told(at=LATER + DAY)
    following.follow(now=LATER)
    ToldReturn.objects.update(undone_at=None)
    undone()
    assert shop.standing() == before
    assert UndoneLine.objects.count() == 1


def test_the_till_tells_it_first(shop):
    taken(shop.till, {1: "1"}, number="F1")
    before = shop.standing()
    told()
    undone()
    assert shop.standing() == before
    assert not ToldReturn.objects.exists()


@pytest.mark.parametrize("read", [True, False])
def test_the_till_tells_it_afterwards(shop, read):
    """It pays back what it took; what the sale gave is undone once."""
    told()
    if read:
        undone()
    answer = taken(shop.till, {1: "1"}, number="F1")
    assert (answer["refund"], purses.available(shop.account, shop.card)) == ("80.00", Decimal("13.33"))
    once = shop.standing()
    assert (once["points"], pots.standing(shop.one)) == (34, (10_000, 0, 3_334, 6_666))
    undone()
    assert shop.standing() == once
    assert Return.objects.count() == 1


def test_a_till_that_takes_the_rest_undoes_what_the_file_told(shop):
    told()
    answer = taken(shop.till, {1: "2"}, number="R2")
    assert answer["refund"] == "160.00"
    assert as_before(shop)
    undone()
    assert as_before(shop)


def test_the_file_tells_the_rest_of_what_a_till_took(shop):
    taken(shop.till, {1: "2"})
    told()
    undone()
    assert as_before(shop)


def test_more_told_later_is_undone_as_well(shop):
    told()
    undone()
    told(pieces="3", at=LATER + DAY)
    undone()
    assert as_before(shop)


def test_a_second_return_leaves_the_first_as_it_was(shop):
    told()
    undone()
    told("F2")
    following.follow(now=LATER)
    assert list(ToldReturn.objects.order_by("id").values_list("number", "undone_at")) == [
        ("F1", LATER), ("F2", None),
    ]  # fmt: skip
    undone()
    assert list(UndoneLine.objects.order_by("id").values_list("told__number", "before")) == [
        ("F1", 0), ("F2", 1_000),
    ]  # fmt: skip


def test_more_than_was_sold_is_undone_as_far_as_it_was_sold(shop):
    told(pieces="9")
    undone()
    assert as_before(shop)


def test_goods_told_by_sku_only(shop):
    record = {
        "type": "return", "channel": "pos", "external_id": "F1", "order": "N1", "occurred_at": LATER.isoformat(),
        "lines": [{"sku": "S1", "quantity": "3", "refund": "240.00"}],
    }  # fmt: skip
    intake.accept(records=[record], source="pos", now=LATER)
    undone()
    assert as_before(shop)


def test_a_return_of_a_sale_that_no_till_knows_is_none_of_ours(shop):
    told(order="N7")
    undone()
    assert not ToldReturn.objects.exists()


def test_a_return_that_is_told_before_its_sale(shop):
    told(order="N2")
    undone()
    sell(shop.till, line(1, "100.00", quantity="1"), pay="100.00", number="N2")
    undone()
    assert ToldReturn.objects.get().sale == TillOrder.objects.get(number="N2")
    assert UndoneLine.objects.get().quantity == 1_000


def test_a_sale_and_its_return_that_a_file_tells_before_the_till(shop):
    record = {
        "type": "order", "channel": "pos", "external_id": "N2", "occurred_at": NOW.isoformat(), "status": "paid",
        "lines": [{"line": 1, "sku": "S1", "quantity": "1", "unit_price": "100.00"}],
    }  # fmt: skip
    intake.accept(records=[record], source="pos", now=LATER)
    told(order="N2")
    undone()
    assert not ToldReturn.objects.exists()
    sell(shop.till, line(1, "100.00"), pay="100.00", number="N2")
    assert ToldReturn.objects.get().undone_at is None
    undone()
    assert UndoneLine.objects.get().sale == TillOrder.objects.get(number="N2")


def test_the_gift_that_stays_keeps_its_use(db, monkeypatch):
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))
    shop = Shop(monkeypatch, giving(ARTICLE, limits={"per_campaign": 9}))
    told(pieces="3")
    undone()
    assert OfferUse.objects.get(returned_at=None).offer == "ALL-4"
    taken(shop.till, {2: "1"}, number="G1")
    assert as_before(shop)


def test_one_that_fails_waits_and_keeps_no_other(shop, monkeypatch):
    sell(shop.till, line(1, "100.00"), pay="100.00", number="N2")
    told()
    told("F2", order="N2")
    while following.follow(now=LATER):
        pass
    broken = ToldReturn.objects.get(number="F1")
    undo = told_returns.undo

    def failing(*, told: int, now) -> None:
        if told == broken.pk:
            raise RuntimeError
        undo(told=told, now=now)

    monkeypatch.setattr(told_returns, "undo", failing)
    assert told_returns.undo_due(now=LATER) == 2
    assert ToldReturn.objects.get(undone_at=None).number == "F1"
    broken.refresh_from_db()
    assert (broken.tries, broken.due_at > LATER) == (1, True)
    monkeypatch.undo()
    assert told_returns.undo_due(now=LATER + DAY) == 1
    assert not ToldReturn.objects.filter(undone_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_the_till_and_the_worker_at_once(monkeypatch):
    shop = Shop(monkeypatch)
    told(pieces="3")
    told_returns.note(orders={(shop.pos.pk, "N1")}, now=LATER)
    ids = list(ToldReturn.objects.values_list("pk", flat=True))
    found = at_once(
        *[lambda: told_returns.undo(told=ids[0], now=LATER)] * 2,
        lambda: take(shop.till, {1: "3"}, number="F1"),
    )
    assert [each.status_code for each in found if each is not None] == [200]
    assert as_before(shop)
    assert sum(UndoneLine.objects.values_list("quantity", flat=True)) == 3_000
    assert purses.available(shop.account, shop.card) == 40
    assert problem(take(shop.till, {1: "1"}, number="R9", key="r9")) == (409, "too-many")


@pytest.mark.django_db(transaction=True)
def test_killed_at_whatever_statement_it_is_undone_once_by_the_next(monkeypatch):
    shop = Shop(monkeypatch)
    told(pieces="3")
    told_returns.note(orders={(shop.pos.pk, "N1")}, now=LATER)
    sold = shop.standing()
    for number in itertools.count(1, 5):
        assert number < MOST
        if not killed_before(number, lambda: told_returns.undo_due(now=LATER)):
            break
        assert (shop.standing(), UndoneLine.objects.count()) == (sold, 0), number
    assert number > 15
    assert as_before(shop)
