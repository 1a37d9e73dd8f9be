"""How leaves are joined."""

from dataclasses import dataclass


@dataclass(frozen=True)
class All:
    """Members in every part; without parts, everybody."""

    parts: tuple


@dataclass(frozen=True)
class Any:
    """Members in at least one part."""

    parts: tuple


@dataclass(frozen=True)
class Not:
    """Active members who are not in the part."""

    part: object
