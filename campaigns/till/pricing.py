"""A basket priced without a line: the bundle's rules and the engine of the house, so that the house finds the same."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

import msgspec

from campaigns.offers import compiling, reading
from campaigns.offers.basket import Basket, Held, Line, Uses
from campaigns.offers.compiling import Compiled
from campaigns.offers.quote import Quote
from campaigns.till.bundle import Allowance, Bundle
from campaigns.till.items import Sale


class Rules:
    """A bundle made ready: the offers of each period are compiled when they are first asked for."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._compiled: dict[int, Compiled] = {}

    def at(self, at: dt.datetime) -> Compiled:
        """Raises Over."""
        place = self.bundle.period(at)
        if place not in self._compiled:
            offers = (self.bundle.offers[number] for number in self.bundle.periods[place].offers)
            self._compiled[place] = compiling.compile(offers)
        return self._compiled[place]


def basket_of(bundle: Bundle, sale: Sale) -> Basket:
    """What a sale is priced from: the till's words, and what the bundle knows."""
    return basket(
        bundle, lines=sale.lines, currency=sale.currency, at=sale.at, oneid=sale.oneid, regions=sale.regions,
        coupons=sale.coupons, chosen=sale.chosen,
    )  # fmt: skip


def basket(
    bundle: Bundle, *, lines: Iterable[Line], currency: str, at: dt.datetime, oneid: str = "", regions: Iterable[str] = (),
    coupons: Iterable[str] = (), chosen: Mapping[str, str] | None = None,
) -> Basket:  # fmt: skip
    """Whoever has no allowance is a guest; coupons are those that an allowance names."""
    known = [each for each in bundle.allowances if oneid and each.oneid == oneid]
    return Basket(
        lines=tuple(lines),
        currency=currency,
        at=at.astimezone(ZoneInfo(bundle.time_zone)),
        organizations=bundle.organizations,
        channel=bundle.channel,
        regions=frozenset(regions),
        buyer=known[0].buyer if known else None,
        coupons=_shown(known, frozenset(coupons)),
        chosen=dict(chosen or {}),
        used=_used(bundle, known),
        left=bundle.left,
    )


def plain(*, lines: Iterable[Line], currency: str, at: dt.datetime) -> Basket:
    """Where no rules are known: at list prices."""
    return Basket(lines=tuple(lines), currency=currency, at=at)


NO_RULES = compiling.compile(())


def digest(quote: Quote) -> str:
    """Of what is given and paid, not of why or of how long it took to find."""
    return hashlib.sha256(reading.text(without_reasons(quote))).hexdigest()[:32]


def without_reasons(quote: Quote) -> Quote:
    return msgspec.structs.replace(quote, verdicts=(), refused=msgspec.UNSET, nodes=0)


def _shown(known: list[Allowance], codes: frozenset[str]) -> tuple[Held, ...]:
    """One member's coupons stand in each of his allowances."""
    return tuple(coupon for coupon in known[0].coupons if coupon.code in codes) if known else ()


def _used(bundle: Bundle, known: list[Allowance]) -> dict[str, Uses]:
    if not known:
        return bundle.used
    of_member = known[0].used
    return {
        code: msgspec.structs.replace(bundle.used.get(code, Uses()), member=of_member.get(code, 0))
        for code in {*bundle.used, *of_member}
    }
