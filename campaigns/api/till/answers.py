"""A quote as tills are told it: amounts as texts of the currency, quantities as texts, sentences in their language."""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from campaigns.api.till import figures
from campaigns.offers import quote as quotes
from campaigns.offers import words
from campaigns.offers.offer import Offer
from campaigns.offers.wording import Named
from campaigns.queries.till.pricing import Priced


class Part(Struct):
    offer: str
    amount: str


class Line(Struct):
    line: int
    list: str
    net: str
    parts: list[Part]


class Told(Struct):
    """Of one offer. ``says`` is for people; ``reason``, "" if applied, for programs (docs/offers.md)."""

    offer: str
    name: str
    state: Literal["applied", "near", "beaten", "refused"]
    reason: str
    says: str
    times: int
    discount: str
    coupons: list[str]


class Coupon(Struct):
    """``used`` by this basket, ``unused``, or ``refused``."""

    code: str
    state: Literal["used", "unused", "refused"]
    reason: str
    says: str


class Goods(Struct):
    """Goods that come along. ``choices``: what can be taken instead."""

    offer: str
    sku: str
    quantity: str
    amount: str
    choices: list[str]


class Choice(Struct):
    """An exchange that the customer may take: name it in ``chosen``."""

    offer: str
    name: str
    skus: list[str]
    price: str


class Reward(Struct):
    """``amount`` of ``what``: amounts of cash and packets in the currency, units of a book, coupons, or the factor of points."""

    offer: str
    kind: Literal["cash", "packet", "points", "multiplier", "voucher"]
    what: str
    amount: str
    most: str
    when: Literal["now", "paid", "received"]
    days: int


class Warned(Struct):
    place: str
    message: str


class Answer(Struct, omit_defaults=True):
    store: str
    currency: str
    oneid: str
    lines: list[Line]
    total_list: str
    discount: str
    total: str
    offers: list[Told]
    coupons: list[Coupon]
    gifts: list[Goods]
    exchanges: list[Goods]
    choices: list[Choice]
    rewards: list[Reward]
    gain: str
    bound: str
    proven: bool
    digest: str
    rules: int
    warnings: list[Warned]
    clock_off_seconds: int | None = None


def of(
    priced: Priced, *, store: str, language: str, explain: bool, reasons: dict[str, str],
    warnings: list[Warned], clock_off: int | None,
) -> Answer:  # fmt: skip
    """``reasons``: what is said of coupons that were refused, by their reason."""
    quote, currency = priced.quote, priced.basket.currency
    offers = {rule.code: rule.offer for rule in priced.rules.compiled.rules}

    def money(minor: int) -> str:
        return figures.money(minor, currency)

    return Answer(
        store=store,
        currency=currency,
        oneid=priced.person.member.oneid if priced.person else "",
        lines=[_line(each, money) for each in quote.lines],
        total_list=money(quote.total_list),
        discount=money(quote.discount),
        total=money(quote.total),
        offers=list(_offers(priced, offers, language, explain=explain)),
        coupons=list(_coupons(priced, offers, language, reasons)),
        gifts=[_goods(each, money) for each in quote.gifts],
        exchanges=[_goods(each, money) for each in quote.exchanges],
        choices=[_choice(each, offers, money) for each in quote.verdicts if each.reason == "choose"],
        rewards=[_reward(each, offers[each.offer], money) for each in quote.rewards],
        gain=money(quote.gain),
        bound=money(quote.bound),
        proven=quote.proven,
        digest=priced.digest,
        rules=priced.rules.revision,
        warnings=warnings,
        clock_off_seconds=clock_off,
    )


def _line(line: quotes.PricedLine, money) -> Line:
    parts = [Part(part.offer, money(part.amount)) for part in line.parts]
    return Line(line.number, money(line.list), money(line.net), parts)


def _offers(priced: Priced, offers: dict[str, Offer], language: str, *, explain: bool) -> Iterator[Told]:
    currency, uses = priced.basket.currency, {use.offer: use for use in priced.quote.uses}
    named = _named(priced)
    for verdict in priced.quote.verdicts:
        if verdict.state == quotes.REFUSED and not explain:
            continue
        offer, use = offers[verdict.offer], uses.get(verdict.offer)
        said = words.verdict(verdict, offers, currency=currency, language=language, named=named)
        yield Told(
            offer=offer.code,
            name=offer.name,
            state=verdict.state,
            reason=verdict.reason,
            says=said,
            times=use.times if use else 0,
            discount=figures.money(use.discount if use else 0, currency),
            coupons=list(use.coupons) if use else [],
        )


def _named(priced: Priced) -> Named:
    """Coupons by the names of their templates, everything else by its code."""
    templates = priced.coupons.names

    def named(kind: str, code: str) -> str:
        return templates.get(code, code) if kind == "template" else code

    return named


def _coupons(
    priced: Priced, offers: dict[str, Offer], language: str, reasons: dict[str, str]
) -> Iterator[Coupon]:
    """One that could be used and is not: for what keeps its offer back; "" if others of its sort are used."""
    used = {code for use in priced.quote.uses for code in use.coupons}
    verdicts = {offers[each.offer].trigger.coupon: each for each in priced.quote.verdicts}
    told = {"currency": priced.basket.currency, "language": language, "named": _named(priced)}
    for coupon in priced.coupons.usable:
        verdict = verdicts.get(coupon.template)
        if coupon.code in used or verdict is None or verdict.state == quotes.APPLIED:
            yield Coupon(coupon.code, "used" if coupon.code in used else "unused", "", "")
        else:
            yield Coupon(coupon.code, "unused", verdict.reason, words.verdict(verdict, offers, **told))
    for code, reason in priced.coupons.refused.items():
        yield Coupon(code, "refused", reason, reasons[reason])


def _goods(extra: quotes.Extra, money) -> Goods:
    quantity = figures.pieces(extra.quantity)
    return Goods(extra.offer, extra.sku, quantity, money(extra.amount), list(extra.choices))


def _choice(verdict: quotes.Verdict, offers: dict[str, Offer], money) -> Choice:
    offer = offers[verdict.offer]
    return Choice(offer.code, offer.name, list(verdict.params["skus"]), money(verdict.params["price"]))


def _reward(reward: quotes.Reward, offer: Offer, money) -> Reward:
    written = {
        "multiplier": lambda: figures.plain(reward.amount, 10_000),
        "points": lambda: figures.scaled(reward.amount, offer.form.digits),
        "voucher": lambda: str(reward.amount),
    }
    amount = written.get(reward.kind, lambda: money(reward.amount))()
    most = money(reward.most) if reward.kind == "packet" else ""
    return Reward(reward.offer, reward.kind, reward.what, amount, most, reward.when or "now", reward.days)
