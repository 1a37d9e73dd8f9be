"""Ways of contact, and whom each can reach with consent. What an address is, upper floors know: they register their ways."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from pyroaring import BitMap64

from tags.conditions.sql import Sql
from tags.queries import sets

MARKETING = "marketing"


@dataclass(frozen=True)
class Way:
    """``members(purpose, as_of)``: a SELECT of the ``member_id`` of all whom this way reaches with consent."""

    code: str
    name: str | Promise
    members: Callable[[str, dt.datetime], Sql]


_ways: dict[str, Way] = {}


def register(way: Way) -> Way:
    _ways[way.code] = way
    return way


def ways() -> list[Way]:
    return list(_ways.values())


@dataclass(frozen=True)
class Reached:
    code: str
    name: str
    count: int


def of(members: BitMap64, *, now: dt.datetime, purpose: str = MARKETING) -> list[Reached]:
    """How many of these members each way reaches, as of the last whole five minutes."""
    as_of = sets.slot(now)
    return [
        Reached(
            way.code,
            str(way.name),
            members.intersection_cardinality(sets.kept(way.members(purpose, as_of))),
        )
        for way in ways()
    ]
