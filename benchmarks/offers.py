"""The engine of offers: its speed, and beside django-oscar's applicator on the same baskets and equivalent offers.

Processor time of one thread, rules compiled before (as oscar's offers and ranges are loaded before). Baskets and rule sets are many,
so that no lucky one decides. On small and large baskets alike no customer may pay more than by oscar's order of application,
where oscar uses each piece once, as it means to.
"""

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from benchmarks import offers_alike, offers_made, oscar
from benchmarks.measures import Measure, at_most, shown, times_at_most
from campaigns.offers import compiling, pricing
from campaigns.offers.basket import Basket
from campaigns.offers.quote import Quote

BASKETS, SETS = 2_000, 10
SIZES = {
    "2 to 5 lines × 3 to 8 offers": (5_000, None, lambda seed: _small(seed)),
    "20 lines × 200 offers": (500, 1.0, lambda seed: _large(20, 200, seed)),
    "100 lines × 500 offers": (100, 1.0, lambda seed: _large(100, 500, seed)),
}


def run(*, scale: float) -> list[Measure]:
    count = max(50, int(BASKETS * scale))
    usual = _priced(lines=20, offers=200, coupons=0, count=count)
    heavy = _priced(lines=100, offers=500, coupons=5, count=max(50, count // 4))
    one, many = _pieces(count=max(50, count // 4))
    return [
        at_most("20 lines × 200 offers, median", usual.median, "ms", 1.0),
        shown("the same, 95 of 100", usual.of_100(95), "ms"),
        shown("the same, proven to be best", usual.proven, "%"),
        at_most("100 lines × 500 offers and 5 coupons, 95 of 100", heavy.of_100(95), "ms", 10.0),
        shown("the same, median", heavy.median, "ms"),
        shown("the same, proven to be best", heavy.proven, "%"),
        times_at_most("a line of 6,000 pieces beside one of 1 piece", many, "ms", 1.5, yardstick=one),
        *_beside_oscar(scale=scale),
    ]


class Timed(NamedTuple):
    """Milliseconds of each basket, and of how many it was proven that nothing is better."""

    spent: list[float]
    proofs: int

    @property
    def median(self) -> float:
        return statistics.median(self.spent)

    @property
    def proven(self) -> float:
        return 100 * self.proofs / len(self.spent)

    def of_100(self, share: int) -> float:
        return statistics.quantiles(self.spent, n=100, method="inclusive")[share - 1]


def _priced(*, lines: int, offers: int, coupons: int, count: int) -> Timed:
    timed = Timed([], 0)
    for seed in range(SETS):
        rules = compiling.compile(offers_made.offers(count=offers, seed=seed))
        baskets = [
            offers_made.basket(lines=lines, offers=offers, seed=1000 * seed + number, coupons=coupons)
            for number in range(-(-count // SETS))
        ]
        for basket in baskets:
            spent, quote = _timed(lambda basket=basket, rules=rules: pricing.quote(basket, rules))
            timed.spent.append(spent)
            timed = timed._replace(proofs=timed.proofs + quote.proven)
    return timed


def _timed(work: Callable[[], Quote]) -> tuple[float, Quote]:
    begun = time.thread_time()
    quote = work()
    return (time.thread_time() - begun) * 1000, quote


def _pieces(*, count: int) -> tuple[float, float]:
    """Median of a basket of one line with one piece for 6,000 times the price, and of one with 6,000 pieces."""
    rules = compiling.compile(offers_made.offers(count=200, seed=0))
    spent: dict[int, list[float]] = {1: [], 6000: []}
    for seed in range(count):
        (line,) = offers_made.basket(lines=1, offers=200, seed=seed, pieces=1).lines
        basket = offers_made.basket(lines=1, offers=200, seed=seed, pieces=1)
        for pieces in spent:
            changed = {"quantity": pieces * 1000, "unit_price": line.unit_price * 6000 // pieces}
            lines = (msgspec.structs.replace(line, **changed),)
            whole = msgspec.structs.replace(basket, lines=lines)
            spent[pieces].append(_timed(lambda whole=whole: pricing.quote(whole, rules))[0])
    return statistics.median(spent[1]), statistics.median(spent[6000])


def _small(seed: int) -> offers_alike.Case:
    lines, offers = 2 + seed % 4, 3 + seed % 6
    return offers_alike.case(lines=lines, offers=offers, categories=4, articles=3, seed=seed)


def _large(lines: int, offers: int, seed: int) -> offers_alike.Case:
    return offers_alike.case(lines=lines, offers=offers, categories=offers * 3 // 5, articles=20, seed=seed)


def _beside_oscar(*, scale: float) -> list[Measure]:
    found = []
    for what, (full, limit, case) in SIZES.items():
        cases = [case(seed) for seed in range(max(20, int(full * scale)))]
        try:
            theirs = oscar.applied(cases)
        except oscar.Missing as missing:
            print(f"django-oscar: left out. {missing}", file=sys.stderr)
            return []
        found += _compared(what, limit, theirs, [_ours(*offers_alike.ours(each)) for each in cases])
    return found


def _ours(basket: Basket, offers: Sequence) -> tuple[int, float]:
    """Discount in fen, and seconds."""
    rules = compiling.compile(offers)
    spent, quote = _timed(lambda: pricing.quote(basket, rules))
    return quote.discount, spent / 1000


def _compared(what: str, limit: float | None, theirs: Sequence, ours: Sequence) -> list[Measure]:
    """Prices where oscar keeps its own rule that a piece is used once."""
    pairs = list(zip(ours, theirs, strict=True))
    more = [our - their for (our, _spent), (their, _theirs, twice) in pairs if not twice]
    share = 100 / len(more)
    our_time = statistics.median(spent for _discount, spent in ours) * 1000
    their_time = statistics.median(spent for _discount, spent, _twice in theirs) * 1000
    saved = sum(our for our, _spent in ours) / max(1, sum(their for their, _spent, _twice in theirs))
    return [
        Measure(f"{what}, beside django-oscar without its SQL", our_time, "ms", limit, yardstick=their_time),
        at_most(f"{what}: dearer by ours, of {len(more):,}", share * sum(each < 0 for each in more), "%", 0),
        shown(f"{what}: cheaper by ours", share * sum(each > 0 for each in more), "%"),
        shown(f"{what}: our discounts in all beside theirs", saved, "×"),
        shown(f"{what}: left out, a piece is used twice there", len(pairs) - len(more), "baskets"),
    ]
