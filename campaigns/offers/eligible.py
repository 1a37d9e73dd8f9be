"""Which offers of a rule set could be about a basket, and why the others are not. By masks: bit i is rule i."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache

from campaigns.offers import calendar
from campaigns.offers.basket import Basket, Buyer
from campaigns.offers.compiling import Compiled
from campaigns.offers.offer import Offer
from campaigns.offers.quote import Verdict

Params = Callable[[Offer], dict]
EVERY = -1  # the mask of all, however many


@lru_cache(maxsize=1 << 14)
def bits(mask: int) -> tuple[int, ...]:
    """Places of the bits that are set, in order. Kept, as the same masks come again and again."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return tuple(found)


def offers(compiled: Compiled, basket: Basket, verdicts: list[Verdict | None], about: int = EVERY) -> int:
    """Mask of those whose time, place and buyer are met; the verdict of each other one is written into ``verdicts``, if it is
    ``about`` one of those that are asked for."""
    left = compiled.all
    for reason, met, params in _conditions(compiled, basket):
        if failed := left & ~met:
            compiled.refuse(reason, bits(failed & about), verdicts, params)
            left &= met
    return left


def _conditions(compiled: Compiled, basket: Basket) -> Iterator[tuple[str, int, Params | None]]:
    at = basket.at.replace(tzinfo=None)
    yield "not_begun", compiled.starts.never | compiled.starts.passed(at), _starts
    yield "over", ~compiled.ends.passed(at), _ends
    for recurrence, mask in compiled.recurrences:
        if reason := calendar.missed(recurrence, at):
            yield reason, ~mask, _recurs
    yield "currency", compiled.currency.met((basket.currency,)), _currency
    yield "channel", compiled.channel.met((basket.channel,)), _channels
    yield "place", compiled.place.met(basket.organizations), _places
    yield "region", compiled.region.met(basket.regions), _regions
    yield from _of_buyer(compiled, basket, at)
    yield "no_coupon", compiled.coupon.met(coupon.template for coupon in basket.coupons), _template


def _of_buyer(compiled: Compiled, basket: Basket, at) -> Iterator[tuple[str, int, Params | None]]:
    buyer = basket.buyer
    if buyer is None:
        yield "guest", ~compiled.members, None
        return
    yield "tier", compiled.tier.met(buyer.tiers), _tiers
    yield "tag", compiled.tag.met(buyer.tags), _tags
    yield "audience", compiled.audience.met(buyer.audiences), _audiences
    for within, mask in compiled.birthdays.items():
        if mask and not _celebrates(buyer, at.date(), within):
            yield "birthday", ~mask, _birthday
    if not buyer.new:
        yield "new", ~compiled.new, None


def _celebrates(buyer: Buyer, on: date, within: str) -> bool:
    known = buyer.birthday
    return within in buyer.occasions or (known is not None and calendar.is_birthday(known, on, within))


def _starts(offer: Offer) -> dict:
    return {"at": offer.trigger.starts.isoformat()}


def _ends(offer: Offer) -> dict:
    return {"at": offer.trigger.ends.isoformat()}


def _recurs(offer: Offer) -> dict:
    recurrence = offer.trigger.recurrence
    days = {
        "weekdays": tuple(map(str, sorted(recurrence.weekdays))),
        "days": tuple(map(str, sorted(recurrence.days))),
    }
    return {name: words for name, words in {**days, "hours": recurrence.hours}.items() if words}


def _currency(offer: Offer) -> dict:
    return {"currency": offer.currency}


def _channels(offer: Offer) -> dict:
    return {"channels": tuple(sorted(offer.trigger.channels))}


def _places(offer: Offer) -> dict:
    return {"organizations": tuple(sorted(offer.trigger.organizations))}


def _regions(offer: Offer) -> dict:
    return {"regions": tuple(sorted(offer.trigger.regions))}


def _tiers(offer: Offer) -> dict:
    return {"tiers": tuple(sorted(offer.trigger.tiers))}


def _tags(offer: Offer) -> dict:
    return {"tags": tuple(sorted(offer.trigger.tags))}


def _audiences(offer: Offer) -> dict:
    return {"audiences": tuple(sorted(offer.trigger.audiences))}


def _birthday(offer: Offer) -> dict:
    return {"within": offer.trigger.birthday}


def _template(offer: Offer) -> dict:
    return {"template": offer.trigger.coupon}
