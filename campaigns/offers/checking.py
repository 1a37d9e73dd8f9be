"""What is wrong with offers before they are approved. A fault is certain; a warning comes with a basket that shows it; a note
tells what excludes what."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from campaigns.offers import compiling, forms, meaning, moments, pricing, trying
from campaigns.offers.basket import Basket, Line
from campaigns.offers.compiling import Compiled
from campaigns.offers.offer import Offer
from campaigns.offers.quote import BEATEN, Quote, Value
from campaigns.offers.scales import PIECE

FAULT, WARNING, NOTE = "fault", "warning", "note"
TRIED = 24  # articles of a price list, the ones with the least margin first


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``place``: path within the offer; ``kind`` and ``params`` fill its sentence (findings.py); ``basket``: one that shows it."""

    offer: str
    level: Literal["fault", "warning", "note"]
    kind: str
    place: str
    params: dict[str, Value] = {}
    basket: Basket | None = None


def check(
    offers: Sequence[Offer],
    *,
    at: datetime,
    beside: Sequence[Offer] = (),
    prices: Sequence[Line] | None = None,
    templates: frozenset[str] | None = None,
) -> tuple[Finding, ...]:
    """``at``: wall time from which on they are to hold; ``beside``: offers that are live; ``prices``: the price list in the offers'
    currency, a line an article (its quantity does not matter), with costs where they are known; ``templates``: codes of the
    coupon templates there are. Without a price list nothing is tried, without templates none is missed.
    """
    found: list[Finding] = []
    for place, offer in enumerate(offers):
        faults = list(_faults(offer, [*offers[:place], *beside], at, prices, templates))
        others = [each for each in (*offers, *beside) if each.code != offer.code]
        found += faults
        if not any(fault.level == FAULT for fault in faults):
            found += _exclusions(offer, others, at)
            found += _tried(offer, others, at, prices or ())
    return tuple(found)


def _faults(
    offer: Offer,
    before: Sequence[Offer],
    at: datetime,
    prices: Sequence[Line] | None,
    templates: frozenset[str] | None,
) -> Iterator[Finding]:
    if any(each.code == offer.code for each in before):
        yield _finding(offer, FAULT, "twice", "code")
    trigger = offer.trigger
    if trigger.ends and trigger.ends <= at:
        yield _finding(offer, FAULT, "over", "trigger.ends", at=trigger.ends.isoformat())
    elif moments.first([trigger], after=at) is None:
        yield _finding(offer, FAULT, "never", "trigger.recurrence")
    if templates is not None:
        yield from _unknown(offer, templates)
    goods = trying.made_up(offer) if prices is None else trying.goods_of(offer, prices)
    if goods:
        yield from _out_of_reach(offer, goods, prices is not None)
    else:
        yield _finding(offer, FAULT, "no_goods", "trigger.goods")


def _unknown(offer: Offer, templates: frozenset[str]) -> Iterator[Finding]:
    asked = {"trigger.coupon": offer.trigger.coupon, "form.template": getattr(offer.form, "template", "")}
    for place, template in asked.items():
        if template and template not in templates:
            yield _finding(offer, FAULT, "template", place, template=template)


def _out_of_reach(offer: Offer, goods: Sequence[Line], priced: bool) -> Iterator[Finding]:
    threshold, kinds = offer.trigger.threshold, len({line.sku for line in goods})
    counted = threshold is not None and threshold.of == "kinds"
    if counted and kinds < threshold.least and (priced or _names_skus_alone(offer)):
        yield _finding(offer, FAULT, "few_kinds", "trigger.threshold", least=threshold.least, most=kinds)
    if not priced:
        return
    dearest = max(line.unit_price for line in goods)
    asks_money = threshold is not None and threshold.of == "amount"
    counts_money = asks_money or offer.execution == forms.REDUCE or isinstance(offer.form, forms.Multiplier)
    if not dearest and counts_money:
        yield _finding(offer, FAULT, "no_price", "trigger.goods")
    elif isinstance(offer.form, forms.Price) and _saves_nothing(offer.form, dearest):
        yield _finding(offer, FAULT, "no_gain", "form.amount", dearest=dearest)


def _saves_nothing(form: forms.Price, dearest: int) -> bool:
    """A piece of a line is worth half a minor unit more than its price at most: lines are rounded half up."""
    return form.pieces * (2 * dearest + 1) <= 2 * form.amount


def _names_skus_alone(offer: Offer) -> bool:
    goods = offer.trigger.goods
    return bool(goods.skus) and not (goods.categories or goods.sets)


