"""The search against all subsets in all allowed orders, told by tests/campaigns/offers/oracle.py."""

from hypothesis import HealthCheck, given, settings

from campaigns.offers import compiling, pricing
from tests.campaigns.offers import oracle, small

PLENTY = 10**6


def answer(basket, offers, nodes=PLENTY):
    return pricing.quote(basket, compiling.compile(offers), nodes=nodes)


def agrees(basket, offers) -> None:
    quote = answer(basket, offers)
    key, codes, till = oracle.best(basket, offers)
    coupons = sum(len(use.coupons) for use in quote.uses)
    assert (quote.gain, quote.discount, -coupons, -len(quote.uses)) == key
    assert tuple(use.offer for use in quote.uses) == codes
    assert {line.number: line.net for line in quote.lines} == till.net
    assert quote.proven
    assert quote.bound == quote.gain


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(small.cases())
def test_the_answer_is_the_best_of_all_sequences(case):
    agrees(*case)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(small.cases(most_lines=3, most_offers=5, steps=1))
def test_the_answer_is_the_best_of_all_orders_of_one_step(case):
    agrees(*case)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(small.cases(most_lines=4, most_offers=4, steps=2, pools=("pool",)))
def test_the_answer_is_the_best_where_all_offers_share_a_pool(case):
    agrees(*case)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(small.cases(most_lines=2, most_offers=5, steps=3, pools=("", "", "", "pool")))
def test_the_answer_is_the_best_where_many_offers_meet_on_two_lines(case):
    agrees(*case)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    small.cases(most_lines=2, steps=2, pools=("",), kinds=["cash", "per_piece", "percentage"], reducing=True)
)
def test_the_answer_is_the_best_where_lines_come_to_nothing(case):
    agrees(*case)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    small.cases(
        most_lines=2,
        pools=("pool", "pool", ""),
        kinds=["pieces", "price", "percentage", "cash"],
        reducing=True,
    )
)
def test_the_answer_is_the_best_where_pieces_are_used_up_step_by_step(case):
    agrees(*case)
