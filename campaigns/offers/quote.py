"""The answer: what each line costs, what is given, and of each offer why."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

ENGINE = "1"
APPLIED, REFUSED, NEAR, BEATEN = "applied", "refused", "near", "beaten"


class _Answer(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Part(_Answer, kw_only=True):
    """``amount`` minor units of a line's discount come from ``offer``."""

    offer: str
    amount: int


class PricedLine(_Answer, kw_only=True):
    """Minor units: ``net`` = ``list`` − Σ parts, never below 0. ``quantity`` in thousandths."""

    number: int
    quantity: int
    list: int
    net: int
    parts: tuple[Part, ...] = ()


class Share(_Answer, kw_only=True):
    """``amount`` of something falls on line ``number``."""

    number: int
    amount: int


class Extra(_Answer, kw_only=True):
    """Goods that come along, ``quantity`` in thousandths, ``price`` minor units a piece, ``amount`` for all. ``choices``: what else could be taken.
    ``shares``: lines it hangs on, in thousandths."""

    offer: str
    sku: str
    quantity: int
    price: int
    amount: int
    choices: tuple[str, ...]
    shares: tuple[Share, ...]


class Reward(_Answer, kw_only=True):
    """What is given besides goods. ``kind``: cash, packet, points, multiplier, voucher. ``what``: book or template. ``amount``: minor
    units, units of the book, coupons; of a packet its least, with ``most``; of a multiplier basis points, with ``base`` what it is
    for. ``when``: "" now, ``paid`` or ``received``, and ``days`` after. ``shares`` add up to amount (of a packet to most, of a
    multiplier to base)."""

    offer: str
    kind: Literal["cash", "packet", "points", "multiplier", "voucher"]
    what: str
    amount: int
    most: int
    base: int
    times: int
    worth: int
    when: str
    days: int
    shares: tuple[Share, ...]


class Use(_Answer, kw_only=True):
    """One offer of the best combination, in the order of application. ``discount`` and ``worth`` in minor units; ``coupons``: codes taken."""

    offer: str
    activity: str
    version: int
    times: int
    discount: int
    worth: int
    coupons: tuple[str, ...]


class Steps(_Answer, kw_only=True):
    """How an offer was applied: in ``stack`` it looked at ``base`` of its goods (minor units, thousandths or kinds, as its
    threshold counts), which are ``times`` multiples; its ``effect`` (minor units of discount, else worth) fell on lines by ``shares``."""

    stack: int
    base: int
    of: str
    least: int
    times: int
    effect: int
    shares: tuple[Share, ...]


Value = int | str | tuple[str, ...]


class Verdict(_Answer, kw_only=True, omit_defaults=True):
    """Of one offer. ``reason``: a code, "" if applied; ``params`` fill its sentence (docs/offers.md lists both)."""

    offer: str
    state: Literal["applied", "refused", "near", "beaten"]
    reason: str = ""
    params: dict[str, Value] = {}
    steps: Steps | None = None


class Quote(_Answer, kw_only=True):
    """Minor units throughout. ``total``: what is to pay, exchanges included. ``gain`` = discounts + worth of what is given;
    ``bound``: no allowed combination gains more; ``proven``: gain = bound. ``nodes``: combinations that were looked at.
    ``refused``: SHA-256 in hex of the verdicts on refused offers, where they are left out (keeping.kept)."""

    lines: tuple[PricedLine, ...]
    gifts: tuple[Extra, ...]
    exchanges: tuple[Extra, ...]
    rewards: tuple[Reward, ...]
    uses: tuple[Use, ...]
    total_list: int
    discount: int
    total: int
    gain: int
    bound: int
    proven: bool
    nodes: int
    verdicts: tuple[Verdict, ...]
    refused: str | UnsetType = UNSET
    engine: str = ENGINE
