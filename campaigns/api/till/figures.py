"""Whole numbers as tills read them: 1250 fen as "12.50", 1500 thousandths of a piece as "1.5"."""

from campaigns.offers import currencies
from campaigns.offers.scales import PIECE


def money(minor: int, currency: str) -> str:
    """With all digits of the currency."""
    return scaled(minor, currencies.digits(currency))


def pieces(milli: int) -> str:
    return plain(milli, PIECE)


def plain(number: int, whole: int) -> str:
    """``number`` ÷ ``whole`` (a power of ten) without needless digits."""
    written = scaled(number, len(str(whole)) - 1)
    return written.rstrip("0").rstrip(".") if "." in written else written


def scaled(number: int, places: int) -> str:
    if not places:
        return str(number)
    figures = str(number).zfill(places + 1)
    return f"{figures[:-places]}.{figures[-places:]}"
