"""Which rules priced something, exactly: written once, found again for as long as prices are to be proved."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec
from msgspec import Struct

from campaigns.models import ActivityOffer, CouponTemplate
from campaigns.offers import compiling, pricing, reading
from campaigns.offers.compiling import Compiled
from campaigns.offers.offer import Offer
from campaigns.offers.quote import ENGINE

ACTIVITY, COUPON = "activity", "coupon"
TABLES = {ACTIVITY: ActivityOffer, COUPON: CouponTemplate}

_encoder = msgspec.json.Encoder(order="deterministic")


class Content(Struct, frozen=True, forbid_unknown_fields=True):
    """``offers`` of activities and ``coupons`` (their templates): digest of the frozen wording by id. ``nodes``: what the
    engine's search was allowed."""

    engine: str
    nodes: int
    offers: dict[str, str]
    coupons: dict[str, str]


class Found(NamedTuple):
    """``faults``: what is not as it was, in words."""

    content: Content | None
    compiled: Compiled | None
    faults: list[str]


def content(rules: Iterable[tuple[str, int, Offer]]) -> bytes:
    """Of (table, id, offer) each; the same rules are the same bytes."""
    digests: dict[str, dict[str, str]] = {ACTIVITY: {}, COUPON: {}}
    for table, pk, offer in rules:
        digests[table][str(pk)] = _digest(offer)
    told = Content(ENGINE, pricing.NODES, digests[ACTIVITY], digests[COUPON])
    return _encoder.encode(told)


def digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def again(*, text: str, kept: bytes) -> Found:
    """The rules that were written down so, as they stand now."""
    if digest(text.encode()) != kept:
        return Found(None, None, ["the list of the rules was changed"])
    told = msgspec.json.decode(text, type=Content)
    try:
        offers, faults = _standing(told)
        return Found(told, compiling.compile(offers), faults)
    except ValueError as unreadable:
        return Found(told, None, [f"the rules cannot be read: {unreadable}"])


def _standing(told: Content) -> tuple[list[Offer], list[str]]:
    offers, faults = [], []
    for table, digests in ((ACTIVITY, told.offers), (COUPON, told.coupons)):
        standing = dict(
            TABLES[table].objects.filter(pk__in=list(map(int, digests))).values_list("pk", "frozen")
        )
        offers += [_read(frozen) for frozen in standing.values() if frozen]
        faults += _changed(table, digests, standing)
    return offers, faults


def _changed(table: str, digests: Mapping[str, str], standing: Mapping[int, dict | None]) -> Iterable[str]:
    for pk, kept in digests.items():
        frozen = standing.get(int(pk))
        if not frozen:
            yield f"the {table} offer {pk} is gone"
        elif _digest(offer := _read(frozen)) != kept:
            yield f"the offer {offer.code} is not worded as it was"


def _read(frozen: dict) -> Offer:
    return reading.from_builtins(frozen, Offer)


def _digest(offer: Offer) -> str:
    return hashlib.sha256(reading.text(offer)).hexdigest()[:32]
