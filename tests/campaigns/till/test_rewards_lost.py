"""Rewards that nobody gets: what was set aside for them is there for others."""

import pytest

from campaigns.models import Coupon, Packet, Reward
from members.actions import erasure
from members.models import Book, Order, Posting
from members.models.event import SettledBefore
from tests.campaigns import pots, vouchers
from tests.campaigns.offering import NOW
from tests.campaigns.till import selling
from tests.campaigns.till.returns import taken
from tests.campaigns.till.rewards import ARTICLE, POINTS, complete, followed, giving, published, sold
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db
FIFTY = {"kind": "voucher", "template": "FIFTY", "worth": 5_000}
DOUBLE = {"kind": "multiplier", "book": "club", "times": 20_000, "worth": 100}
PACKET = {"kind": "packet", "least": 1, "most": 200, "total": 200, "count": 1}


def returned(form: dict, **more) -> dict:
    return giving(form, execution="return", after="received", **more)


@pytest.fixture(autouse=True)
def log_is_read_at_once(monkeypatch):
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))  # this transaction is still open


@pytest.fixture
def red(nodes):
    return purses.book(code="red", organization=nodes["g"], kind="red_packet", unit="CNY", scale=2)


@pytest.mark.parametrize("how", ["called off", "back", "missed"])
def test_a_packet_that_nobody_gets_lies_with_the_others_again(cashier, nodes, account, pos, red, how):
    published(nodes["g"], returned(PACKET))
    sold(cashier, account=account)
    assert Packet.objects.get().reward == Reward.objects.get()
    if how == "back":
        taken(cashier, {1: "1"})
    if how == "missed":
        Book.objects.filter(pk=red.pk).update(closed_at=NOW)
    complete(pos, name="order.cancelled" if how == "called off" else "order.completed")
    followed()
    assert Reward.objects.get().state == ("missed" if how == "missed" else "withdrawn")
    assert Packet.objects.get().reward is None


def test_who_is_erased_while_a_sale_is_held_gets_nothing_of_it_but_what_he_takes_along(
    cashier, nodes, account, pos, fifty, club, red
):
    money = pots.budget(organization=nodes["g"], amount=1_000)
    forms = [FIFTY, POINTS, PACKET, ARTICLE, DOUBLE]
    given = [giving(each, shares={money: 10_000}) for each in forms]
    published(nodes["g"], *given, returned(ARTICLE | {"skus": ["G2"]}, shares={money: 10_000}))
    assert selling.hold(cashier, "300.00", oneid=account.member.oneid)["state"] == "held"
    asked = erasure.request(member=account.member, reason="asked for it", now=NOW, door="command")
    erasure.carry_out(erasure=asked, now=NOW)
    body = {"key": "c", "payments": [{"method": "cash", "amount": "300.00"}]}
    told = cashier.post("/api/v1/pos/orders/s1/N1/commit", body).json()["rewards"]
    assert [(each["what"], each["state"]) for each in told if each["state"] != "missed"] == [("G1", "given")]
    assert len(told) == 6
    assert set(Reward.objects.filter(state="missed").values_list("why", flat=True)) == {
        "The customer was forgotten at their own wish."
    }
    followed()
    assert (Coupon.objects.count(), vouchers.standing(fifty), Packet.objects.get().reward) == (
        0,
        (0, 0),
        None,
    )
    assert (Posting.objects.filter(book__in=[club, red]).count(), Order.objects.count()) == (0, 2)
    assert pots.standing(money) == (100_000, 0, ARTICLE["worth"], 100_000 - ARTICLE["worth"])


def test_what_was_promised_to_somebody_erased_is_free_once_the_sale_is_given_up(
    cashier, nodes, account, fifty
):
    published(nodes["g"], giving(FIFTY))
    selling.hold(cashier, "300.00", oneid=account.member.oneid)
    asked = erasure.request(member=account.member, reason="asked for it", now=NOW, door="command")
    erasure.carry_out(erasure=asked, now=NOW)
    assert cashier.post("/api/v1/pos/orders/s1/N1/cancel", {"key": "x"}).status_code == 200
    assert (Reward.objects.count(), vouchers.standing(fifty)) == (0, (0, 0))
