"""What an offer gives. Tagged: in JSON each form names its ``kind``.

``worth``: what one time of it is worth to the customer, in minor units; the best combination is sought by it.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from campaigns.offers.scales import WHOLE, Code, Count, Digits, Milli, Minor, Points, Positive, Rate, Share

ADD, REDUCE, RETURN, EXCHANGE = "add", "reduce", "return", "exchange"


class _Form(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind"):
    pass


class Cash(_Form, tag="cash", kw_only=True):
    """``amount`` less (reduce), or so much as a red packet into the member's wallet (add, return)."""

    amount: Positive


class Packet(_Form, tag="packet", kw_only=True):
    """A random red packet between ``least`` and ``most``, drawn when it is given; or one of ``count`` packets into which
    ``total`` was divided when the offer was published. Worth its mean, rounded down."""

    least: Positive
    most: Positive
    total: Positive | None = None
    count: Annotated[int, Meta(ge=1, le=100_000)] | None = None

    def __post_init__(self) -> None:
        if (self.total is None) != (self.count is None):
            raise ValueError("packets are divided from a total into a count: name both, or neither")
        if self.count and not self.count * self.least <= self.total <= self.count * self.most:
            raise ValueError(
                f"total {self.total} can't be divided into {self.count} packets from {self.least} to {self.most}: change one of them"
            )
        if self.least > self.most:
            raise ValueError(
                f"least {self.least} is above most {self.most}: a packet lies between least and most"
            )


class Percentage(_Form, tag="percentage", kw_only=True):
    """``off`` basis points of each line, half up; together ``cap`` minor units at most."""

    off: Share
    cap: Positive | None = None


class Price(_Form, tag="price", kw_only=True):
    """Each ``pieces`` of the goods, dearest first, for ``amount`` together."""

    pieces: Count
    amount: Minor


class Pieces(_Form, tag="pieces", kw_only=True):
    """Of each ``buy`` pieces, dearest first, the ``cheapest`` ones ``off`` basis points less: the second at half price is
    buy 2, cheapest 1, off 5000."""

    buy: Count
    cheapest: Count = 1
    off: Share = WHOLE

    def __post_init__(self) -> None:
        if self.cheapest > self.buy:
            raise ValueError(
                f"cheapest {self.cheapest} is above buy {self.buy}: name at most as many as are bought"
            )


class PerPiece(_Form, tag="per_piece", kw_only=True):
    """``amount`` less on each piece (of weighed goods: in proportion, half up on each line)."""

    amount: Positive


class GivenPoints(_Form, tag="points", kw_only=True):
    """``amount`` of the book's smallest units, of which 10^``digits`` are one."""

    book: Code
    amount: Points
    worth: Positive
    digits: Digits = 0


class Multiplier(_Form, tag="multiplier", kw_only=True):
    """``times`` (basis points: 20000 doubles) what the plan gives for the goods. ``worth``: basis points of their price
    that the additional points are worth."""

    book: Code
    times: Rate
    worth: Share


class Voucher(_Form, tag="voucher", kw_only=True):
    """``count`` coupons of a template. ``worth``: of one coupon."""

    template: Code
    of: Literal["consumption", "gift", "service"] = "consumption"
    count: Count = 1
    worth: Positive


class Article(_Form, tag="goods", kw_only=True):
    """``quantity`` (thousandths) of one of ``skus``, for ``price`` minor units a piece: 0 for a gift, more for an exchange.
    ``worth``: what the customer saves on one time of it."""

    skus: Annotated[tuple[Code, ...], Meta(min_length=1)]
    quantity: Milli = 1000
    price: Minor = 0
    worth: Positive


Form = Cash | Packet | Percentage | Price | Pieces | PerPiece | GivenPoints | Multiplier | Voucher | Article

GIFTS = (Cash, Packet, GivenPoints, Multiplier, Voucher, Article)
ALLOWED: dict[str, tuple[type, ...]] = {
    REDUCE: (Cash, Percentage, Price, Pieces, PerPiece),
    ADD: GIFTS,
    RETURN: GIFTS,
    EXCHANGE: (Article,),
}
REPEATED = (Cash, Packet, GivenPoints, Voucher, Article)  # what may be given for every multiple
TO_MEMBERS = (Packet, GivenPoints, Multiplier, Voucher)  # what needs somebody to be given to


def name(form: Form) -> str:
    """Its ``kind`` in JSON."""
    return form.__struct_config__.tag
