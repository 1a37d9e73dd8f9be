"""Rule sets and baskets as a retailer of household goods has them, from a seed. Amounts in fen.

Of a rule set about a third is over, not begun, of another region, channel, store, day or tier. The rest: percentages on
categories and brand days (one price action a piece: pool ``price``), tier prices, multibuys, threshold reductions that
exclude one another, gifts, points, vouchers after receipt, and coupons on top.
"""

import random
from collections.abc import Callable

from campaigns.offers import reading
from campaigns.offers.basket import Basket
from campaigns.offers.offer import Offer

STORES = [f"store-{number:02}" for number in range(20)]
TIERS = ["club:silver", "club:gold", "club:platinum"]
PRICES = [990, 1490, 1990, 2990, 3990, 5900, 7900, 9900, 12900, 19900, 39900]
AT = "2026-06-08T11:30:00+08:00"


class Drawn(random.Random):
    """The assortment: as many brands as half of its categories; goods of a category cost alike."""

    def __init__(self, seed: int, *, categories: int) -> None:
        super().__init__(seed)
        self.categories = [f"category-{number:03}" for number in range(categories)]
        self.brands = [f"brand-{number:03}" for number in range(categories // 2)]

    def __new__(cls, seed: int, **_more: object) -> "Drawn":
        return super().__new__(cls, seed)


def offers(*, count: int, seed: int) -> tuple[Offer, ...]:
    """``count`` offers on 3 categories for each 5 of them."""
    drawn = Drawn(seed, categories=count * 3 // 5)
    kinds = [
        _category,
        _category,
        _brand_day,
        _special_price,
        _tier_price,
        _multibuy,
        _bundle,
        _threshold,
        _threshold,
    ]
    kinds += [_gift, _points, _returned, _coupon]
    made = [
        kinds[place % len(kinds)](drawn) | {"code": f"OFFER-{place:04}", "currency": "CNY"}
        for place in range(count)
    ]
    for each in made:
        _narrow(drawn, each)
    return tuple(reading.from_builtins(each, Offer) for each in made)


def basket(*, lines: int, offers: int, seed: int, coupons: int = 0, pieces: int = 3) -> Basket:
    """Of a gold member in store-00, with coupons of ``coupons`` templates, where so many offers are made; up to ``pieces`` of
    each line."""
    drawn = Drawn(seed, categories=offers * 3 // 5)
    return reading.from_builtins(
        {
            "lines": [_line(drawn, number, pieces) for number in range(1, lines + 1)],
            "currency": "CNY",
            "at": AT,
            "organizations": ["store-00", "dealer-0", "group"],
            "channel": "pos",
            "regions": ["Qingdao"],
            "buyer": {"tiers": ["club:gold"], "tags": ["new-home"], "birthday": [6, 8]},
            "coupons": [
                {"code": f"C{number}", "template": f"template-{number}"} for number in range(coupons)
            ],
        },
        Basket,
    )


def _line(drawn: Drawn, number: int, pieces: int) -> dict:
    category = drawn.randrange(len(drawn.categories))
    return {
        "number": number,
        "sku": f"sku-{category:03}-{drawn.randrange(20):02}",
        "quantity": drawn.randint(1, pieces) * 1000,
        "unit_price": PRICES[category % len(PRICES)],
        "category": drawn.categories[category],
        "brand": drawn.brands[drawn.randrange(len(drawn.brands))],
        "excluded": drawn.random() < 0.03,
    }


def _some(drawn: Drawn, words: list[str], most: int) -> list[str]:
    return drawn.sample(words, drawn.randint(1, most))


def _reduce(goods: dict, form: dict, limits: dict, **trigger: object) -> dict:
    return {"execution": "reduce", "form": form, "limits": limits, "trigger": {"goods": goods, **trigger}}


def _category(drawn: Drawn) -> dict:
    goods = {"categories": _some(drawn, drawn.categories, 6)}
    off = drawn.choice([500, 1000, 1500, 2000, 3000])
    return _reduce(goods, {"kind": "percentage", "off": off}, {"pool": "price"})


def _brand_day(drawn: Drawn) -> dict:
    goods = {"brands": _some(drawn, drawn.brands, 2)}
    off = drawn.choice([800, 1200, 1500, 2500])
    return _reduce(goods, {"kind": "percentage", "off": off}, {"pool": "price"})


def _special_price(drawn: Drawn) -> dict:
    skus = [f"sku-{drawn.randrange(len(drawn.categories)):03}-{drawn.randrange(20):02}" for _ in range(12)]
    form = {"kind": "per_piece", "amount": drawn.choice([300, 500, 1000])}
    return _reduce({"skus": sorted(set(skus))}, form, {"pool": "price"})


def _tier_price(drawn: Drawn) -> dict:
    goods = {"categories": _some(drawn, drawn.categories, 10)}
    off = drawn.choice([300, 500, 700])
    return _reduce(goods, {"kind": "percentage", "off": off}, {"pool": "price"}, tiers=[drawn.choice(TIERS)])


def _multibuy(drawn: Drawn) -> dict:
    goods = {"categories": _some(drawn, drawn.categories, 3)}
    form = {"kind": "pieces", "buy": drawn.choice([2, 3]), "off": drawn.choice([5000, 10_000])}
    return _reduce(goods, form, {"pool": "price"})


def _bundle(drawn: Drawn) -> dict:
    category = drawn.randrange(len(drawn.categories))
    amount = PRICES[category % len(PRICES)] * 3 * drawn.choice([70, 80, 90]) // 100
    return _reduce(
        {"categories": [drawn.categories[category]]},
        {"kind": "price", "pieces": 3, "amount": amount},
        {"pool": "price"},
    )


def _threshold(drawn: Drawn) -> dict:
    least, amount = drawn.choice(
        [(19900, 1500), (30000, 5000), (50000, 6000), (99900, 15000), (199900, 30000)]
    )
    goods = drawn.choice(
        [{}, {"categories": _some(drawn, drawn.categories, 20)}, {"brands": _some(drawn, drawn.brands, 8)}]
    )
    limits = {"stack": 2, "groups": ["threshold"], "every": drawn.random() < 0.3, "most_times": 3}
    return _reduce(
        goods, {"kind": "cash", "amount": amount}, limits, threshold={"of": "amount", "least": least}
    )


def _add(form: dict, goods: dict, least: int, **more: object) -> dict:
    trigger = {"goods": goods, "threshold": {"of": "amount", "least": least}}
    return {"execution": "add", "form": form, "trigger": trigger, "limits": {"stack": 4}, **more}


def _gift(drawn: Drawn) -> dict:
    form = {"kind": "goods", "skus": [f"gift-{drawn.randrange(9)}"], "worth": drawn.choice([500, 1900, 2900])}
    offer = _add(form, {"brands": _some(drawn, drawn.brands, 3)}, drawn.choice([9900, 29900]))
    return offer | {"limits": {"stack": 4, "groups": [drawn.choice(["gift", "gift-2"])]}}


def _points(drawn: Drawn) -> dict:
    points = drawn.choice([50, 100, 500])
    form = {"kind": "points", "book": "points", "amount": points, "worth": points}
    return _add(form, {"categories": _some(drawn, drawn.categories, 6)}, drawn.choice([5000, 20000]))


def _returned(drawn: Drawn) -> dict:
    form = {"kind": "voucher", "template": "next-time", "worth": drawn.choice([1000, 5000])}
    goods = {"categories": _some(drawn, drawn.categories, 10)}
    return _add(form, goods, drawn.choice([30000, 100000]), execution="return", after="received", days=7)


def _coupon(drawn: Drawn) -> dict:
    template = f"template-{drawn.randrange(20)}"
    form = drawn.choice([{"kind": "cash", "amount": 2000}, {"kind": "percentage", "off": 1000, "cap": 5000}])
    goods = drawn.choice([{}, {"categories": _some(drawn, drawn.categories, 30)}])
    limits = {"stack": 3, "groups": [drawn.choice(["coupon", "coupon-2"])]}
    return _reduce(goods, form, limits, coupon=template, threshold={"of": "amount", "least": 10000})


def _narrow(drawn: Drawn, offer: dict) -> None:
    """When and where it holds: most at some time or in some place only."""
    times: list[Callable[[], dict]] = [
        dict,
        dict,
        lambda: {"starts": "2026-06-01T00:00:00", "ends": "2026-06-19T00:00:00"},
        lambda: {"ends": f"2026-0{drawn.randint(1, 5)}-01T00:00:00"},
        lambda: {"starts": f"2026-0{drawn.randint(7, 9)}-01T00:00:00"},
        lambda: {"recurrence": {"weekdays": sorted(drawn.sample(range(1, 8), 2))}},
        lambda: {"recurrence": {"hours": [drawn.choice(["10:00-12:00", "18:00-22:00"])]}},
    ]
    places: list[Callable[[], dict]] = [
        dict,
        *[lambda: {"organizations": _some(drawn, STORES, 4)}] * 3,
        lambda: {"channels": [drawn.choice(["pos", "mall", "mini-program"])]},
        lambda: {"regions": [drawn.choice(["Qingdao", "Jinan", "Beijing", "Shanghai"])]},
    ]
    offer["trigger"] |= drawn.choice(times)() | drawn.choice(places)()
