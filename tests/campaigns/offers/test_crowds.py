"""Where the work does not suffice for a proof the answer says so, and its bound is true; and it comes at once."""

import random
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks import offers_made
from campaigns.offers import best, compiling, pricing, reading
from campaigns.offers.offer import Offer
from tests.campaigns.offers import oracle, small
from tests.campaigns.offers.making import basket, cash, offer, percentage, quote

MANY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@MANY
@given(small.cases(), st.integers(0, 12), st.integers(1, 3))
def test_bound_and_proof_are_true_however_little_is_looked_at(case, nodes, crowd):
    of, offers = case
    kept = best.CROWD
    try:
        best.CROWD = crowd
        answer = pricing.quote(of, compiling.compile(offers), nodes=nodes)
    finally:
        best.CROWD = kept
    key, _codes, _till = oracle.best(of, offers)
    assert answer.gain <= key[0] <= answer.bound
    assert answer.proven == (answer.gain == answer.bound)


def crowd(count: int) -> list[Offer]:
    """Overlapping price actions of one pool: category percentages, thresholds, multibuys."""
    drawn = random.Random(1)
    return [_action(f"{number:03}", number % 3, drawn) for number in range(count)]


def _action(code: str, kind: int, drawn: random.Random) -> Offer:
    goods = {"categories": drawn.sample("ABCDEFGHIJ", drawn.randint(1, 4))}
    more = {"goods": goods, "limits": {"pool": "price"}}
    if kind == 0:
        return percentage(code, drawn.choice([500, 1000, 1500]), **more)
    if kind == 1:
        return cash(code, drawn.choice([500, 1500]), 9900, **more)
    return offer(code, {"kind": "pieces", "buy": 2, "off": 5000}, **more)


def test_two_hundred_offers_that_exclude_each_other_piece_by_piece():
    drawn = random.Random(2)
    lines = [
        {"unit_price": drawn.choice([990, 5900, 9900]), "category": drawn.choice("ABCDEFGHIJ")}
        for _ in range(20)
    ]
    answer = quote(basket(*lines), *crowd(200))
    assert answer.bound >= answer.gain > sum(line.list for line in answer.lines) // 10
    assert answer.nodes < 1500
    assert reading.text(answer) == reading.text(quote(basket(*lines), *crowd(200)))


def test_of_two_hundred_of_one_group_the_best_is_proved():
    answer = quote(
        basket(10000), *(percentage(f"{off}", off, limits={"groups": ["g"]}) for off in range(1000, 1200))
    )
    assert answer.proven
    assert [use.offer for use in answer.uses] == ["1199"]


@pytest.mark.parametrize(("lines", "count", "coupons", "most"), [(20, 200, 0, 20), (100, 500, 5, 150)])
def test_rule_sets_of_a_retailer_are_answered_at_once(lines, count, coupons, most):
    """``most`` milliseconds of CPU, many times what a quiet machine takes; benchmarks/ has the figures."""
    compiled = compiling.compile(offers_made.offers(count=count, seed=3))
    baskets = [offers_made.basket(lines=lines, offers=count, seed=seed, coupons=coupons) for seed in range(5)]
    begin = time.process_time_ns()
    answers = [pricing.quote(each, compiled) for each in baskets]
    assert (time.process_time_ns() - begin) // 5 < most * 10**6
    assert all(len(answer.verdicts) == count and answer.uses for answer in answers)
