"""Amounts as people write them, and as the engine counts them."""

from decimal import ROUND_HALF_UP, Decimal

from campaigns.offers.currencies import digits
from members.admin.decimals import plain

PIECE, WHOLE = 1000, 10_000


def minor(amount: Decimal, currency: str) -> int:
    """Minor units, half up."""
    return _whole(amount.scaleb(digits(currency)))


def major(units: int, currency: str) -> Decimal:
    return Decimal(units).scaleb(-digits(currency))


def money(units: int, currency: str) -> str:
    """1,234.50 CNY."""
    return f"{plain(major(units, currency), least=digits(currency))} {currency}".strip()


def milli(pieces: Decimal) -> int:
    """Thousandths of a piece."""
    return _whole(pieces * PIECE)


def pieces(thousandths: int) -> str:
    """1500 → 1.5."""
    return plain(Decimal(thousandths) / PIECE)


def points(percent: Decimal) -> int:
    """Basis points."""
    return _whole(percent * 100)


def percent(basis_points: int) -> str:
    """1250 → 12.5 %."""
    return f"{plain(Decimal(basis_points) / 100)} %"


def _whole(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))
