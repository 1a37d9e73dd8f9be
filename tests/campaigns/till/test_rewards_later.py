"""Rewards that are given later, multiples of what orders earn, and what returns take back."""

import datetime as dt

import pytest
from django.utils import timezone

from campaigns import tasks
from campaigns.actions import coupon_uses
from campaigns.models import Coupon, Packet, Reward
from members.actions import earning, erasure, points
from members.models import Book, Order, Posting, Programme
from members.models.event import SettledBefore
from tests.campaigns import pots, vouchers
from tests.campaigns.offering import DAY, NOW
from tests.campaigns.till.pricing import clock, till
from tests.campaigns.till.returns import taken
from tests.campaigns.till.rewards import (
    ARTICLE,
    POINTS,
    complete,
    followed,
    giving,
    published,
    sold,
    states,
    take_back,
)
from tests.members import plans
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db
FIFTY = {"kind": "voucher", "template": "FIFTY", "worth": 5_000}
DOUBLE = {"kind": "multiplier", "book": "club", "times": 20_000, "worth": 100}


def returned(form: dict, after: str = "received", days: int = 0, **more) -> dict:
    return giving(form, execution="return", after=after, after_days=days, **more)


@pytest.fixture
def cashier(pos, nodes, monkeypatch):
    clock(monkeypatch, NOW)
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))  # this transaction is still open
    return till(pos, organization=nodes["s1"])


@pytest.fixture
def plan(nodes, club):
    """A point for each yuan."""
    programme = Programme.objects.create(organization=nodes["g"], name="Club")
    return plans.published(programme, rules=[plans.rule(club, 1)], starts_at=NOW - 1000 * DAY)


def earned(*, now: dt.datetime = NOW) -> None:
    """By the plan, and then by what follows it."""
    while earning.follow(now=now):
        pass
    followed(now=now)


@pytest.mark.requirement("CMP-032")
def test_300_paid_bring_a_coupon_of_50_once_the_goods_are_received(cashier, nodes, account, pos, fifty):
    published(nodes["g"], returned(FIFTY))
    assert sold(cashier, "299.99", pay="299.99", account=account, number="N0") == []
    [told] = sold(cashier, account=account)
    assert (told["state"], told["when"], "due_at" in told) == ("due", "received", False)
    followed()
    assert not Coupon.objects.exists()
    complete(pos)
    followed()
    coupon = Coupon.objects.get()
    assert (coupon.account, coupon.state, coupon.template) == (account, "claimed", fifty)
    followed()
    assert (Coupon.objects.count(), vouchers.standing(fifty)) == (1, (1, 0))


def test_days_after_receipt_are_waited_for(cashier, nodes, account, pos, club, monkeypatch):
    published(nodes["g"], returned(POINTS, days=7))
    sold(cashier, account=account)
    complete(pos, at=NOW + DAY)
    followed(now=NOW + 8 * DAY - plans.MOMENT)
    assert (Reward.objects.get().due_at, purses.available(account, club)) == (NOW + 8 * DAY, 0)
    monkeypatch.setattr(timezone, "now", lambda: NOW + 8 * DAY)
    assert tasks.give_rewards() == 1
    assert tasks.give_rewards() == 0
    assert purses.available(account, club, at=NOW + 9 * DAY) == 50


def test_days_after_payment_need_no_receipt(cashier, nodes, account, club):
    published(nodes["g"], returned(POINTS, "paid", 2))
    [told] = sold(cashier, account=account)
    assert (told["state"], told["due_at"]) == ("due", (NOW + 2 * DAY).isoformat().replace("+00:00", "Z"))
    followed(now=NOW + 2 * DAY)
    assert purses.available(account, club, at=NOW + 3 * DAY) == 50


def test_goods_after_receipt_come_by_an_order_of_their_own(cashier, nodes, account, pos):
    published(nodes["g"], returned(ARTICLE))
    sold(cashier, account=account)
    complete(pos)
    followed()
    assert Order.objects.get(reward=True).external_id == "N1#SUMMER-1"


def test_an_order_that_is_cancelled_brings_nothing_and_costs_nothing(cashier, nodes, account, pos, fifty):
    money = pots.budget(organization=nodes["g"], amount=100)
    published(nodes["g"], returned(FIFTY, shares={money: 10_000}))
    sold(cashier, account=account)
    assert pots.standing(money) == (10_000, 0, 5_000, 5_000)
    complete(pos, name="order.cancelled")
    complete(pos)
    followed()
    assert (Reward.objects.get().state, Coupon.objects.count()) == ("withdrawn", 0)
    assert (pots.standing(money), vouchers.standing(fifty)) == ((10_000, 0, 0, 10_000), (0, 0))


def test_what_somebody_erased_was_to_get_costs_nothing(cashier, nodes, account, pos, fifty):
    money = pots.budget(organization=nodes["g"], amount=100)
    published(nodes["g"], returned(FIFTY, shares={money: 10_000}))
    sold(cashier, account=account)
    asked = erasure.request(member=account.member, reason="asked for it", now=NOW, door="command")
    erasure.carry_out(erasure=asked, now=NOW)
    complete(pos)
    followed()
    assert (Reward.objects.get().state, Coupon.objects.count()) == ("withdrawn", 0)
    assert (pots.standing(money), vouchers.standing(fifty)) == ((10_000, 0, 0, 10_000), (0, 0))


