"""A search that is cut off still answers at least as well as taking one offer after the other."""

from hypothesis import given, settings

from campaigns.offers import candidates, compiling, meaning, pricing, states
from campaigns.offers.basket import Basket
from campaigns.offers.compiling import Compiled
from tests.campaigns.offers.small import cases


def in_order(basket: Basket, compiled: Compiled) -> int:
    """Gain of taking each offer that does something, in the order of steps and codes."""
    goods = candidates.goods_of(basket)
    state = states.beginning(goods.amounts)
    found = candidates.find(compiled, basket, goods, state, [None] * len(compiled.rules))
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
    basket, offers = case
    compiled = compiling.compile(offers)
    assert pricing.quote(basket, compiled, nodes=1).gain >= in_order(basket, compiled)
