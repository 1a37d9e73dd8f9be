"""A search that is cut off still answers at least as well as taking one offer after the other."""

from hypothesis import given, settings

from campaigns.offers import candidates, compiling, meaning, pricing, states
from campaigns.offers.basket import Basket
from campaigns.offers.compiling import Compiled
from tests.campaigns.offers.making import basket, offer, quote
from tests.campaigns.offers.small import cases


def in_order(of: Basket, compiled: Compiled) -> int:
    """Gain of taking each offer that does something, in the order of steps and codes."""
    goods = candidates.goods_of(of)
    state = states.beginning(goods.amounts)
    found = candidates.find(compiled, of, goods, state, [None] * len(compiled.rules))
    gain, stack, groups = 0, 0, frozenset()
    for candidate, _done in sorted(found, key=lambda each: each[0].rule.index):
        rule = candidate.rule
        if rule.alone or rule.groups & groups:
            continue
        if rule.stack != stack:
            stack, state = rule.stack, states.next_step(state)
        if done := meaning.effect(candidate, state):
            gain, state, groups = gain + done.gain, states.apply(candidate, state, done), groups | rule.groups
    return gain


@settings(max_examples=150, deadline=None)
@given(cases(most_lines=4, most_offers=8, pools=("pool", "pool", "")))
def test_a_search_that_is_cut_off_is_never_worse_than_one_after_the_other(case):
    of, offers = case
    compiled = compiling.compile(offers)
    assert pricing.quote(of, compiled, nodes=1).gain >= in_order(of, compiled)


LINES = [("a", 900, 3), ("b", 1500, 2), ("c", 39900, 2), ("d", 900, 2), ("e", 900, 2)]
ALL = ["a", "b", "c", "d", "e"]
FORMS = [
    ({"kind": "percentage", "off": 3000}, ALL),
    ({"kind": "price", "pieces": 3, "amount": 1800}, ["d"]),
    ({"kind": "per_piece", "amount": 1000}, ALL),
    ({"kind": "price", "pieces": 2, "amount": 1600}, ["a", "e"]),
    ({"kind": "price", "pieces": 2, "amount": 1400}, ["d"]),
    ({"kind": "price", "pieces": 2, "amount": 1600}, ["d"]),
    ({"kind": "per_piece", "amount": 200}, ["a", "d", "e"]),
    ({"kind": "percentage", "off": 1000}, ALL),
]


def test_thirty_per_cent_of_everything_is_not_missed():
    once = {"pool": "price", "most_times": 1}
    offers = [
        offer(f"OFFER-{number}", form, goods={"skus": skus}, limits=once)
        for number, (form, skus) in enumerate(FORMS)
    ]
    bought = basket(*({"sku": sku, "unit_price": price, "quantity": count} for sku, price, count in LINES))
    for nodes in (1, 50, 160):
        assert quote(bought, *offers, nodes=nodes).discount >= 26730
