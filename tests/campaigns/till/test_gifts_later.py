"""Goods that are given once the others were received come by the piece, whatever came back before."""

from decimal import Decimal

import pytest

from campaigns.models import Reward
from members.models import OrderLine
from members.models.event import SettledBefore
from tests.campaigns import pots
from tests.campaigns.till.pricing import line
from tests.campaigns.till.returns import problem, sell, take, taken
from tests.campaigns.till.rewards import ARTICLE, complete, followed, giving, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def money(nodes):
    return pots.budget(organization=nodes["g"], amount=100)


@pytest.fixture
def came(cashier, nodes, account, pos, money, monkeypatch):
    """Three pieces were sold, some came back, then the others were received and the gifts came."""
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))  # this transaction is still open

    def come(*, gifts: Decimal | int, back: int) -> Decimal:
        form = ARTICLE | {"quantity": int(gifts * 1000)}
        later = {"execution": "return", "after": "received", "shares": {money: 10_000}}
        published(nodes["g"], giving(form, **later))
        sell(cashier, line(1, "100.00", quantity="3"), pay="300.00", oneid=account.member.oneid)
        taken(cashier, {1: str(back)}, number="R0", key="r0")
        complete(pos)
        followed()
        return OrderLine.objects.get(order__reward=True).quantity

    return come


def spent(money) -> int:
    return pots.standing(money)[2]


def test_with_a_third_of_the_goods_back_one_gift_is_one_gift(cashier, came, money):
    assert came(gifts=1, back=1) == 1
    assert (Reward.objects.get().given, spent(money)) == (1_000, 1_000)
    [kept] = taken(cashier, {1: "2"})["kept"]
    assert kept["quantity"] == "1"
    assert taken(cashier, {2: "1"}, number="R2", key="r2")["refund"] == "0.00"
    assert spent(money) == 0


def test_with_two_thirds_back_one_of_two_gifts_comes_and_can_come_back(cashier, came, money):
    assert came(gifts=2, back=2) == 1
    assert (Reward.objects.get().given, spent(money)) == (1_000, 500)
    assert problem(take(cashier, {2: "2"}))[0] in (409, 422)
    back = taken(cashier, {1: "1", 2: "1"})
    assert (back["refund"], back["kept"], spent(money)) == ("100.00", [], 0)
    assert Reward.objects.get().state == "withdrawn"


def test_goods_by_weight_come_in_any_part(came):
    assert came(gifts=Decimal("0.5"), back=1) == Decimal("0.334")
