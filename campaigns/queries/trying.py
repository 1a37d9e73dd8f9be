"""What a basket would cost if a draft were live, beside what is live at a store then. Nothing is written."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from campaigns.models import ActivityVersion
from campaigns.offers import compiling, pricing
from campaigns.offers.basket import Basket, Buyer, Held, Line
from campaigns.offers.offer import Offer
from campaigns.offers.quote import Quote
from campaigns.queries import budgets, live, wordings
from members.models import Organization


@dataclass(frozen=True)
class Tried:
    """``own``: codes of the draft's offers; ``unfit``: (position, why) of those that are not priced yet; ``offers`` by code."""

    quote: Quote
    own: frozenset[str]
    unfit: tuple[tuple[int, str], ...]
    offers: dict[str, Offer]

    def name(self, code: str) -> str:
        return self.offers[code].name or code


def price(
    *, version: ActivityVersion, store: Organization, lines: Collection[Line], currency: str, at: dt.datetime,
    channel: str = "", regions: frozenset[str] = frozenset(), buyer: Buyer | None = None,
    coupons: Collection[Held] = (), alone: bool = False,
) -> Tried:  # fmt: skip
    """``at``: aware, with the store's offset. ``alone``: without what else is live there."""
    own, unfit = offers(version=version)
    rules = live.rules(store=store, at=at)
    code = version.activity.code
    others = [] if alone else [offer for offer in rules.offers if offer.activity != code]
    every = [*own, *others]
    codes = {offer.code for offer in every}
    paid = {name: shares for name, shares in rules.shares.items() if name in codes} | _paid(version, codes)
    basket = Basket(
        lines=tuple(lines), currency=currency, at=at, organizations=_above(store), channel=channel, regions=regions,
        buyer=buyer, coupons=tuple(coupons), left=budgets.left(shares=paid), chosen=_chosen(every),
    )  # fmt: skip
    quote = pricing.quote(basket, compiling.compile(every))
    by_code = {offer.code: offer for offer in every}
    return Tried(quote, frozenset(offer.code for offer in own), tuple(unfit), by_code)


def offers(*, version: ActivityVersion) -> tuple[list[Offer], list[tuple[int, str]]]:
    """Those of a version for the engine, and (position, why) of those that are not complete."""
    made, unfit = [], []
    for offer in version.offers.order_by("position"):
        try:
            made.append(
                wordings.offer(
                    elements=offer,
                    code=offer.code,
                    activity=version.activity.code,
                    version=version.number,
                    audience=offer.audience_id,
                )
            )
        except wordings.Unfit as fault:
            unfit.append((offer.position, str(fault)))
    return made, unfit


def _paid(version, codes) -> dict:
    offers = version.offers.prefetch_related("shares__budget__book")
    found = {
        offer.code: tuple((share.budget, share.basis_points) for share in offer.shares.all())
        for offer in offers
    }
    return {code: shares for code, shares in found.items() if shares and code in codes}


def _above(store: Organization) -> tuple[str, ...]:
    """The store's code first, then those above it."""
    ids = [int(part) for part in store.path.strip("/").split("/")]
    codes = dict(Organization.objects.filter(pk__in=ids).values_list("pk", "code"))
    return tuple(codes[id] for id in reversed(ids))


def _chosen(offers: Collection[Offer]) -> dict[str, str]:
    """Of goods for a price the first is taken: the sample shows what it would be."""
    return {offer.code: offer.form.skus[0] for offer in offers if offer.execution == "exchange"}
