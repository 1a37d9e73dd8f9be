"""How what is taken off and what is given falls on the lines where there is almost nothing to share by, to the last unit."""

import pytest

from tests.campaigns.offers.making import POINTS, basket, cash, offer, quote
from tests.campaigns.offers.test_best import agrees

IN = {"pool": "p"}


def test_half_pieces_that_are_left_and_worth_less_than_a_unit_each():
    """Two pieces for 1 take a whole one of each line; what is left has no base, and still costs something."""
    two = offer("A", {"kind": "price", "pieces": 2, "amount": 1}, limits=IN)
    one = cash("B", 1, limits=IN)
    of = basket(*[{"unit_price": 1, "quantity": 1.5}] * 2)
    answer = quote(of, two, one)
    assert [(use.offer, use.discount) for use in answer.uses] == [("A", 1), ("B", 1)]
    assert [[(part.offer, part.amount) for part in line.parts] for line in answer.lines] == [
        [("A", 1)],
        [("B", 1)],
    ]
    assert (answer.total_list, answer.discount, answer.total) == (4, 2, 2)
    agrees(of, [two, one])


def test_what_comes_with_goods_for_nothing_hangs_on_each_line_alike():
    of = basket(0, 0, 0, buyer={})
    (given,) = quote(of, offer("A", POINTS, execution="add")).rewards
    assert [(share.number, share.amount) for share in given.shares] == [(1, 17), (2, 17), (3, 16)]


def test_goods_at_a_price_cost_half_a_unit_more_not_less():
    form = {"kind": "goods", "skus": ["X"], "quantity": 1500, "price": 33, "worth": 100}
    answer = quote(basket(1000, chosen={"A": "X"}), offer("A", form, execution="exchange"))
    assert (answer.exchanges[0].amount, answer.total) == (50, 1050)


@pytest.mark.parametrize(
    ("form", "enough"),
    [({"total": 1000, "count": 10}, 100), ({}, 500)],
    ids=["divided beforehand, its mean", "drawn, the greatest"],
)
def test_a_budget_pays_for_a_packet(form, enough):
    packet = offer("A", {"kind": "packet", "least": 1, "most": 500, **form}, execution="add")
    given = [
        [use.offer for use in quote(basket(1000, buyer={}, left={"A": left}), packet).uses]
        for left in (enough - 1, enough)
    ]
    assert given == [[], ["A"]]
