"""What a till knows when it asks for a price: lines, buyer, place, time, coupons and what was used before."""

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta, Struct

from campaigns.offers.scales import PIECE, Code, Currency, Instant, Milli, Minor, Used, Wall, Word

Month = Annotated[int, Meta(ge=1, le=12)]
Day = Annotated[int, Meta(ge=1, le=31)]
Occasion = Literal["day", "week", "month"]


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``quantity`` in thousandths of a piece, ``unit_price`` and ``cost`` in minor units a piece. ``sets``: codes of the goods
    sets it belongs to. ``excluded``: price-maintained goods, which no offer may touch."""

    number: Annotated[int, Meta(ge=1, le=10**6)]
    sku: Code
    quantity: Milli
    unit_price: Minor
    category: Word = ""
    brand: Word = ""
    sets: frozenset[Code] = frozenset()
    cost: Minor | None = None
    excluded: bool = False

    @property
    def amount(self) -> int:
        """Minor units: unit price × quantity, half up."""
        return (self.unit_price * self.quantity + PIECE // 2) // PIECE


class Buyer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What conditions ask of a member. ``tiers``: ``programme:code``; ``birthday``: (month, day), or instead only the
    ``occasions``: what the basket's day is of it; ``new``: has never bought."""

    tiers: frozenset[Code] = frozenset()
    tags: frozenset[Code] = frozenset()
    audiences: frozenset[Code] = frozenset()
    birthday: tuple[Month, Day] | None = None
    occasions: frozenset[Occasion] = frozenset()
    new: bool = False


class Held(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A coupon that may be used here. ``usable_from`` and ``usable_until``: wall time of the store, half-open; None: without end."""

    code: Code
    template: Code
    usable_from: Wall | None = None
    usable_until: Wall | None = None

    def __post_init__(self) -> None:
        if self.usable_from and self.usable_until and self.usable_from >= self.usable_until:
            raise ValueError(
                f"coupon {self.code} ends before it begins: let usable_until be later than usable_from"
            )


class Uses(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How many times an offer was used already: by the member, on this day, in this store, in the whole campaign."""

    member: Used = 0
    day: Used = 0
    store: Used = 0
    campaign: Used = 0


class Basket(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``at``: with the store's offset; its wall time is what windows look at. ``organizations``: the store first, then those
    above. ``buyer``: None for a guest. ``chosen``: of each offer code the SKU the customer took (an exchange is only made if
    chosen). ``used`` and ``left`` by offer code; ``left``: minor units of its budget; an offer not named has no bound.
    """

    lines: tuple[Line, ...]
    currency: Currency
    at: Instant
    organizations: tuple[Code, ...] = ()
    channel: Word = ""
    regions: frozenset[Code] = frozenset()
    buyer: Buyer | None = None
    coupons: tuple[Held, ...] = ()
    chosen: dict[Code, Code] = {}
    used: dict[Code, Uses] = {}
    left: dict[Code, Minor] = {}

    def __post_init__(self) -> None:
        if not self.currency:
            raise ValueError("currency is empty: name it by its three letters, like CNY")
        if number := _twice(line.number for line in self.lines):
            raise ValueError(f"line number {number} stands twice: give each line its own number")
        if code := _twice(coupon.code for coupon in self.coupons):
            raise ValueError(f"coupon {code} stands twice: name each coupon once")


def _twice(values: Iterable) -> object | None:
    seen = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None
