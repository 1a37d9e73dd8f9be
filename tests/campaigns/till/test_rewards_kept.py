"""What the database holds of rewards and packets, and what gifts never count as."""

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from campaigns.models import Packet, Reward
from members.actions import earning
from members.models import Membership, Order, Posting, Programme
from members.models.event import SettledBefore
from members.queries import histories, scopes
from tags.models_of.rfm import Bounds, Rfm
from tags.queries import rfm
from tests.campaigns.offering import DAY, NOW
from tests.campaigns.till.pricing import clock, till
from tests.campaigns.till.rewards import ARTICLE, POINTS, giving, published, sold, take_back
from tests.members import plans
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db
PACKETS = {"kind": "packet", "least": 1, "most": 200, "total": 400, "count": 2}


@pytest.fixture
def cashier(pos, nodes, monkeypatch) -> APIClient:
    clock(monkeypatch, NOW)
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))  # this transaction is still open
    return till(pos, organization=nodes["s1"])


@pytest.fixture
def reward(nodes, cashier, account) -> Reward:
    purses.book(code="club", organization=nodes["g"])
    published(nodes["g"], giving(POINTS))
    sold(cashier, account=account)
    return Reward.objects.get()


BREAKS = [
    ({"state": "due"}, "cannot become due"),
    ({"state": "missed"}, "cannot become missed"),
    ({"amount": 51}, "stays as it was promised"),
    ({"what": "other"}, "stays as it was promised"),
    ({"back": 51}, "reward_back_within_its_whole"),
    ({"short": -1}, "reward_back_within_its_whole"),
    ({"given_at": None}, "reward_given_once"),
    ({"ended_at": NOW}, "reward_ended"),
    ({"state": "withdrawn"}, "reward_ended"),
]


@pytest.mark.parametrize(("change", "said"), BREAKS)
def test_what_was_given_only_comes_back(reward, change, said):
    with pytest.raises(IntegrityError, match=said), transaction.atomic():
        Reward.objects.filter(pk=reward.pk).update(**change)


def test_what_was_promised_is_kept_and_once(reward):
    with pytest.raises(IntegrityError, match="is kept"), transaction.atomic():
        Reward.objects.filter(pk=reward.pk).delete()
    reward.pk = None
    with pytest.raises(IntegrityError, match="reward_once"), transaction.atomic():
        reward.save(force_insert=True)
    reward.offer, reward.kind = "OTHER", "love"
    with pytest.raises(IntegrityError, match="reward_kind_known"), transaction.atomic():
        reward.save(force_insert=True)
    reward.kind, reward.state, reward.given, reward.given_at, reward.ended_at = (
        "points",
        "missed",
        0,
        None,
        NOW,
    )
    with pytest.raises(IntegrityError, match="reward_missed_for_a_reason"), transaction.atomic():
        reward.save(force_insert=True)


def test_what_is_back_does_not_go_out_again(reward):
    take_back({1: 1})
    with pytest.raises(IntegrityError, match="stays as it was promised"), transaction.atomic():
        Reward.objects.filter(pk=reward.pk).update(back=0)


def test_a_packet_is_drawn_once_and_holds_what_it_held(nodes, cashier, account):
    purses.book(code="red", organization=nodes["g"], kind="red_packet", unit="CNY", scale=2)
    published(nodes["g"], giving(PACKETS))
    sold(cashier, account=account)
    sold(cashier, account=account, number="N2")
    first, second = Packet.objects.order_by("number")
    for change in ({"amount": 1}, {"reward": second.reward}, {"number": 9}):
        with pytest.raises(IntegrityError, match="drawn by one sale"), transaction.atomic():
            Packet.objects.filter(pk=first.pk).update(**change)
    with pytest.raises(IntegrityError, match="drawn by one sale"), transaction.atomic():
        Packet.objects.filter(pk=first.pk).delete()
    for number, amount, said in ((1, 1, "packet_once"), (3, 0, "packet_holds_something")):
        with pytest.raises(IntegrityError, match=said), transaction.atomic():
            Packet.objects.create(offer=first.offer, version=first.version, number=number, amount=amount)


@pytest.mark.requirement("CMP-039")
def test_a_gift_counts_in_no_rfm_no_sums_and_earns_nothing(nodes, cashier, account):
    programme = Programme.objects.create(organization=nodes["g"], name="Club")
    book = purses.book(code="club", organization=nodes["g"])
    rules = [plans.rule(book, 1), plans.rule(book, fixed=7)]
    plans.published(programme, rules=rules, starts_at=NOW - 1000 * DAY)
    published(nodes["g"], giving(ARTICLE))
    sold(cashier, account=account)
    assert Order.objects.filter(reward=True).count() == 1
    model = Rfm(bounds=Bounds(recency=50, frequency=2, monetary=1_000))
    [found] = rfm.scores(node=nodes["g"], as_of=NOW + DAY, members=[account.member_id], model=model)
    assert (found.frequency, found.monetary) == (1, 300)
    [bought] = histories.bought(member=account.member, reach=scopes.EVERYTHING)
    assert (bought.orders, bought.amount) == (1, 300)
    earning.settle_everything(now=NOW)
    assert list(Posting.objects.values_list("order_key", flat=True).distinct()) == ["N1"]
    assert Membership.objects.count() == 1
