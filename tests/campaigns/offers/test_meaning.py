"""What the search relies on: an offer never gains more later than earlier, sums are exact, nothing falls below 0."""

import sys

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.offers import amounts, candidates, compiling, groups, meaning, pricing, reading, states
from campaigns.offers.basket import Basket
from tests.campaigns.offers import oracle, small
from tests.campaigns.offers.making import basket, offer, percentage, quote

MANY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@MANY
@given(small.cases(most_lines=4, most_offers=6), st.data())
def test_no_offer_gains_more_in_a_later_state(case, data):
    of, offers = case
    compiled = compiling.compile(offers)
    first = states.beginning(candidates.goods_of(of).amounts)
    found = candidates.find(compiled, of, candidates.goods_of(of), first, [None] * len(offers))
    state, left = first, [candidate for candidate, _done in found]
    most = {candidate: done.gain for candidate, done in found}
    while left:
        taken = data.draw(st.sampled_from(left))
        left = [each for each in left if each is not taken and each.rule.stack >= taken.rule.stack]
        done = meaning.effect(taken, state)
        if done:
            state = states.apply(taken, state, done)
        for each in left:
            if each.rule.stack > taken.rule.stack:
                gain = getattr(meaning.effect(each, states.next_step(state)), "gain", 0)
            else:
                unclipped = states.State(state.start, state.start, state)
                gain = getattr(meaning.effect(each, unclipped), "gain", 0)
            assert gain <= most[each]
            most[each] = gain
        if left and min(each.rule.stack for each in left) > taken.rule.stack:
            state = states.next_step(state)


@MANY
@given(small.cases(most_lines=6, most_offers=7))
def test_every_cent_of_a_line_is_told_and_none_falls_below_zero(case):
    of, offers = case
    answer = pricing.quote(of, compiling.compile(offers))
    for line in answer.lines:
        assert line.net >= 0
        assert line.list == line.net + sum(part.amount for part in line.parts)
        assert all(part.amount > 0 for part in line.parts)
    assert answer.total_list - answer.discount == answer.total
    assert answer.discount == sum(use.discount for use in answer.uses)
    assert answer.gain == sum(use.discount + use.worth for use in answer.uses)
    assert {verdict.offer for verdict in answer.verdicts} == {each.code for each in offers}
    applied = {verdict.offer: verdict for verdict in answer.verdicts if verdict.state == "applied"}
    assert set(applied) == {use.offer for use in answer.uses}
    for use in answer.uses:
        steps = applied[use.offer].steps
        assert sum(share.amount for share in steps.shares) == use.discount
    for reward in answer.rewards:
        assert sum(share.amount for share in reward.shares) == (reward.base or reward.most or reward.amount)
    assert reading.quote(reading.text(answer)) == answer


@MANY
@given(small.cases(most_lines=5, most_offers=6), st.data())
def test_the_order_in_which_lines_and_offers_are_told_changes_nothing(case, data):
    of, offers = case
    told = reading.to_builtins(of)
    told |= {name: data.draw(st.permutations(told[name])) for name in ("lines", "coupons") if name in told}
    answer = pricing.quote(of, compiling.compile(offers))
    shuffled = compiling.compile(data.draw(st.permutations(offers)))
    assert reading.text(pricing.quote(reading.from_builtins(told, Basket), shuffled)) == reading.text(answer)


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**7), min_size=1, max_size=30).filter(any))
def test_shares_by_the_largest_remainder(total, weights):
    shares = amounts.apportion(total, weights)
    assert sum(shares) == total
    assert shares == list(oracle.share(total, dict(enumerate(weights))).values())
    if total <= sum(weights):
        assert all(share <= weight for share, weight in zip(shares, weights, strict=True))


def test_a_sum_over_three_equal_lines():
    assert amounts.apportion(5000, [1, 1, 1]) == [1667, 1667, 1666]


@given(
    st.lists(st.tuples(st.integers(0, 999), st.integers(1, 9)), min_size=1, max_size=6),
    st.integers(1, 5),
    st.data(),
)
def test_groups_by_runs_are_groups_by_pieces(lines, buy, data):
    cheapest, times = data.draw(st.integers(1, buy)), data.draw(st.integers(1, 9))
    worths, counts = [price * count for price, count in lines], [count * 1000 for _price, count in lines]
    pieces = sorted((price for price, count in lines for _piece in range(count)), reverse=True)
    sets = [pieces[i : i + buy] for i in range(0, len(pieces) - buy + 1, buy)][:times]
    total, number, _used = groups.cheapest_off(
        worths, counts, counts, buy=buy, cheapest=cheapest, off=10_000, times=times
    )
    assert (total, number) == (sum(sum(each[buy - cheapest :]) for each in sets), len(sets))
    amount = data.draw(st.integers(0, 3000))
    total, _number, _used = groups.for_price(worths, counts, counts, pieces=buy, amount=amount, times=times)
    assert total == sum(max(0, sum(each) - amount) for each in sets)


def test_six_thousand_pieces_cost_what_one_costs():
    offers = [
        percentage("A", 1000, limits={"stack": 2}),
        offer("B", {"kind": "pieces", "buy": 2, "off": 5000}, limits={"pool": "p"}),
        offer("C", {"kind": "price", "pieces": 3, "amount": 20000}, limits={"pool": "p"}),
    ]
    few, many = (basket({"unit_price": 9900, "quantity": count}, 500) for count in (6, 6000))
    assert calls(lambda: quote(many, *offers)) <= calls(lambda: quote(few, *offers)) * 11 // 10
    assert quote(many, *offers).lines[0].list == 6000 * 9900


def calls(what) -> int:
    """How many functions are called; unlike time it does not depend on the machine."""
    what()
    count = 0

    def counted(_frame, event, _what) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        what()
    finally:
        sys.setprofile(None)
    return count