def _exclusions(offer: Offer, others: Sequence[Offer], at: datetime) -> Iterator[Finding]:
    """Offers that could hold together, of which a basket never gets two."""
    meeting = [other for other in others if _can_meet(offer, other, at)]
    ways = {
        "alone": ("limits.alone", lambda other: offer.limits.alone or other.limits.alone),
        "excluded": ("limits.groups", lambda other: offer.limits.groups & other.limits.groups),
        "pool": ("limits.pool", lambda other: _take_all(offer, other)),
    }
    for kind, (place, excludes) in ways.items():
        if by := tuple(sorted(other.code for other in meeting if excludes(other))):
            yield _finding(offer, NOTE, kind, place, by=by)


def _can_meet(one: Offer, other: Offer, at: datetime) -> bool:
    channels = one.trigger.channels, other.trigger.channels
    currencies = {one.currency, other.currency} - {""}
    if len(currencies) > 1 or (all(channels) and channels[0].isdisjoint(channels[1])):
        return False
    return moments.first([one.trigger, other.trigger], after=at) is not None


def _take_all(one: Offer, other: Offer) -> bool:
    """Each uses up all pieces of the same goods."""
    grouped = isinstance(one.form, meaning.GROUPED) or isinstance(other.form, meaning.GROUPED)
    same = one.limits.pool == other.limits.pool and one.trigger.goods == other.trigger.goods
    return bool(one.limits.pool) and same and not grouped


def _tried(offer: Offer, others: Sequence[Offer], at: datetime, prices: Sequence[Line]) -> list[Finding]:
    """The worst that shows in baskets with just enough of its goods: by itself, and beside the others."""
    goods = sorted(trying.goods_of(offer, prices), key=_margin)[:TRIED]
    moment = moments.first([offer.trigger], after=at)
    by_itself, all_of_them = compiling.compile([offer]), compiling.compile([offer, *_once(others)])
    worst: dict[str, tuple[int, Finding]] = {}
    displaced: list[Finding | None] = []
    for basket, alone in _reaching(offer, by_itself, trying.baskets(offer, goods, others=others, at=moment)):
        together = pricing.quote(basket, all_of_them)
        displaced.append(_displaced(offer, basket, together))
        for loss, finding in [*_losses(offer, basket, alone), *_losses(offer, basket, together)]:
            if finding.kind not in worst or loss > worst[finding.kind][0]:
                worst[finding.kind] = loss, finding
    never_given = displaced[:1] if all(displaced) else []
    return [finding for _loss, finding in worst.values()] + never_given


def _reaching(offer: Offer, by_itself: Compiled, baskets: Iterable[Basket]) -> Iterator[tuple[Basket, Quote]]:
    """Of each article the first basket in which the offer is applied by itself."""
    reached = set()
    for basket in baskets:
        skus = tuple(line.sku for line in basket.lines)
        if skus not in reached:
            alone = pricing.quote(basket, by_itself)
            if alone.uses:
                reached.add(skus)
                yield basket, alone


def _once(offers: Sequence[Offer]) -> list[Offer]:
    return list({offer.code: offer for offer in offers}.values())


def _margin(line: Line) -> tuple[int, int]:
    """Least margin first, in basis points; unknown costs last."""
    if line.cost is None or not line.unit_price:
        return 10**9, -line.unit_price
    return (line.unit_price - line.cost) * 10_000 // line.unit_price, -line.unit_price


def _losses(offer: Offer, basket: Basket, quote: Quote) -> Iterator[tuple[int, Finding]]:
    by = tuple(use.offer for use in quote.uses if use.discount)
    if offer.code not in by:
        return
    sums = {"by": by, "list": quote.total_list, "total": quote.total_list - quote.discount}
    if sums["total"] == 0:
        yield quote.discount, _finding(offer, WARNING, "for_nothing", "form", basket, **sums)
    if all(line.cost is not None for line in basket.lines):
        cost = sum((line.cost * line.quantity + PIECE // 2) // PIECE for line in basket.lines)
        if sums["total"] < cost <= quote.total_list:
            loss = (cost - sums["total"]) * 10_000 // cost
            yield loss, _finding(offer, WARNING, "below_cost", "form", basket, cost=cost, **sums)


def _displaced(offer: Offer, basket: Basket, quote: Quote) -> Finding | None:
    verdict = next(each for each in quote.verdicts if each.offer == offer.code)
    if verdict.state != BEATEN or not verdict.params["by"]:
        return None
    sums = {"by": verdict.params["by"], "list": quote.total_list}
    return _finding(offer, WARNING, "displaced", "limits", basket, **sums)


def _finding(
    offer: Offer, level: str, kind: str, place: str, basket: Basket | None = None, **params: Value
) -> Finding:
    return Finding(offer=offer.code, level=level, kind=kind, place=place, params=params, basket=basket)
