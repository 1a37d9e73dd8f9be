"""The printed form of a OneID: twelve random symbols of Crockford's base 32 and a check symbol.

60 random bits; the check symbol is the value modulo 31, so one wrong symbol is always noticed.
Format: Crockford, "Base 32" (https://www.crockford.com/base32.html), without its own check alphabet.
"""

import os

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 13


def mint() -> str:
    """A new OneID, 13 symbols, such as ``7K2MQ4TX8B3DA``."""
    return mint_many(1)[0]


def mint_many(count: int) -> list[str]:
    """``count`` new OneIDs, from one draw of the system's random bits."""
    drawn = os.urandom(8 * count)
    return [_printed(int.from_bytes(drawn[place : place + 8]) >> 4) for place in range(0, 8 * count, 8)]


def _printed(value: int) -> str:
    symbols = [ALPHABET[(value >> shift) & 31] for shift in range(55, -1, -5)]
    return "".join(symbols) + ALPHABET[value % 31]


def normalise(text: str) -> str:
    """What a person typed, in canonical form: upper case, no separators, O and I/L read as 0 and 1."""
    return (
        text.upper().replace("-", "").replace(" ", "").replace("O", "0").replace("I", "1").replace("L", "1")
    )


def written(oneid: str) -> str:
    """A regular expression (PostgreSQL's ``~*`` and Python's) of every text that `normalise` reads as ``oneid``."""
    alike = {"0": "[0O]", "1": "[1IL]"}
    return "[ -]*".join(alike.get(symbol, symbol) for symbol in oneid)


def is_valid(oneid: str) -> bool:
    """Whether ``oneid`` (canonical form) has the right length, symbols and check symbol."""
    if len(oneid) != LENGTH or any(symbol not in ALPHABET for symbol in oneid):
        return False
    value = 0
    for symbol in oneid[:-1]:
        value = value * 32 + ALPHABET.index(symbol)
    return ALPHABET[value % 31] == oneid[-1]


def grouped(oneid: str) -> str:
    """The printed form in groups of four: ``7K2M Q4TX 8B3D A``."""
    return " ".join(oneid[start : start + 4] for start in range(0, len(oneid), 4))
