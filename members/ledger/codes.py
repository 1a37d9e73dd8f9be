"""Codes of gift cards: sixteen random symbols of Crockford's base 32 and a check symbol, such as ``7K2M-Q4TX-8B3D-ANPR-5``.

80 random bits, so that no code is found by trying; the check symbol (the value modulo 31) notices one mistyped
symbol, but for a 0 read as Z. Format: Crockford, "Base 32" (https://www.crockford.com/base32.html), without its own check alphabet.
"""

import hashlib
import hmac
from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SYMBOLS = 16
LENGTH = SYMBOLS + 1
BYTES = SYMBOLS * 5 // 8


def made(*, random: Callable[[int], bytes]) -> str:
    """A new code in its normal form. ``random``: gives so many secret random bytes, such as ``secrets.token_bytes``."""
    value = int.from_bytes(random(BYTES))
    symbols = [ALPHABET[(value >> shift) & 31] for shift in range(5 * (SYMBOLS - 1), -1, -5)]
    return "".join(symbols) + ALPHABET[value % 31]


def normal(text: str) -> str:
    """What somebody typed, in normal form: upper case, without spaces and hyphens, O read as 0, I and L as 1."""
    bare = "".join(text.upper().split()).replace("-", "")
    return bare.replace("O", "0").replace("I", "1").replace("L", "1")


def is_code(text: str) -> bool:
    """Whether a text in normal form has the length, the symbols and the check symbol of a code."""
    if len(text) != LENGTH or any(symbol not in ALPHABET for symbol in text):
        return False
    value = 0
    for symbol in text[:-1]:
        value = value * 32 + ALPHABET.index(symbol)
    return ALPHABET[value % 31] == text[-1]


def grouped(code: str) -> str:
    """As it is printed, in groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def hashed(code: str, *, secret: bytes) -> str:
    """What is kept of a code in its normal form: HMAC-SHA256 under ``secret``, 64 hexadecimal digits.

    80 random bits need no slow hash; the key makes the table worthless to whoever has only the database.
    """
    return hmac.new(secret, code.encode(), hashlib.sha256).hexdigest()
