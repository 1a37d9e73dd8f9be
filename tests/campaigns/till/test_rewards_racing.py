"""Rewards at once: the last packet, the last coupon, tills that wait for the same wallets; and workers that are killed."""

import itertools

import pytest

from campaigns.actions.till import following
from campaigns.models import Coupon, Packet, Reward, TillOrder
from members.actions import points
from members.models import Order, Posting
from tests import factories
from tests.campaigns import pots, vouchers
from tests.campaigns.offering import DAY, NOW
from tests.campaigns.till.pricing import basket, clock, till
from tests.campaigns.till.returns import taken
from tests.campaigns.till.rewards import ARTICLE, POINTS, complete, giving, published, sold
from tests.connections import at_once
from tests.killing import killed_before
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db(transaction=True)
FIFTY = {"kind": "voucher", "template": "FIFTY", "worth": 5_000}
MOST = 120  # statements


class House:
    def __init__(self, monkeypatch) -> None:
        clock(monkeypatch, NOW)
        self.nodes = factories.tree()
        self.pos = factories.channel(organization=self.nodes["s1"], code="pos", kind="pos")
        self.cashier = till(self.pos, organization=self.nodes["s1"])
        self.top = self.nodes["g"]

    def account(self):
        return factories.account(channel=self.pos)

    def hold(self, number: str, account, **more) -> None:
        body = {"key": f"hold-{number}", "basket": basket("300.00", oneid=account.member.oneid), **more}
        assert self.cashier.post(f"/api/v1/pos/orders/s1/{number}/hold", body).status_code == 200

    def commit(self, number: str, account, *, pay: str = "300.00", **more) -> tuple[int, list[dict]]:
        """What is held as it is held."""
        body = {"key": number, "payments": [{"method": "cash", "amount": pay}]}
        if not TillOrder.objects.filter(number=number, state="held").exists():
            body |= {"basket": basket("300.00", oneid=account.member.oneid), **more}
        answer = self.cashier.post(f"/api/v1/pos/orders/s1/{number}/commit", body)
        return answer.status_code, answer.json().get("rewards", [])


@pytest.fixture
def house(monkeypatch):
    return House(monkeypatch)


def test_two_tills_and_one_packet_left(house):
    purses.book(code="red", organization=house.top, kind="red_packet", unit="CNY", scale=2)
    form = {"kind": "packet", "least": 1, "most": 200, "total": 200, "count": 1}
    published(house.top, giving(form))
    people = [house.account() for _each in range(3)]
    found = at_once(*(lambda n=n, each=each: house.commit(f"N{n}", each) for n, each in enumerate(people)))
    assert [status for status, _told in found] == [200, 200, 200]
    assert sorted(len(told) for _status, told in found) == [0, 0, 1]
    assert Packet.objects.get().reward == Reward.objects.get()


def test_two_tills_and_one_coupon_left(house):
    template = vouchers.template(organization=house.top, code="FIFTY", quota=1)
    published(house.top, giving(FIFTY))
    people = [house.account() for _each in range(3)]
    found = at_once(*(lambda n=n, each=each: house.commit(f"N{n}", each) for n, each in enumerate(people)))
    assert sorted((status, len(told)) for status, told in found) == [(200, 0), (200, 0), (200, 1)]
    assert (Coupon.objects.count(), vouchers.standing(template)) == (1, (1, 0))


def test_one_person_at_two_tills_gets_no_more_coupons_than_one_may_have(house):
    vouchers.template(organization=house.top, code="FIFTY", per_person=1)
    published(house.top, giving(FIFTY))
    person = house.account()
    found = at_once(*(lambda n=n: house.commit(n, person) for n in ("N1", "N2")))
    assert sorted((status, len(told)) for status, told in found) == [(200, 0), (200, 1)]
    assert Coupon.objects.count() == 1


