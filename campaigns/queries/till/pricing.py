"""What a basket costs at a store now: the live rules, what the house knows of the buyer, and the engine."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec
from django.utils import timezone

from campaigns.offers import currencies, pricing
from campaigns.offers.basket import Basket, Buyer, Line
from campaigns.offers.offer import Offer
from campaigns.offers.quote import Quote
from campaigns.queries import budgets, live
from campaigns.queries.live import Rules
from campaigns.queries.till import buyers, giveable, held, uses
from campaigns.queries.till.buyers import Person
from campaigns.queries.till.held import Coupons
from campaigns.queries.till.places import Place
from campaigns.till import pricing as alone
from members.models import Channel, Organization


@dataclass(frozen=True)
class Asked:
    """A basket as a till sent it. ``oneid``: "" for a guest. ``coupons``: codes, or None for all that the person has."""

    lines: tuple[Line, ...]
    currency: str
    regions: frozenset[str] = frozenset()
    oneid: str = ""
    coupons: tuple[str, ...] | None = ()
    chosen: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Priced:
    """``digest`` names everything the customer gets and pays: equal digests, equal offers. ``purse``: the book that red packets
    go into."""

    rules: Rules
    basket: Basket
    quote: Quote
    digest: str
    person: Person | None
    coupons: Coupons
    capped: dict[str, Offer]
    purse: str = ""

    @property
    def total(self) -> Decimal:
        digits = currencies.digits(self.basket.currency)
        return Decimal(self.quote.total).scaleb(-digits)


def price(
    *, asked: Asked, place: Place, node: Organization, channel: Channel, now: dt.datetime, gone: Collection[str] = ()
) -> Priced:  # fmt: skip
    """``node``: where the caller stands, for only whom it knows is a buyer; ``gone``: offers of which nothing is left any more.
    Raises buyers.Unknown."""
    store = place.organization
    rules = live.rules(store=store, at=now)
    person = None
    if asked.oneid:
        person = buyers.person(oneid_text=asked.oneid, node=node, channel=channel, rules=rules, at=now)
    coupons = _coupons(asked, person, store, node, now)
    at, capped = timezone.localtime(now), uses.capped(rules=rules)
    basket = Basket(
        lines=asked.lines,
        currency=asked.currency,
        at=at,
        organizations=place.above,
        channel=channel.code,
        regions=asked.regions,
        buyer=_asked_of(person.buyer, rules) if person else None,
        coupons=coupons.usable,
        chosen=asked.chosen,
        used=uses.used(offers=capped, member=person.member if person else None, store=store, day=at.date()),
        left=(budgets.left(shares=rules.shares) if rules.shares else {}) | dict.fromkeys(gone, 0),
    )
    quote, purse = pricing.quote(basket, rules.compiled), ""
    if quote.rewards:
        basket, quote, purse = _giveable(basket, quote, rules, person, store, now)
    return Priced(rules, basket, quote, alone.digest(quote), person, coupons, capped, purse)


def _asked_of(buyer: Buyer, rules: Rules) -> Buyer:
    """Of the buyer's tiers and tags those that an offer asks for: no others are kept with a sale."""
    compiled = rules.compiled
    tiers, tags = buyer.tiers & compiled.tier.by_word.keys(), buyer.tags & compiled.tag.by_word.keys()
    return msgspec.structs.replace(buyer, tiers=tiers, tags=tags)


def _giveable(
    basket: Basket, quote: Quote, rules: Rules, person: Person, store: Organization, now: dt.datetime
) -> tuple[Basket, Quote, str]:
    """What cannot be given is not promised: priced again without it, until all of it can be given."""
    offers = {rule.code: rule.offer for rule in rules.compiled.rules}
    told = {"member": person.member, "store": store, "currency": basket.currency, "now": now}
    told["digits"] = currencies.digits(basket.currency)
    while True:
        found = giveable.of(quote=quote, offers=offers, **told)
        left = {code: min(left, basket.left.get(code, left)) for code, left in found.left.items()}
        if left.items() <= basket.left.items():
            return basket, quote, found.purse
        basket = msgspec.structs.replace(basket, left=basket.left | left)
        quote = pricing.quote(basket, rules.compiled)
        if not quote.rewards:
            return basket, quote, ""


def _coupons(
    asked: Asked, person: Person | None, store: Organization, node: Organization, now: dt.datetime
) -> Coupons:  # fmt: skip
    if asked.coupons:
        member = person.member if person else None
        return held.shown(codes=asked.coupons, member=member, store=store, node=node, now=now)
    if asked.coupons is None and person:
        return held.own(member=person.member, store=store, now=now)
    return held.NO_COUPONS
