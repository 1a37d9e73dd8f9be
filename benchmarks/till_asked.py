"""What the tills of the benchmark send: a sale of a customer, or of a guest, as JSON. A function of its number."""

import random
from typing import NamedTuple

from benchmarks import offers_made, till_house
from campaigns.offers.basket import Basket

LINES = (1, 2, 2, 3, 3, 4, 5, 6, 8, 12)
GUESTS, WITH_COUPON, WITH_POINTS = 0.4, 0.15, 0.1  # of sales


class Sale(NamedTuple):
    """``coupons``: the customer's, all of one template, of which each sale uses one. ``points``: that pay."""

    store: str
    basket: dict
    coupons: list[str]
    points: int


def sale(*, oneids: list[str], till: tuple[int, int], number: int) -> Sale:
    """``till``: which of how many; no two of them have a customer in common."""
    place, tills = till
    chance = random.Random(number * tills + place)
    drawn = offers_made.basket(
        lines=chance.choice(LINES), offers=till_house.OFFERS, seed=number * tills + place
    )
    basket = {"currency": "CNY", "lines": _lines(drawn), "regions": ["Qingdao"]}
    coupons, points = [], 0
    if chance.random() >= GUESTS:
        member = 1 + place + tills * chance.randrange(len(oneids) // tills)
        basket["oneid"] = oneids[member - 1]
        if chance.random() < WITH_COUPON:
            every = range(till_house.COUPONS)
            coupons = [till_house.coupon(member=member, number=each) for each in every]
        points = 1 if chance.random() < WITH_POINTS else 0
    return Sale(chance.choice(offers_made.STORES), basket, coupons, points)


def _lines(basket: Basket) -> list[dict]:
    return [
        {
            "line": line.number, "sku": line.sku, "quantity": str(line.quantity // 1000),
            "unit_price": f"{line.unit_price // 100}.{line.unit_price % 100:02}", "category": line.category,
            "brand": line.brand, "excluded": line.excluded,
        }
        for line in basket.lines
    ]  # fmt: skip
