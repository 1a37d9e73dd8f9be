"""An answer whose verdicts are asked of some offers only: the same answer, with those verdicts."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.offers import compiling, pricing
from tests.campaigns.offers.small import cases


@settings(deadline=None)
@given(cases(most_offers=8), st.sets(st.integers(0, 7)))
def test_the_answer_is_the_same(case, places):
    basket, offers = case
    compiled = compiling.compile(offers)
    codes = {rule.code for rule in compiled.rules if rule.index in places}
    whole = pricing.quote(basket, compiled)
    some = pricing.quote(basket, compiled, about=compiled.mask(codes))
    expected = tuple(each for each in whole.verdicts if each.offer in codes)
    assert some == msgspec.structs.replace(whole, verdicts=expected)
