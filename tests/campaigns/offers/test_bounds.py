"""What the search leaves out holds nothing better: cases in which a bound that is a little too low, or a tie, would decide wrongly."""

from campaigns.offers import bounds, candidates, compiling, states
from tests.campaigns.offers.making import basket, cash, offer, percentage, quote
from tests.campaigns.offers.test_best import agrees

IN = {"pool": "p"}


def sold(of, *offers) -> tuple[int, list[str]]:
    answer = quote(of, *offers)
    agrees(of, list(offers))
    return answer.discount, [use.offer for use in answer.uses]


def test_what_is_put_off_may_come_after_one_that_leaves_it_a_piece():
    """B first takes all four pieces; after A, which takes three, it still has the fourth."""
    every_third = offer("A", {"kind": "pieces", "buy": 3, "off": 10_000}, limits=IN)
    thirty = percentage("B", 3000, limits=IN)
    of = basket({"unit_price": 1000, "quantity": 4})
    assert sold(of, every_third, thirty) == (1300, ["A", "B"])


def test_what_is_put_off_may_come_after_one_that_takes_a_line_at_a_better_rate():
    """As long as R may come, P seems to spoil least; S excludes R, and then Q has to come before P."""
    of = basket(*({"unit_price": 100_000, "sku": sku} for sku in "123"))
    offers = [
        percentage("P", 2400, goods={"skus": ["1", "2"]}, limits=IN),
        percentage("Q", 2500, goods={"skus": ["1", "3"]}, limits=IN),
        percentage("R", 4000, goods={"skus": ["3"]}, limits=IN | {"groups": ["g"]}),
        cash("S", 20_000, limits={"groups": ["g"]}),
    ]
    discount, applied = sold(of, *offers)
    assert (discount, sorted(applied)) == (94_000, ["P", "Q", "S"])


def test_the_bound_of_a_multibuy_leaves_room_for_its_rounding():
    """Half of one fen of three pieces at a fen each is rounded up to a fen."""
    half = offer("A", {"kind": "pieces", "buy": 3, "off": 5000}, limits=IN)
    of, compiled = basket({"unit_price": 1, "quantity": 3}), compiling.compile([half])
    goods = candidates.goods_of(of)
    first = states.beginning(goods.amounts)
    [(candidate, done)] = candidates.find(compiled, of, goods, first, [None])
    dense = bounds.density(candidate, done, first)
    assert done.gain == 1
    assert (sum(dense.lines.values()) + dense.extra) // bounds.FINE == 1


def test_of_sets_that_are_equally_good_the_smaller_one_is_taken_also_if_it_is_found_later():
    """B and D are tried first, for B gains as much as C alone and comes before it."""

    def one(code: str, amount: int, *groups: str):
        return cash(code, amount, limits={"groups": list(groups)})

    offers = [
        one("A", 300, "ab", "ad"),
        one("B", 500, "ab", "bc"),
        one("C", 500, "bc", "cd"),
        one("D", 300, "ad", "cd"),
    ]
    assert sold(basket(10_000), *offers) == (800, ["A", "C"])


def test_what_lacks_a_unit_of_its_proof_is_not_proven():
    every_third = offer("A", {"kind": "pieces", "buy": 3, "off": 10_000}, limits=IN)
    offers = [every_third, percentage("B", 3000, limits=IN)]
    of = basket({"unit_price": 30, "quantity": 4})
    answer = quote(of, *offers, nodes=1)
    assert (answer.gain, answer.bound, answer.proven) == (39, 40, False)
    answer = quote(of, *offers)
    assert (answer.gain, answer.bound, answer.proven) == (39, 39, True)
