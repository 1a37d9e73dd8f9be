"""A sale without a line happened, whatever was used up meanwhile: what can still be had of coupons, counters, budgets and
allowances is taken as for any sale; for the rest the store stands in.

Locks as everywhere: coupons, counters of uses, allowances and their holds, wallets and pots at once.
"""

import dataclasses
from collections.abc import Collection

import msgspec
from django.db import transaction
from django.utils import timezone

from campaigns.actions import coupon_uses, coupons
from campaigns.actions.till import covering_money, rewarding, setting_aside, uses
from campaigns.actions.till.covering_facts import Asked, Covered, Kind
from campaigns.offers import currencies
from campaigns.offers.offer import Offer
from campaigns.offers.quote import Quote, Use
from campaigns.queries.till import giveable
from campaigns.queries.till.pricing import Priced


def cover(asked: Asked) -> Covered:
    """Within the transaction of the sale."""
    covered = Covered(dict(asked.costs))
    _coupons(asked, covered)
    given = _rewards(asked, covered)
    for use in sorted(asked.quote.uses, key=lambda use: use.offer):
        _use(asked, covered, use)
    covering_money.take(asked=asked, covered=covered, beside=rewarding.wallets_of(priced=given))
    return covered


def _coupons(asked: Asked, covered: Covered) -> None:
    named = {code: use for use in asked.quote.uses for code in use.coupons}
    coupon_uses.lock(codes=named, beside=setting_aside.templates(asked.quote))
    for code in sorted(named):
        try:
            with transaction.atomic():
                coupon_uses.hold(
                    codes=[code], held_by=asked.till.held_by, now=asked.sold_at, store=asked.till.store,
                    account=asked.account,
                )  # fmt: skip
        except (coupons.Refused, coupons.Unknown):
            covered.lost.add(code)
    for use in asked.quote.uses:
        for code in covered.lost.intersection(use.coupons):
            covered.charge_offer(Kind.COUPON, code, use.offer)


def _rewards(asked: Asked, covered: Covered) -> Priced:
    """What was promised besides is set aside as far as there is still some; a quote of that."""
    offers = {rule.code: rule.offer for rule in asked.priced.rules.compiled.rules}
    quote = _as_ours(_giving(asked.quote, offers if asked.account else ()), asked.ours)
    purse = ""
    if quote.rewards:
        currency = asked.priced.basket.currency
        found = giveable.of(
            quote=quote, offers=offers, member=asked.account.member, store=asked.till.store, currency=currency,
            digits=currencies.digits(currency), now=asked.now,
        )  # fmt: skip
        quote, purse = _giving(quote, offers.keys() - found.left.keys()), found.purse
    while True:
        given = dataclasses.replace(asked.priced, quote=quote, purse=purse)
        try:
            with transaction.atomic():
                setting_aside.set_aside(sale=asked.sale, priced=given, now=asked.now)
            break
        except setting_aside.Gone as gone:
            quote = _giving(quote, offers.keys() - {gone.offer})
    kept = {each.offer for each in (*quote.rewards, *quote.gifts)}
    for each in (*asked.quote.rewards, *asked.quote.gifts):
        if each.offer not in kept and each.offer not in covered.missed:
            covered.missed.append(each.offer)
            covered.costs.pop(each.offer, None)
    return given


def _as_ours(quote: Quote, ours: Quote) -> Quote:
    """Only what the house promises itself: whatever else a till tells, nobody gets."""
    return msgspec.structs.replace(
        quote,
        rewards=tuple(each for each in quote.rewards if each in ours.rewards),
        gifts=tuple(each for each in quote.gifts if each in ours.gifts),
    )


def _giving(quote: Quote, offers: Collection[str]) -> Quote:
    """Only of these offers."""
    return msgspec.structs.replace(
        quote,
        rewards=tuple(each for each in quote.rewards if each.offer in offers),
        gifts=tuple(each for each in quote.gifts if each.offer in offers),
    )


def _use(asked: Asked, covered: Covered, use: Use) -> None:
    account = asked.account
    told = {
        "sale": asked.sale, "uses": [use], "member": account.member if account else None,
        "account": account.pk if account else None, "store": asked.till.store,
        "day": timezone.localtime(asked.sold_at).date(), "now": asked.now,
    }  # fmt: skip
    try:
        with transaction.atomic():
            uses.take(offers=_capped(asked, use), **told)
    except uses.UsedUp:
        uses.take(offers={}, **told)
        covered.charge_offer(Kind.CAP, use.offer, use.offer)


def _capped(asked: Asked, use: Use) -> dict[str, Offer]:
    offer = asked.priced.capped.get(use.offer)
    return {use.offer: offer} if offer else {}