def test_what_cannot_be_given_any_more_is_missed_for_a_reason(cashier, nodes, account, pos, club):
    money = pots.budget(organization=nodes["g"], amount=100)
    published(nodes["g"], returned(POINTS, shares={money: 10_000}))
    sold(cashier, account=account)
    Book.objects.filter(pk=club.pk).update(closed_at=NOW)
    complete(pos)
    followed()
    reward = Reward.objects.get()
    assert (reward.state, reward.why) == ("missed", "The book is closed.")
    assert pots.standing(money) == (10_000, 0, 0, 10_000)


def test_double_points_double_what_the_order_really_earned(cashier, nodes, account, club, plan):
    published(nodes["g"], giving(DOUBLE))
    [told] = sold(cashier, account=account)
    assert (told["kind"], told["amount"], told["state"]) == ("multiplier", "2", "due")
    earned()
    assert purses.available(account, club) == 600
    earned()
    assert (purses.available(account, club), Posting.objects.count()) == (600, 2)
    assert states() == [("given", 300, 0, 0)]


def test_a_multiple_is_for_the_goods_of_its_offer(cashier, nodes, account, club, plan):
    goods = giving(DOUBLE)
    goods["trigger"] = {"goods": {"skus": ["S1"]}}
    published(nodes["g"], goods)
    sold(cashier, "100.00", "200.00", account=account)
    earned()
    assert purses.available(account, club) == 300 + 100


def test_a_return_takes_back_what_a_multiple_brought(cashier, nodes, account, club, plan):
    published(nodes["g"], giving(DOUBLE))
    sold(cashier, "100.00", "200.00", account=account)
    earned()
    taken(cashier, {1: "1"})
    earned()
    assert purses.available(account, club) == 400
    taken(cashier, {2: "1"}, key="r2", number="R2")
    earned()
    assert purses.available(account, club) == 0
    assert Reward.objects.get().given == 0
    assert purses.faults() == []


def test_a_multiple_that_is_due_later_is_settled_then(cashier, nodes, account, pos, club, plan):
    published(nodes["g"], returned(DOUBLE))
    sold(cashier, account=account)
    earned()
    assert purses.available(account, club) == 300
    complete(pos)
    earned()
    assert purses.available(account, club) == 600


def test_points_go_back_by_the_shares_of_the_lines_and_add_up(cashier, nodes, account, club):
    money = pots.budget(organization=nodes["g"], amount=100)
    published(nodes["g"], giving(POINTS, shares={money: 10_000}))
    sold(cashier, "100.00", "100.00", "100.00", account=account)
    backs = [
        take_back({line: 1}, before=dict.fromkeys(range(1, line), 1), key=f"return:{line}")
        for line in (1, 2, 3)
    ]
    assert [taken.back for [taken] in backs] == [17, 17, 16]
    assert [taken.state for [taken] in backs] == ["part", "part", "withdrawn"]
    assert purses.available(account, club) == 0
    assert states() == [("withdrawn", 0, 50, 0)]
    assert pots.standing(money) == (10_000, 0, 0, 10_000)


def test_points_that_were_spent_are_short_unless_they_may_be_owed(cashier, nodes, account, club):
    published(nodes["g"], giving(POINTS))
    sold(cashier, account=account)
    points.spend(account=account, book=club, amount=30, key="s", now=NOW)
    [taken] = take_back({1: 1})
    assert (taken.asked, taken.back, taken.short, taken.state) == (50, 20, 30, "withdrawn")
    assert states() == [("withdrawn", 30, 50, 30)]


def test_unused_coupons_are_withdrawn_and_used_ones_told(cashier, nodes, account, pos, fifty):
    published(nodes["g"], giving(FIFTY | {"count": 2}))
    sold(cashier, account=account)
    used, unused = Coupon.objects.order_by("id")
    coupon_uses.redeem(
        codes=[used.code], organization=nodes["s1"], channel=pos, order_key="N2", now=NOW, account=account
    )
    [taken] = take_back({1: 1})
    assert (taken.asked, taken.back, taken.short) == (2, 1, 1)
    assert (taken.coupons, taken.used) == ((unused.code,), (used.code,))
    assert (vouchers.state(unused), vouchers.state(used)) == ("withdrawn", "redeemed")


def test_packets_go_back_as_far_as_they_are_there(cashier, nodes, account):
    red = purses.book(code="red", organization=nodes["g"], kind="red_packet", unit="CNY", scale=2)
    form = {"kind": "packet", "least": 1, "most": 1_000, "total": 1_000, "count": 1}
    published(nodes["g"], giving(form))
    sold(cashier, "100.00", "200.00", account=account)
    points.spend(account=account, book=red, amount=4, key="s", now=NOW)
    done = take_back({1: 1}) + take_back({2: 1}, before={1: 1}, key="return:2")
    assert [(each.asked, each.back, each.short) for each in done] == [(333, 333, 0), (667, 267, 400)]
    assert Packet.objects.get().reward is not None


def test_what_is_only_due_comes_to_less_or_to_nothing(cashier, nodes, account, pos, club, fifty):
    published(nodes["g"], returned(POINTS), returned(FIFTY))
    sold(cashier, "150.00", "150.00", account=account)
    done = take_back({1: 1})
    assert [(each.kind, each.back, each.state) for each in done] == [
        ("points", 25, "due"), ("voucher", 1, "withdrawn"),
    ]  # fmt: skip
    assert vouchers.standing(fifty) == (0, 0)
    complete(pos)
    followed()
    assert (purses.available(account, club), Coupon.objects.count()) == (25, 0)
    take_back({2: 1}, before={1: 1}, key="return:2")
    assert purses.available(account, club) == 0
