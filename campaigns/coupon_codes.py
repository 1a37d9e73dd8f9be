"""Codes of coupons: ten random symbols of Crockford's base 32, such as ``7K2MQ4TX8B``. 50 bits: of a million codes that
are open, one guess in a thousand million opens one."""

from collections.abc import Callable

from members.ledger import codes

SYMBOLS = 10
BYTES = 7
LONGEST = 40
SHOWN = 4
_pairs = [first + second for first in codes.ALPHABET for second in codes.ALPHABET]


def many(*, count: int, random: Callable[[int], bytes]) -> list[str]:
    """So many new codes, hardly ever one twice. ``random``: gives secret random bytes, such as ``secrets.token_bytes``."""
    drawn = random(BYTES * count)
    return [_code(int.from_bytes(drawn[start : start + BYTES])) for start in range(0, len(drawn), BYTES)]


def _code(value: int) -> str:
    return "".join([_pairs[value >> shift & 1023] for shift in (40, 30, 20, 10, 0)])


def normal(text: str) -> str:
    """What somebody typed or scanned, as codes are kept: upper case, without spaces and hyphens, O read as 0, I and L as 1."""
    return codes.normal(text)


def masked(code: str) -> str:
    """Who reads a code can use it: only its end is shown."""
    return f"••••••{code[-SHOWN:]}" if len(code) > SHOWN else "••••••"
