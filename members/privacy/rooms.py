"""The rooms that hold personal data. Each floor brings its own; ``config.privacy`` hangs them up in order."""

import dataclasses
import datetime as dt
from collections.abc import Callable

from members.models import Erasure
from members.privacy.person import Person

Sections = dict[str, list[dict]]
Hashes = set[tuple[str, bytes]]
Hidden = set[tuple[str, str, str]]


@dataclasses.dataclass(frozen=True)
class Room:
    """``sections`` is what is known of the person, for his copy. ``look`` searches long texts before anything is
    locked; ``erase`` gets what it found. ``hashes`` are tombstones (kind, salted hash), ``traces`` and ``hidden`` see
    ``Person``.
    """

    name: str
    sections: Callable[[Person], Sections]
    erase: Callable[..., dict[str, int]]
    traces: Callable[[Person], set[str]] = lambda _person: set()
    hashes: Callable[[Person, bytes], Hashes] = lambda _person, _salt: set()
    look: Callable[[Person], object] = lambda _person: None
    hidden: Callable[[Person], Hidden] = lambda _person: set()


@dataclasses.dataclass(frozen=True)
class Work:
    """What an eraser is given."""

    person: Person
    erasure: Erasure
    found: object
    now: dt.datetime


_rooms: dict[str, Room] = {}


def hang_up(*rooms: Room) -> None:
    """In the order in which they erase: upper floors first, because they look people up below."""
    _rooms.clear()
    _rooms.update({room.name: room for room in rooms})


def every() -> list[Room]:
    return list(_rooms.values())
