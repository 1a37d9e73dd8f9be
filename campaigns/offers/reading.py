"""Baskets, offers and quotes from JSON and back. Strict: what is not understood is refused with its place.

Sets and objects are written in one order, so the same value is the same text on every machine.
"""

import re
from collections.abc import Sequence

import msgspec

from campaigns.offers.basket import Basket
from campaigns.offers.offer import Offer
from campaigns.offers.quote import Quote

PLACE = re.compile(r"^(?P<what>.*?)(?: - at (?:`key` in )?`(?P<place>[^`]*)`)?$", re.DOTALL)
REMEDIES = (
    ("missing required field", "add the field"),
    ("unknown field", "leave the field out, or correct its name"),
    ("no timezone component", "write the store's own time without an offset, like 2026-06-08T00:00:00"),
    ("with a timezone component", "write the time with the store's offset, like 2026-06-08T00:00:00+08:00"),
    ("RFC3339", "write the time like 2026-06-08T00:00:00+08:00"),
    ("JSON is malformed", "send JSON"),
    ("Expected", "send a value of this kind and size"),
    ("Invalid value", "choose one of the named values"),
    ("Invalid enum value", "choose one of the named values"),
)

_encoder = msgspec.json.Encoder(order="deterministic")
_basket, _offer, _offers, _quote = (
    msgspec.json.Decoder(kind) for kind in (Basket, Offer, tuple[Offer, ...], Quote)
)


class Unreadable(ValueError):
    """``place`` is a path like ``$.lines[0].quantity``; ``what`` is wrong there, and ``remedy``."""

    def __init__(self, *, place: str, what: str, remedy: str) -> None:
        super().__init__(f"{place}: {what}" + (f": {remedy}" if remedy else ""))
        self.place, self.what, self.remedy = place, what, remedy


def basket(text: bytes | str) -> Basket:
    """Raises Unreadable."""
    return _read(_basket, text)


def offer(text: bytes | str) -> Offer:
    """Raises Unreadable."""
    return _read(_offer, text)


def offers(text: bytes | str) -> tuple[Offer, ...]:
    """Raises Unreadable, also if a code stands twice."""
    read = _read(_offers, text)
    seen: set[str] = set()
    for number, each in enumerate(read):
        if each.code in seen:
            what = f"code {each.code} stands twice"
            raise Unreadable(place=f"$[{number}].code", what=what, remedy="give each offer its own code")
        seen.add(each.code)
    return read


def quote(text: bytes | str) -> Quote:
    """Raises Unreadable."""
    return _read(_quote, text)


def text(value: Basket | Offer | Sequence[Offer] | Quote) -> bytes:
    """JSON, the same bytes for the same value."""
    return _encoder.encode(value)


def from_builtins(value: object, kind: type) -> object:
    """The noun ``kind`` out of decoded JSON (a JSONB column, a request's body). Raises Unreadable."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise _unreadable(error) from error


def to_builtins(value: object) -> object:
    """What a JSONB column holds; sets in order."""
    return msgspec.to_builtins(value, order="deterministic")


def _read(decoder: msgspec.json.Decoder, text: bytes | str) -> object:
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> Unreadable:
    found = PLACE.match(str(error))
    what = found["what"]
    remedy = next((remedy for sign, remedy in REMEDIES if sign in what), "")
    return Unreadable(place=found["place"] or "$", what=what, remedy=remedy)
