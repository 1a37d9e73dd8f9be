"""One person as the rooms that hold his data look for him."""

import dataclasses
import re

SEPARATORS = r"[ ().-]*"


@dataclasses.dataclass(frozen=True)
class Person:
    """``members`` and ``oneids`` are all that his accounts minted; ``keys`` rows (channel id, channel code, account at
    the channel); ``traces`` regular expressions of what is his alone, for texts where he is not named by a key.
    ``hidden`` are identifiers (kind, namespace, value) that no table holds and only a reading of all records tells.
    """

    member: int
    members: tuple[int, ...]
    oneids: tuple[str, ...]
    accounts: tuple[int, ...]
    keys: tuple[tuple[int, str, str], ...]
    traces: frozenset[str] = frozenset()
    hidden: frozenset[tuple[str, str, str]] = frozenset()

    @property
    def pattern(self) -> str:
        """One expression, for PostgreSQL (``~*``) and Python alike: any trace that stands as a word of its own."""
        alternatives = "|".join(sorted(self.traces)) or "(?!)"
        return f"(?<![0-9A-Za-z])(?:{alternatives})(?![0-9A-Za-z])"


def literal(text: str) -> str | None:
    """The trace of a text, or None if it is too short to be anybody's alone."""
    return re.escape(text) if len(text) >= 8 else None


def telephone(*, country: str, national: str) -> str:
    """The trace of a number however it is written: +86 138-1234-1234, 008613812341234, 13812341234."""
    digits = SEPARATORS.join(national)
    return rf"(?:(?:\+|00)?{SEPARATORS.join(country)}{SEPARATORS})?{digits}"
