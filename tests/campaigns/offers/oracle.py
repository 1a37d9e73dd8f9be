"""The meaning of offers told a second time, naively: fractions, single pieces, all subsets in all allowed orders.

Shares no code with campaigns/offers but the nouns. For small baskets only.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

from campaigns.offers import forms
from campaigns.offers.basket import Basket, Line, Uses
from campaigns.offers.offer import Offer


@dataclass
class Till:
    """``start`` and ``net`` by line number; ``used`` and ``given`` by (pool, number); ``before``: given before this step."""

    start: dict[int, int]
    net: dict[int, int]
    used: dict = field(default_factory=dict)
    given: dict = field(default_factory=dict)
    before: dict = field(default_factory=dict)
    coupons: dict[str, int] = field(default_factory=dict)

    def copy(self) -> "Till":
        return Till(*(dict(each) for each in vars(self).values()))


@dataclass
class Done:
    gain: int
    discount: int
    coupons: int
    till: Till


def best(basket: Basket, offers: list[Offer]) -> tuple[tuple, tuple[str, ...], Till]:
    """(gain, discount, −coupons, −offers), the codes in their order, and the till afterwards, of the best sequence."""
    rank = {
        offer.code: place
        for place, offer in enumerate(sorted(offers, key=lambda o: (o.limits.stack, o.code)))
    }
    found = None
    for key, codes, till in sequences(basket, offers):
        places = [rank[code] for code in codes]
        better = (*(-each for each in key), sorted(places), places)
        if found is None or better < found[0]:
            found = (better, key, codes, till)
    return found[1], found[2], found[3]


def sequences(basket: Basket, offers: list[Offer]) -> Iterator[tuple[tuple, tuple[str, ...], Till]]:
    prices = {
        line.number: floor(Fraction(line.unit_price * line.quantity, 1000) + Fraction(1, 2))
        for line in basket.lines
    }
    first = Till(start=dict(prices), net=dict(prices))
    affordable = [
        offer
        for offer in offers
        if (done := use(offer, basket, first)) and done.gain <= basket.left.get(offer.code, done.gain)
    ]
    yield from _extended(basket, affordable, first, (), (0, 0, 0, 0))


def _extended(basket, offers, till, taken, key) -> Iterator:
    yield key, tuple(offer.code for offer in taken), till
    for offer in offers:
        if offer in taken or not _may_follow(offer, taken):
            continue
        before = till
        if taken and offer.limits.stack > taken[-1].limits.stack:
            before = till.copy()
            before.start, before.before = dict(till.net), dict(till.given)
        done = use(offer, basket, before)
        if done:
            gain, discount, coupons, count = key
            after = (gain + done.gain, discount + done.discount, coupons - done.coupons, count - 1)
            yield from _extended(basket, offers, done.till, (*taken, offer), after)


def _may_follow(offer: Offer, taken: tuple[Offer, ...]) -> bool:
    if taken and (offer.limits.alone or any(each.limits.alone for each in taken)):
        return False
    if taken and offer.limits.stack < taken[-1].limits.stack:
        return False
    return all(offer.limits.groups.isdisjoint(each.limits.groups) for each in taken)


def use(offer: Offer, basket: Basket, till: Till) -> Done | None:
    pool = offer.limits.pool
    lines = [line for line in sorted(basket.lines, key=lambda line: line.number) if _is_of(offer, line)]
    free = {
        line.number: line.quantity - (till.used.get((pool, line.number), 0) if pool else 0) for line in lines
    }
    lines = [line for line in lines if free[line.number]]
    if not lines:
        return None
    price = {line.number: _price(offer, line, till) for line in lines}  # of a thousandth
    bases = {line.number: floor(price[line.number] * free[line.number]) for line in lines}
    times = _times(offer, basket, till, lines, free, bases)
    if times < 1:
        return None
    gain, discounts, used = _effect(offer, till, lines, free, price, bases, times)
    if gain < 1:
        return None
    coupons = (times if offer.limits.every else 1) if offer.trigger.coupon else 0
    return Done(gain, sum(discounts.values()), coupons, _after(offer, till, discounts, used, coupons))


def _after(offer, till, discounts, used, coupons) -> Till:
    after, pool = till.copy(), offer.limits.pool
    for number, amount in discounts.items():
        after.net[number] -= amount
        assert after.net[number] >= 0
        if pool:
            after.given[pool, number] = after.given.get((pool, number), 0) + amount
    if pool:
        for number, count in used.items():
            after.used[pool, number] = after.used.get((pool, number), 0) + count
    if coupons:
        template = offer.trigger.coupon
        after.coupons[template] = after.coupons.get(template, 0) + coupons
    return after


def _is_of(offer: Offer, line: Line) -> bool:
    goods = offer.trigger.goods
    named = not (goods.skus or goods.categories or goods.sets) or (
        line.sku in goods.skus or line.category in goods.categories or bool(line.sets & goods.sets)
    )
    return (
        named
        and not line.excluded
        and (not goods.brands or line.brand in goods.brands)
        and line.sku not in goods.except_skus
        and line.category not in goods.except_categories
        and line.brand not in goods.except_brands
    )


def _price(offer: Offer, line: Line, till: Till) -> Fraction:
    if offer.limits.base == "list":
        return Fraction(line.amount, line.quantity)
    key = (offer.limits.pool, line.number)
    return Fraction(till.start[line.number] + till.before.get(key, 0), line.quantity)


def _times(offer, basket, till, lines, free, bases) -> int:
    limits, threshold = offer.limits, offer.trigger.threshold
    most = _most(offer, basket, till)
    grouped = isinstance(offer.form, forms.Price | forms.Pieces)
    if threshold is None:
        return most if grouped or limits.every else min(most, 1)
    reached = {
        "amount": sum(bases.values()),
        "quantity": sum(free[line.number] for line in lines),
        "kinds": len({line.sku for line in lines}),
    }[threshold.of]
    if reached < threshold.least:
        return 0
    multiples = reached // threshold.least if limits.every else most if grouped else 1
    return min(most, multiples)


def _most(offer, basket, till) -> int:
    limits, used = offer.limits, basket.used.get(offer.code, Uses())
    caps = [10**9, limits.most_times]
    caps += [
        cap - getattr(used, scope)
        for scope in ("member", "day", "store", "campaign")
        if (cap := getattr(limits, f"per_{scope}")) is not None
    ]
    if offer.trigger.coupon:
        held = sum(coupon.template == offer.trigger.coupon for coupon in basket.coupons)
        held -= till.coupons.get(offer.trigger.coupon, 0)
        caps.append(held if limits.every else min(held, 1) * 10**9)
    each = _each(offer.form)
    if each and offer.code in basket.left:
        caps.append(
            basket.left[offer.code] // (offer.form.most if isinstance(offer.form, forms.Packet) else each)
        )
    return min(cap for cap in caps if cap is not None)


def _each(form) -> int:
    if isinstance(form, forms.Cash):
        return form.amount
    if isinstance(form, forms.Packet):
        return (form.least + form.most) // 2
    if isinstance(form, forms.Voucher):
        return form.worth * form.count
    return form.worth if isinstance(form, forms.GivenPoints | forms.Article) else 0


def _effect(offer, till, lines, free, price, bases, times) -> tuple[int, dict, dict]:
    """Gain, discount by line, thousandths used by line."""
    form, numbers = offer.form, [line.number for line in lines]
    if offer.execution != "reduce":
        if isinstance(form, forms.Multiplier):
            whole = sum(bases.values())
            return (max(1, _half_up(Fraction(whole * form.worth, 10_000))) if whole else 0), {}, free
        return _each(form) * times, {}, free
    if isinstance(form, forms.Percentage | forms.PerPiece):
        return _by_line(offer, till, numbers, free, bases)
    if isinstance(form, forms.Cash):
        return _split(offer, form.amount * times, bases, till, free)
    taken = sorted(
        ((-price[number] * 1000, number) for number in numbers for _piece in range(free[number] // 1000)),
    )
    size = form.buy if isinstance(form, forms.Pieces) else form.pieces
    groups = [taken[i : i + size] for i in range(0, len(taken) - size + 1, size)][:times]
    off, kept = Fraction(0), []
    for group in groups:
        worth = -sum(worth for worth, _number in group)
        if isinstance(form, forms.Pieces):
            off += -sum(worth for worth, _number in group[size - form.cheapest :]) * Fraction(
                form.off, 10_000
            )
        elif worth > form.amount:
            off += worth - form.amount
        else:
            break
        kept += group
    used = {number: 1000 * sum(number == each for _worth, each in kept) for number in numbers}
    used = {number: count for number, count in used.items() if count}
    total = floor(off)
    if isinstance(form, forms.Pieces):
        total = min(_half_up(off), floor(-sum(worth for worth, _number in kept)))
    return _split(offer, total, {n: floor(price[n] * count) for n, count in used.items()}, till, used)


def _by_line(offer, till, numbers, free, bases) -> tuple[int, dict, dict]:
    form = offer.form
    offs = {}
    for number in numbers:
        if isinstance(form, forms.Percentage):
            off = _half_up(Fraction(bases[number] * form.off, 10_000))
        else:
            off = min(bases[number], _half_up(Fraction(form.amount * free[number], 1000)))
        offs[number] = min(off, till.net[number])
    cap = min(each for each in (getattr(form, "cap", None), offer.limits.most_amount, 10**15) if each)
    if sum(offs.values()) > cap:
        offs = share(cap, offs)
    return sum(offs.values()), offs, free


def _split(offer, total, weights, till, used) -> tuple[int, dict, dict]:
    nets = {number: till.net[number] for number in weights}
    total = min(total, offer.limits.most_amount or total, sum(nets.values()))
    if total < 1:
        return 0, {}, {}
    shares = share(total, weights if any(weights.values()) else nets)
    if any(shares[number] > nets[number] for number in nets):
        shares = share(total, nets)
    return total, shares, used


def share(total: int, weights: dict[int, int]) -> dict[int, int]:
    """Largest remainder, by fractions."""
    whole = sum(weights.values())
    exact = {number: Fraction(total * weight, whole) for number, weight in weights.items()}
    shares = {number: floor(each) for number, each in exact.items()}
    order = sorted(exact, key=lambda number: (shares[number] - exact[number], number))
    for number in order[: total - sum(shares.values())]:
        shares[number] += 1
    return shares


def _half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))
