"""Parts of a return add up to the whole, however it is parted."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.offers import returning
from tests.campaigns.offers import small
from tests.campaigns.offers.making import GIFT, POINTS, basket, cash, offer, quote
from tests.campaigns.offers.test_best import answer


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(small.cases(), st.data())
def test_any_parting_of_a_return_gives_back_the_whole(case, data):
    sold = answer(*case)
    left, before, total = {number: line.quantity for number, line in returning.lines(sold).items()}, {}, 0
    costs: Counter[str] = Counter()
    uses: list[str] = []
    rewards: dict[tuple[str, str], int] = {}
    parts: dict[tuple[int, str], int] = {}
    coupons: list[str] = []
    while left:
        number = data.draw(st.sampled_from(sorted(left)))
        count = data.draw(st.integers(1, left[number]))
        back = returning.refund(sold=sold, before=before, now={number: count})
        before[number] = before.get(number, 0) + count
        left[number] -= count
        left = {number: rest for number, rest in left.items() if rest}
        total += back.total
        coupons += back.coupons
        uses += back.uses
        costs.update({part.offer: part.amount for part in back.costs})
        for each in back.rewards:
            rewards[each.offer, each.kind] = rewards.get((each.offer, each.kind), 0) + each.amount
        for line in back.lines:
            for part in line.parts:
                parts[line.number, part.offer] = parts.get((line.number, part.offer), 0) + part.amount
    assert total == sold.total
    assert sorted(uses) == sorted(use.offer for use in sold.uses)
    assert costs == {use.offer: use.discount + use.worth for use in sold.uses}
    assert parts == {(line.number, part.offer): part.amount for line in sold.lines for part in line.parts}
    given_out = {
        (reward.offer, reward.kind): reward.base or reward.most or reward.amount for reward in sold.rewards
    }
    given_out |= {(each.offer, "goods"): each.quantity for each in (*sold.gifts, *sold.exchanges)}
    assert rewards == given_out
    assert sorted(coupons) == sorted(code for use in sold.uses for code in use.coupons)


def test_a_third_of_three_pieces_for_100():
    sold = quote(basket({"unit_price": 5000, "quantity": 3}), cash("A", 5000))
    refunds = [
        returning.refund(sold=sold, before={1: before}, now={1: 1000}).total for before in (0, 1000, 2000)
    ]
    assert refunds == [3333, 3333, 3334]


def test_points_go_back_with_the_line_that_brought_them():
    sold = quote(basket(10000, 20000, buyer={}), offer("A", POINTS, execution="add"))
    (back,) = returning.refund(sold=sold, before={}, now={2: 1000}).rewards
    assert (back.amount, back.whole) == (33, False)
    (rest,) = returning.refund(sold=sold, before={2: 1000}, now={1: 1000}).rewards
    assert (rest.amount, rest.whole) == (17, True)


def test_an_offer_is_used_until_its_gift_is_back_too():
    sold = quote(basket(10000), offer("A", GIFT, execution="add"))
    assert [(number, extra.sku) for number, extra in returning.numbered(sold)] == [(2, "GIFT")]
    goods = returning.refund(sold=sold, before={}, now={1: 1000})
    assert (goods.total, goods.uses, goods.costs) == (10000, (), ())
    assert [(each.kind, each.amount, each.whole) for each in goods.rewards] == [("goods", 1000, True)]
    gift = returning.refund(sold=sold, before={1: 1000}, now={2: 1000})
    assert (gift.total, gift.uses, gift.costs[0].amount) == (0, ("A",), sold.uses[0].worth)


def test_a_gift_that_was_never_handed_over_falls_with_the_goods():
    sold = quote(basket(10000), offer("A", GIFT, execution="return"))
    back = returning.refund(sold=sold, before={}, now={1: 1000}, handed={"A": 0})
    assert (back.uses, back.costs[0].amount) == (("A",), sold.uses[0].worth)
    with pytest.raises(returning.NotSold):
        returning.refund(sold=sold, before={}, now={2: 1000}, handed={"A": 0})


@pytest.mark.parametrize(
    ("before", "now", "left"),
    [
        ({}, {1: 1001}, 1000),
        ({1: 1000}, {1: 1}, 0),
        ({1: 2000}, {1: 1}, 0),
        ({}, {2: 1}, 0),
        ({}, {1: 0}, 1000),
    ],
)
def test_more_than_was_sold_does_not_come_back(before, now, left):
    with pytest.raises(returning.NotSold, match="can still come back") as refused:
        returning.refund(sold=quote(basket(5000)), before=before, now=now)
    assert refused.value.left == left
