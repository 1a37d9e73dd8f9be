"""Random small baskets and offers for hypothesis: every form, threshold, pool, group, cap, coupon and step."""

from collections.abc import Sequence

from hypothesis import strategies as st

from campaigns.offers import forms, reading
from campaigns.offers.basket import Basket
from campaigns.offers.offer import Offer

SKUS, CATEGORIES, BRANDS = "XYZ", "KLM", "PQ"
POOLS = ("", "", "pool", "pool", "other")
REDUCING = ["cash", "percentage", "price", "pieces", "per_piece"]
GIVING = ["cash", "packet", "points", "multiplier", "voucher", "goods"]
AT = "2026-06-08T12:00:00+08:00"

prices = st.sampled_from([0, 1, 33, 99, 100, 250, 999, 1000, 3333]) | st.integers(0, 4000)
quantities = st.sampled_from([1000, 1000, 1000, 2000, 3000, 5000, 500, 1250])
amounts = st.integers(1, 60) | st.integers(1, 1500)
shares = st.sampled_from([1000, 1500, 2000, 5000, 10_000]) | st.integers(1, 10_000)


@st.composite
def form_texts(draw, reduces: bool, kinds: Sequence[str] = REDUCING):
    kind = draw(st.sampled_from(kinds if reduces else GIVING))
    worth = draw(st.integers(1, 500))
    return {
        "cash": lambda: {"amount": draw(amounts)},
        "packet": lambda: {"least": worth, "most": worth + draw(st.integers(0, 99))},
        "percentage": lambda: {"off": draw(shares), **_maybe(draw, "cap", amounts)},
        "price": lambda: {"pieces": draw(st.integers(1, 4)), "amount": draw(prices)},
        "pieces": lambda: _pieces(draw),
        "per_piece": lambda: {"amount": draw(amounts)},
        "points": lambda: {"book": "points", "amount": 50, "worth": worth},
        "multiplier": lambda: {"book": "points", "times": 20_000, "worth": draw(st.integers(1, 1000))},
        "voucher": lambda: {"template": "V", "count": draw(st.integers(1, 2)), "worth": worth},
        "goods": lambda: {"skus": ["G"], "worth": worth},
    }[kind]() | {"kind": kind}


def _pieces(draw) -> dict:
    buy = draw(st.integers(1, 4))
    return {"buy": buy, "cheapest": draw(st.integers(1, buy)), "off": draw(shares)}


def _maybe(draw, name: str, values) -> dict:
    return {name: draw(values)} if draw(st.integers(0, 3)) == 0 else {}


@st.composite
def offer_texts(
    draw,
    code: str,
    steps: int = 3,
    pools: Sequence[str] = POOLS,
    kinds: Sequence[str] = REDUCING,
    least_reducing: int = 0,
):
    reduces = draw(st.integers(0, 3)) >= 1 - least_reducing
    form = draw(form_texts(reduces, kinds))
    trigger = {"goods": _goods(draw)}
    if draw(st.booleans()):
        trigger["threshold"] = _threshold(draw)
    if draw(st.integers(0, 4)) == 0:
        trigger["coupon"] = draw(st.sampled_from(["T", "U"]))
    repeated = {kind.__struct_config__.tag for kind in forms.REPEATED}
    countable = form["kind"] in repeated and (trigger.get("threshold") or trigger.get("coupon"))
    limits = {
        "stack": draw(st.integers(1, steps)),
        "base": draw(st.sampled_from(["net", "net", "net", "list"])),
        "pool": draw(st.sampled_from(pools)),
        "groups": draw(st.sampled_from([[], [], [], ["g"], ["h"], ["g", "h"]])),
        "alone": draw(st.integers(0, 11)) == 0,
        "every": bool(countable) and draw(st.booleans()),
        **_maybe(draw, "most_times", st.integers(1, 3)),
        **(_maybe(draw, "most_amount", amounts) if reduces else {}),
        **_maybe(draw, "per_day", st.integers(2, 3)),
    }
    execution = "reduce" if reduces else "add"
    return {
        "code": code,
        "currency": "CNY",
        "execution": execution,
        "form": form,
        "trigger": trigger,
        "limits": limits,
    }


def _goods(draw) -> dict:
    kind = draw(st.sampled_from(["", "", "skus", "categories", "brands"]))
    if not kind:
        return {}
    words = {"skus": SKUS, "categories": CATEGORIES, "brands": BRANDS}[kind]
    return {kind: draw(st.lists(st.sampled_from(words), min_size=1, max_size=2, unique=True))}


def _threshold(draw) -> dict:
    of = draw(st.sampled_from(["amount", "amount", "quantity", "kinds"]))
    least = {
        "amount": st.integers(1, 4000),
        "quantity": st.sampled_from([1000, 2000, 4000]),
        "kinds": st.integers(1, 3),
    }
    return {"of": of, "least": draw(least[of])}


@st.composite
def line_texts(draw, number: int):
    return {
        "number": number,
        "sku": draw(st.sampled_from(SKUS)),
        "quantity": draw(quantities),
        "unit_price": draw(prices),
        "category": draw(st.sampled_from(CATEGORIES)),
        "brand": draw(st.sampled_from(BRANDS)),
        "excluded": draw(st.integers(0, 9)) == 0,
    }


@st.composite
def cases(
    draw,
    *,
    most_lines: int = 4,
    most_offers: int = 4,
    steps: int = 3,
    pools: Sequence[str] = POOLS,
    kinds: Sequence[str] = REDUCING,
    reducing: bool = False,
) -> tuple[Basket, list[Offer]]:
    """``kinds``: forms of offers that reduce; ``reducing``: no others."""
    lines = [draw(line_texts(number)) for number in range(1, 1 + draw(st.integers(1, most_lines)))]
    codes = "ABCDEFGH"[: draw(st.integers(1, most_offers))]
    texts = [draw(offer_texts(code, steps, pools, kinds, int(reducing))) for code in codes]
    held = draw(st.lists(st.sampled_from(["T", "T", "U"]), max_size=3))
    basket = {
        "lines": lines,
        "currency": "CNY",
        "at": AT,
        "buyer": {},
        "coupons": [{"code": f"{place}", "template": template} for place, template in enumerate(held)],
        "used": {code: {"day": 1} for code in codes if draw(st.integers(0, 3)) == 0},
        "left": {code: draw(st.integers(0, 2000)) for code in codes if draw(st.integers(0, 5)) == 0},
    }
    offers = [reading.from_builtins(text, Offer) for text in texts]
    return reading.from_builtins(basket, Basket), offers
