"""One order of a simulation once more, with every step of its price."""

import datetime as dt
from dataclasses import dataclass

from campaigns.models import Simulation, SimulationPart
from campaigns.offers.offer import Offer
from campaigns.queries.simulating import buyers, parts, sales
from campaigns.queries.simulating.pricing import Priced
from campaigns.queries.simulating.sales import Sale


@dataclass(frozen=True)
class Sample:
    """``new``: the buyer had never bought before; ``tier``: of the shop's programme then. ``offers`` by code."""

    sale: Sale
    priced: Priced
    own: frozenset[str]
    offers: dict[str, Offer]
    tier: str
    new: bool


def of(*, simulation: Simulation, order: int, now: dt.datetime) -> Sample | None:
    """Priced after all that its buyer bought before it in the period, as then. None: it is not among its orders any more."""
    setting = parts.Setting(simulation)
    rows = [sale for sale in _of_buyer(simulation, order) if not sales.fits(sale, simulation.currency)]
    if not any(sale.order == order for sale in rows):
        return None
    organizations = {pk: place.organization for pk, place in setting.places.items()}
    known = buyers.of(sales=rows, asked=setting.asked, places=organizations, now=now)
    pricing = parts.prices(simulation, setting, explain=True)
    for sale in rows:
        priced = pricing.price(sale, known)
        if sale.order == order:
            offers = {offer.code: offer for offer in setting.rules.every}
            offers |= {offer.code: offer for offer in setting.rules.draft}
            new = sale.member is not None and known.is_new(sale)
            return Sample(sale, priced, setting.rules.own, offers, known.tier(sale), new)
    return None


def _of_buyer(simulation: Simulation, order: int) -> list[Sale]:
    one = sales.one(order=order, currency=simulation.currency)
    if one is None:
        return []
    guests = one.member is None
    high = order if guests else one.member
    part = SimulationPart(simulation=simulation, guests=guests, low=high - 1, high=high)
    return sales.of(simulation=simulation, part=part)
