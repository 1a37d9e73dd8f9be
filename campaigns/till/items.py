"""What a till tells of the time without a line: sales and returns as they happened, in the units of the engine."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from campaigns.offers.basket import Line
from campaigns.offers.quote import Quote
from campaigns.offers.scales import Code, Currency, Instant, Milli, Minor, Positive, Word

LINES = 1_000
Key = Annotated[str, Meta(pattern=r"^[A-Za-z0-9.:_-]{1,100}$(?!\n)")]
Number = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f/]{1,100}$(?!\n)")]
Reason = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{0,40}$(?!\n)")]  # a code, which names nobody


class _Told(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class Payment(_Told):
    """``amount`` in minor units."""

    method: Code
    amount: Positive


class Pay(_Told):
    """So many minor units out of an allowance, by its key."""

    allowance: Code
    amount: Positive


class Sale(_Told, tag_field="kind", tag="sale"):
    """Priced by the till under the rules ``bundle`` ("": at list prices); ``quote`` is the engine's answer (its verdicts may be left out) and
    ``digest`` names it. ``at``: by the till's clock. ``asked``: key of the request to commit it that was left without an answer."""

    key: Key
    store: Code
    order: Number
    at: Instant
    currency: Currency
    lines: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=LINES)]
    quote: Quote
    digest: Code
    bundle: Word = ""
    oneid: Word = ""
    regions: frozenset[Code] = frozenset()
    coupons: Annotated[tuple[Code, ...], Meta(max_length=50)] = ()
    chosen: dict[Code, Code] = {}
    payments: Annotated[tuple[Payment, ...], Meta(max_length=20)] = ()
    pays: Annotated[tuple[Pay, ...], Meta(max_length=20)] = ()
    cashier: Word = ""
    asked: Word = ""


class Back(_Told):
    """So many thousandths of a line come back."""

    line: Annotated[int, Meta(ge=1, le=2 * 10**6)]
    quantity: Milli


class Return(_Told, tag_field="kind", tag="return"):
    """``order``: the sale's number; ``number``: the return's own. ``refund``: minor units that the till gave, if it knew the
    sale."""

    key: Key
    store: Code
    order: Number
    number: Number
    at: Instant
    lines: Annotated[tuple[Back, ...], Meta(min_length=1, max_length=LINES)]
    refund: Minor | None = None
    reason: Reason = ""
    cashier: Word = ""


Item = Sale | Return


def text(item: Item) -> bytes:
    """The same bytes for the same item."""
    return msgspec.json.encode(item, order="deterministic")
