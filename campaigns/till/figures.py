"""What cashiers type and read: "12.50" is 1250 fen, "0.355" is 355 thousandths of a piece."""

import re

from campaigns.offers import currencies

NUMBER = re.compile(r"(\d{1,12})(?:\.(\d{1,6}))?", re.ASCII)


class NoNumber(ValueError):
    """It cannot be read as an amount or a quantity."""


def minor(text: str, currency: str) -> int:
    """Raises NoNumber."""
    return _steps(text, currencies.digits(currency), f"an amount of {currency}")


def milli(text: str) -> int:
    """Raises NoNumber."""
    return _steps(text, 3, "a quantity")


def money(minor: int, currency: str) -> str:
    places = currencies.digits(currency)
    written = str(minor).zfill(places + 1)
    return f"{written[:-places]}.{written[-places:]}" if places else written


def pieces(milli: int) -> str:
    return plain(milli, 3)


def plain(steps: int, places: int) -> str:
    """Without needless digits."""
    whole, parts = divmod(steps, 10**places)
    return f"{whole}.{parts:0{places}}".rstrip("0") if parts else str(whole)


def _steps(text: str, places: int, what: str) -> int:
    found = NUMBER.fullmatch(text)
    if found is None:
        raise NoNumber(f"“{text}” is not {what}: write it like 12.50")
    parts = (found[2] or "").rstrip("0")
    if len(parts) > places:
        raise NoNumber(f"“{text}” has {len(parts)} digits after the point, and {what} has {places} at most")
    return int(found[1] + parts.ljust(places, "0"))
