"""Pools by hand: what is left of a line when another offer has used a part of it."""

from tests.campaigns.offers.making import basket, cash, offer, percentage, quote, verdict
from tests.campaigns.offers.test_best import agrees


def test_a_later_offer_of_the_pool_finds_the_piece_that_is_left_at_its_own_price():
    half = offer("A", {"kind": "pieces", "buy": 2, "off": 5000}, limits={"pool": "p"})
    ten = percentage("B", 1000, limits={"pool": "p", "stack": 2})
    of = basket({"unit_price": 10000, "quantity": 3})
    assert [(use.offer, use.discount) for use in quote(of, half, ten).uses] == [("A", 5000), ("B", 1000)]
    agrees(of, [half, ten])


def test_an_offer_outside_the_pool_finds_the_whole_line():
    half = offer("A", {"kind": "pieces", "buy": 2, "off": 5000}, limits={"pool": "p"})
    ten = percentage("B", 1000, limits={"stack": 2})
    assert quote(basket({"unit_price": 10000, "quantity": 3}), half, ten).total == 22500


def test_a_threshold_is_safe_only_as_long_as_no_other_takes_its_pieces():
    offers = [
        percentage("A", 1200, goods={"skus": ["X"]}, limits={"pool": "p"}),
        percentage("B", 1000, goods={"skus": ["Y"]}),
        cash("C", 1500, 10000, limits={"pool": "p", "stack": 2}),
    ]
    of = basket({"unit_price": 10000, "sku": "X"}, {"unit_price": 10000, "sku": "Y"})
    answer = quote(of, *offers)
    assert [use.offer for use in answer.uses] == ["A", "C"]
    assert verdict(answer, "B").state == "beaten"
    agrees(of, offers)


def test_of_two_price_actions_each_piece_gets_the_better_one():
    offers = [
        percentage("A", 2000, goods={"categories": ["K"]}, limits={"pool": "p"}),
        percentage("B", 1500, goods={"brands": ["P"]}, limits={"pool": "p"}),
    ]
    of = basket(
        {"unit_price": 10000, "category": "K", "brand": "P"},
        {"unit_price": 10000, "category": "K"},
        {"unit_price": 10000, "brand": "P"},
    )
    assert [line.net for line in quote(of, *offers).lines] == [8000, 8000, 8500]
    agrees(of, offers)
