"""A file told of an order before its till did: what it said of it counts for the rewards of the sale."""

import datetime as dt

import pytest

from campaigns.models import Coupon, Reward
from identity.actions import intake
from members.actions import earning
from members.models import Event, Order, Programme
from members.models.event import SettledBefore
from tests.campaigns import vouchers
from tests.campaigns.offering import DAY, NOW
from tests.campaigns.till.offline import allow, fetched, sale, states
from tests.campaigns.till.pricing import clock
from tests.campaigns.till.rewards import followed, giving, published
from tests.members import plans
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db
FIFTY = {"kind": "voucher", "template": "FIFTY", "worth": 5_000}
DOUBLE = {"kind": "multiplier", "book": "club", "times": 20_000, "worth": 100}


@pytest.fixture(autouse=True)
def open_log(monkeypatch):
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))  # this transaction is still open


def told_by_file(account, status: str, at: dt.datetime = NOW + DAY, amount: str = "300.00") -> None:
    record = {
        "type": "order", "channel": "pos", "external_id": "N1", "occurred_at": min(at, NOW).isoformat(), "status": status,
        "updated_at": at.isoformat(), "account": account.external_id, "organization": "s1",
        "lines": [{"line": 1, "sku": "S1", "quantity": "1", "unit_price": amount}],
    }  # fmt: skip
    [verdict] = intake.accept(records=[record], source="file", now=at)
    assert verdict.verdict == "accepted", verdict


def sold_before(cashier, account):
    allow(cashier, account, amount="10.00")  # so that the till knows who it is
    return sale(fetched(cashier), oneid=account.member.oneid)


def test_goods_that_were_received_before_the_upload(cashier, nodes, account, card, fifty, monkeypatch):
    published(nodes["g"], giving(FIFTY, execution="return", after="received", after_days=3))
    sold = sold_before(cashier, account)
    told_by_file(account, "completed")
    followed(now=NOW + DAY)
    clock(monkeypatch, NOW + 2 * DAY)
    assert states(cashier, sold) == ["accepted"]
    assert Reward.objects.get().due_at == NOW + 4 * DAY
    assert Order.objects.get().status == "completed"
    followed(now=NOW + 4 * DAY)
    assert Coupon.objects.get().account == account


def test_an_older_file_is_ruled_by_the_till_and_its_status_stays(cashier, nodes, account, card, fifty):
    published(nodes["g"], giving(FIFTY, execution="return", after="received"))
    sold = sold_before(cashier, account)
    told_by_file(account, "completed", at=NOW - DAY / 2, amount="1.00")
    followed()
    assert states(cashier, sold) == ["accepted"]
    order = Order.objects.get()
    assert (order.status, order.amount, order.lines.get().unit_price) == ("completed", 300, 300)
    followed()
    assert Coupon.objects.count() == 1


def test_an_order_that_was_cancelled_brings_nothing(cashier, nodes, account, card, fifty):
    published(nodes["g"], giving(FIFTY, execution="return", after="received"))
    sold = sold_before(cashier, account)
    told_by_file(account, "cancelled", at=NOW)
    followed()
    assert states(cashier, sold) == ["accepted"]
    assert Order.objects.get().status == "cancelled"
    assert (Reward.objects.get().state, vouchers.standing(fifty)) == ("withdrawn", (0, 0))


def test_a_multiple_of_what_the_order_earned_already(cashier, nodes, account, card, club):
    programme = Programme.objects.create(organization=nodes["g"], name="Club")
    plans.published(programme, rules=[plans.rule(club, 1)], starts_at=NOW - 1000 * DAY)
    published(nodes["g"], giving(DOUBLE))
    sold = sold_before(cashier, account)
    told_by_file(account, "paid", at=NOW)
    while earning.follow(now=NOW):
        pass
    followed()
    assert purses.available(account, club) == 300
    assert states(cashier, sold) == ["accepted"]
    assert purses.available(account, club) == 600
    assert Event.objects.filter(name="points.earned").count() == 2
