"""Baskets in which an offer should hold: its own moment, place and buyer, and just enough of its goods."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from campaigns.offers import compiling, forms
from campaigns.offers.basket import Basket, Buyer, Held, Line
from campaigns.offers.offer import Goods, Offer
from campaigns.offers.scales import PIECE

COUPONS = 3
MULTIPLES = (1, 10, 1000)
MOST_PIECES = 10**6


def goods_of(offer: Offer, prices: Iterable[Line]) -> list[Line]:
    """Those of the price list that the offer is about."""
    index = compiling.GoodsIndex([offer])
    return [
        line
        for line in prices
        if not line.excluded and index.of(line.sku, line.category, line.brand, line.sets)
    ]


def made_up(offer: Offer) -> list[Line]:
    """Goods as the offer names them, each kind of naming once, where there is no price list. Empty: no goods can be meant."""
    goods = offer.trigger.goods
    price = offer.form.amount // offer.form.pieces + 100 if isinstance(offer.form, forms.Price) else 10000
    count = _kinds(offer)
    made = [
        {"sku": sku, "category": category, "sets": frozenset(sets)}
        for sku, category, sets in _named(goods, count)
    ]
    brands = sorted(goods.brands - goods.except_brands) if goods.brands else [_unlike(goods.except_brands)]
    lines = [
        Line(number=number, quantity=PIECE, unit_price=price, brand=brands[0], **each)
        for number, each in enumerate(made, 1)
        if brands
    ]
    return goods_of(offer, lines)


def _kinds(offer: Offer) -> int:
    threshold = offer.trigger.threshold
    return min(threshold.least, 1000) if threshold and threshold.of == "kinds" else 1


def _named(goods: Goods, count: int) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    other = _unlike(goods.except_categories)
    others = [_unlike(goods.except_skus | goods.skus, number) for number in range(count)]
    anything = not (goods.skus or goods.categories or goods.sets)
    yield from ((sku, other, ()) for sku in sorted(goods.skus - goods.except_skus))
    for sku in others:
        yield from (
            (sku, category, ()) for category in sorted(goods.categories - goods.except_categories)[:1]
        )
        yield from ((sku, other, (code,)) for code in sorted(goods.sets)[:1])
        if anything:
            yield sku, other, ()


def _unlike(words: frozenset[str], number: int = 0) -> str:
    return f"{max(words, default='')[:80]}+{number}"


def baskets(
    offer: Offer, goods: Sequence[Line], *, others: Sequence[Offer], at: datetime
) -> Iterator[Basket]:
    """Just enough of each of ``goods``, and more, at a moment at which it holds; the buyer also has what ``others`` ask for."""
    about = _about(offer, others, at)
    for lines in _enough(offer, goods):
        numbered = tuple(msgspec.structs.replace(line, number=number) for number, line in enumerate(lines, 1))
        yield Basket(lines=numbered, **about)


def _about(offer: Offer, others: Sequence[Offer], at: datetime) -> dict:
    trigger, everyone = offer.trigger, [offer, *others]
    coupons = sorted({each.trigger.coupon for each in everyone} - {""})
    chosen = {each.code: each.form.skus[0] for each in everyone if each.execution == forms.EXCHANGE}
    return {
        "currency": offer.currency or "CNY",
        "at": at.replace(tzinfo=UTC),
        "organizations": tuple(sorted(trigger.organizations)[:1]),
        "regions": frozenset(sorted(trigger.regions)[:1]),
        "channel": min(trigger.channels, default=""),
        "buyer": _buyer(everyone, at),
        "coupons": tuple(
            Held(code=f"{template}-{number}"[-100:], template=template)
            for template in coupons
            for number in range(COUPONS)
        ),
        "chosen": chosen,
    }


def _buyer(offers: Sequence[Offer], at: datetime) -> Buyer:
    """New, with birthday, all tags, in all audiences, and of each programme one tier."""
    tiers: dict[str, str] = {}
    for offer in offers:
        for tier in sorted(offer.trigger.tiers)[:1]:
            tiers.setdefault(tier.partition(":")[0], tier)
    return Buyer(
        tiers=frozenset(tiers.values()),
        tags=frozenset().union(*(offer.trigger.tags for offer in offers)),
        audiences=frozenset().union(*(offer.trigger.audiences for offer in offers)),
        birthday=(at.month, at.day),
        new=True,
    )


def _enough(offer: Offer, goods: Sequence[Line]) -> Iterator[list[Line]]:
    threshold = offer.trigger.threshold
    for multiple in MULTIPLES:
        if threshold and threshold.of == "kinds":
            yield from _kinds_of(offer, goods, multiple)
            continue
        for line in goods:
            if (count := _count(offer, line) * multiple) <= MOST_PIECES:
                yield [_pieces(line, count)]


def _kinds_of(offer: Offer, goods: Sequence[Line], multiple: int) -> Iterator[list[Line]]:
    """As many different articles as it asks for: the first ones, and the dearest."""
    least = offer.trigger.threshold.least
    count = -(-_group(offer) // least) * multiple
    for order in (goods, sorted(goods, key=lambda line: line.unit_price)):
        by_sku = {line.sku: line for line in order}
        kinds = list(by_sku.values())[:least] if order is goods else list(by_sku.values())[-least:]
        if len(kinds) == least:
            yield [_pieces(line, count) for line in kinds]


def _pieces(line: Line, count: int) -> Line:
    return msgspec.structs.replace(line, quantity=min(count, MOST_PIECES) * PIECE)


def _group(offer: Offer) -> int:
    """Of how many pieces its form speaks."""
    return getattr(offer.form, "buy", 0) or getattr(offer.form, "pieces", 0) or 1


def _count(offer: Offer, line: Line) -> int:
    """Whole pieces of one article that reach the threshold; more than there may be if it costs nothing."""
    threshold, count = offer.trigger.threshold, _group(offer)
    if threshold and threshold.of == "quantity":
        count = max(count, -(-threshold.least // PIECE))
    if threshold and threshold.of == "amount":
        count = max(count, -(-threshold.least // line.unit_price) if line.unit_price else MOST_PIECES + 1)
    return count
