"""Offers that mean the same to django-oscar and to us, with baskets, from a seed.

In both each piece gets one price action (oscar: exclusive offers; ours: one pool), and every offer of ours is allowed where
oscar's is. What differs is left out: a reduction from a value on, which oscar lets consume some of its goods. Multibuys and
bundles hold once a basket, as oscar's multibuy does in effect, and on goods of one price, where both use the same pieces. Prices
are whole yuan and percentages whole, so that nothing is rounded.
"""

import random
from typing import NamedTuple

from campaigns.offers import reading
from campaigns.offers.basket import Basket
from campaigns.offers.offer import Offer

AT = "2026-06-08T11:30:00+08:00"
PRICES = [9, 15, 20, 30, 40, 59, 79, 99, 129, 199, 399]


class Case(NamedTuple):
    """``lines``: (sku, yuan, pieces); ``offers``: (kind, value, pieces, skus)."""

    lines: list[tuple[str, int, int]]
    offers: list[tuple[str, int, int, list[str]]]


def case(*, lines: int, offers: int, categories: int, articles: int, seed: int) -> Case:
    """``articles`` in each of ``categories``; an offer is about one to six categories."""
    drawn = random.Random(seed)
    prices = [drawn.choice(PRICES) for _category in range(categories)]
    skus = [
        [f"sku-{category:03}-{number:02}" for number in range(articles)] for category in range(categories)
    ]
    shelf = [(sku, prices[category]) for category, named in enumerate(skus) for sku in named]
    bought = drawn.sample(shelf, min(lines, len(shelf)))
    return Case(
        lines=[(sku, price, drawn.randint(1, 4)) for sku, price in bought],
        offers=[_offer(drawn, skus, prices) for _number in range(offers)],
    )


def ours(case: Case) -> tuple[Basket, list[Offer]]:
    lines = [
        {"number": number, "sku": sku, "unit_price": price * 100, "quantity": pieces * 1000}
        for number, (sku, price, pieces) in enumerate(case.lines, 1)
    ]
    basket = reading.from_builtins({"lines": lines, "currency": "CNY", "at": AT}, Basket)
    return basket, [_ours(number, *offer) for number, offer in enumerate(case.offers)]


def _offer(drawn: random.Random, skus: list[list[str]], prices: list[int]) -> tuple[str, int, int, list[str]]:
    kind = drawn.choice(["percentage", "percentage", "percentage", "unit", "multibuy", "bundle"])
    if kind in ("percentage", "unit"):
        chosen = drawn.sample(range(len(skus)), min(len(skus), drawn.randint(1, 6)))
        value = drawn.choice([5, 10, 15, 20, 30] if kind == "percentage" else [1, 2, 3, 5, 10])
        return kind, value, 1, sorted(sku for category in chosen for sku in skus[category])
    category, pieces = drawn.randrange(len(skus)), drawn.choice([2, 3])
    value = prices[category] * pieces * drawn.choice([70, 80, 90]) // 100
    return kind, value, pieces, skus[category]


def _ours(number: int, kind: str, value: int, pieces: int, skus: list[str]) -> Offer:
    form, once = {
        "percentage": ({"kind": "percentage", "off": value * 100}, {}),
        "unit": ({"kind": "per_piece", "amount": value * 100}, {}),
        "multibuy": ({"kind": "pieces", "buy": pieces}, {"most_times": 1}),
        "bundle": ({"kind": "price", "pieces": pieces, "amount": value * 100}, {"most_times": 1}),
    }[kind]
    told = {
        "code": f"OFFER-{number:04}",
        "currency": "CNY",
        "execution": "reduce",
        "form": form,
        "trigger": {"goods": {"skus": skus}},
        "limits": {"pool": "price", **once},
    }
    return reading.from_builtins(told, Offer)