def test_tills_that_write_the_same_wallets_never_wait_for_each_other(house):
    """One member earns and spends the points that another sale gives, and one budget pays for all of it."""
    account = house.account()
    card = purses.book(
        code="card", organization=house.top, kind="stored_value_principal", unit="CNY", scale=2
    )
    points.earn(account=account, book=card, amount=1_000, key="e", now=NOW)
    slides = {"expiry": "sliding", "expiry_months": 12}
    club = purses.book(code="club", organization=house.top, **slides)
    red = purses.book(code="red", organization=house.top, kind="red_packet", unit="CNY", scale=2, **slides)
    points.earn(account=account, book=club, amount=1, key="c", now=NOW)  # so its wallet comes first
    points.earn(account=account, book=red, amount=1_000, key="r", now=NOW)
    money = pots.budget(organization=house.top, amount=1_000)  # its pot's wallet comes behind the member's
    shares = {"shares": {money: 10_000}}
    published(house.top, giving(POINTS, **shares), giving({"kind": "cash", "amount": 100}, **shares))
    ways = itertools.cycle(
        [{}, {"pays": [{"book": "card", "amount": "1"}]}, {"pays": [{"book": "red", "amount": "1"}]}]
    )

    def sales(name: str, count: int) -> list[int]:
        done = []
        for number, more in zip(range(count), ways, strict=False):
            pay = "299.00" if more else "300.00"
            if number % 2:
                house.hold(f"{name}{number}", account, **more)
            done.append(house.commit(f"{name}{number}", account, pay=pay, **more)[0])
        return done

    found = at_once(*(lambda name=name: sales(name, 12) for name in "ABCD"))
    assert found == [[200] * 12] * 4
    assert Reward.objects.filter(state="given").count() == 96
    assert pots.standing(money)[1:3] == (0, 48 * 150)
    assert purses.faults() == []


def test_workers_at_once_give_each_reward_once(house):
    vouchers.template(organization=house.top, code="FIFTY", per_person=None)
    published(house.top, giving(FIFTY, execution="return", after="received"))
    for number in range(6):
        sold(house.cashier, account=house.account(), number=f"N{number}")
        complete(house.pos, f"N{number}")
    while following.follow(now=NOW):
        pass
    at_once(*[lambda: [following.give_due(now=NOW, batch=2) for _each in range(6)]] * 3)
    while following.give_due(now=NOW):
        pass
    assert (Coupon.objects.count(), Reward.objects.filter(state="given").count()) == (6, 6)


def test_a_return_and_the_worker_that_gives_leave_nothing_behind(house):
    """Either it is given and taken back, or never given."""
    account = house.account()
    club = purses.book(code="club", organization=house.top)
    vouchers.template(organization=house.top, code="FIFTY", per_person=None)
    later = {"execution": "return", "after": "paid"}
    published(house.top, giving(POINTS, **later, after_days=1), giving(FIFTY, **later, after_days=1))
    for number in range(8):
        sold(house.cashier, account=account, number=f"N{number}")
        at_once(
            lambda: following.give_due(now=NOW + DAY),
            lambda number=number: taken(
                house.cashier, {1: "1"}, order=f"N{number}", number=f"R{number}", key=f"r{number}"
            ),
        )
        following.give_due(now=NOW + DAY)
    assert set(Reward.objects.values_list("state", "given", "short")) == {("withdrawn", 0, 0)}
    assert purses.available(account, club) == 0
    assert not Coupon.objects.exclude(state="withdrawn").exists()
    assert purses.faults() == []


def test_a_worker_killed_between_any_two_statements_gives_everything_once(house):
    """Coupons, points, packets, goods."""
    vouchers.template(organization=house.top, code="FIFTY", per_person=None)
    club = purses.book(code="club", organization=house.top)
    red = purses.book(code="red", organization=house.top, kind="red_packet", unit="CNY", scale=2)
    later = {"execution": "return", "after": "received"}
    forms = (FIFTY, POINTS, {"kind": "cash", "amount": 100}, ARTICLE)
    published(house.top, *(giving(form, **later) for form in forms))
    account = house.account()
    sold(house.cashier, account=account)
    complete(house.pos)

    def work() -> None:
        while following.follow(now=NOW):
            pass
        while following.give_due(now=NOW):
            pass

    killed = next(number for number in range(1, MOST) if not killed_before(number, work))
    assert killed > 5
    assert list(Reward.objects.values_list("state", flat=True)) == ["given"] * 4
    assert (Coupon.objects.count(), Order.objects.filter(reward=True).count()) == (1, 1)
    assert (purses.available(account, club), purses.available(account, red)) == (50, 1)
    assert Posting.objects.filter(verb="earn").count() == 2
