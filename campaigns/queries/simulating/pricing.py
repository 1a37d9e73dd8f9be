"""One past order priced twice: without the draft, and with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from campaigns.models import Simulation
from campaigns.offers import candidates, pricing, states
from campaigns.offers.basket import Basket, Uses
from campaigns.offers.compiling import Compiled
from campaigns.offers.quote import Quote, Verdict
from campaigns.queries.simulating.buyers import Known
from campaigns.queries.simulating.rules import Rules
from campaigns.queries.simulating.sales import Sale
from members.models import Organization

NOTHING_USED: Mapping[str, Uses] = {}


@dataclass(frozen=True, slots=True)
class Place:
    """``above``: codes of the place itself and of those above it, the nearest first."""

    organization: Organization
    above: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Priced:
    """``after`` is ``before`` where no offer of the draft could be about the order. ``verdicts``: of the draft's offers."""

    before: Quote
    after: Quote
    verdicts: tuple[Verdict, ...]


@dataclass
class Used:
    """How often members got what each may have so often only, in the orders that were priced so far."""

    before: dict[int, dict[str, int]] = field(default_factory=dict)
    after: dict[int, dict[str, int]] = field(default_factory=dict)


class Pricing:
    """Prices the orders of a part, one after the other: what a member used up by one counts at the next. ``explain``: with the
    verdicts of all offers, not of the draft's alone."""

    def __init__(
        self,
        *,
        simulation: Simulation,
        rules: Rules,
        places: Mapping[int, Place],
        channels: Mapping[int, str],
        explain: bool = False,
    ) -> None:
        self.currency, self.rules = simulation.currency, rules
        self.places, self.channels, self.explain = places, channels, explain
        self.counted = frozenset(offer.code for offer in rules.every if offer.limits.per_member)
        self.used = Used()

    def price(self, sale: Sale, known: Known) -> Priced:
        used = self.used
        place = self.places[sale.place]
        pair = self.rules.at(place.organization.path, sale.at)
        basket = self._basket(sale, place, known, used.before)
        before = pricing.quote(basket, pair.without, about=pricing.EVERY if self.explain else 0)
        self._count(before, sale, used.before)
        if self.counted:
            basket = msgspec.structs.replace(basket, used=self._told(sale, used.after))
        verdicts = _verdicts(basket, pair.draft)
        if not pair.afresh and None not in verdicts and not self._differ(sale, used):
            self._count(before, sale, used.after)
            return Priced(before, before, verdicts)
        after = pricing.quote(basket, pair.with_draft, about=pricing.EVERY if self.explain else pair.own)
        self._count(after, sale, used.after)
        own = self.rules.own
        return Priced(before, after, tuple(each for each in after.verdicts if each.offer in own))

    def _basket(self, sale: Sale, place: Place, known: Known, used: dict) -> Basket:
        return Basket(
            lines=sale.lines,
            currency=self.currency,
            at=sale.at,
            organizations=place.above,
            channel=self.channels[sale.channel],
            buyer=known.buyer(sale),
            coupons=known.held(sale) if sale.coupons else (),
            used=self._told(sale, used) if self.counted else NOTHING_USED,
        )

    def _told(self, sale: Sale, used: dict[int, dict[str, int]]) -> dict[str, Uses]:
        return {code: Uses(member=times) for code, times in used.get(sale.member, {}).items()}

    def _differ(self, sale: Sale, used: Used) -> bool:
        return bool(self.counted) and used.before.get(sale.member) != used.after.get(sale.member)

    def _count(self, quote: Quote, sale: Sale, used: dict[int, dict[str, int]]) -> None:
        if not self.counted or sale.member is None:
            return
        for use in quote.uses:
            if use.offer in self.counted:
                of_member = used.setdefault(sale.member, {})
                of_member[use.offer] = of_member.get(use.offer, 0) + use.times


def _verdicts(basket: Basket, draft: Compiled) -> tuple[Verdict | None, ...]:
    """Of each offer of the draft why it is not about the basket; None: it is, and what it does depends on the others."""
    goods = candidates.goods_of(basket)
    verdicts: list[Verdict | None] = [None] * len(draft.rules)
    candidates.find(draft, basket, goods, states.beginning(goods.amounts), verdicts)
    return tuple(verdicts)
