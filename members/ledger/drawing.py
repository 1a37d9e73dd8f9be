"""Which lots an amount is taken from, and which get it back. Whole steps; nothing is read or written."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

LAST = dt.datetime.max.replace(tzinfo=dt.UTC)
Draws = dict[int, int]  # lot id: steps taken from it, below zero if given back to it


@dataclass
class Lot:
    """What is left of one earning; below zero: what is owed."""

    id: int
    wallet: int
    remaining: int
    available_from: dt.datetime
    expires_at: dt.datetime | None

    def is_over(self, now: dt.datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now

    def is_ready(self, now: dt.datetime) -> bool:
        return self.available_from <= now and not self.is_over(now)

    def order(self) -> tuple:
        return (self.expires_at or LAST, self.id)


class NotEnough(ValueError):
    """Less is there than was asked for: ``available`` steps."""

    def __init__(self, available: int, asked: int) -> None:
        super().__init__(f"{asked} asked for, {available} available")
        self.available, self.asked = available, asked


def available(lots: Iterable[Lot], *, now: dt.datetime) -> int:
    """What can be spent: all that is ready, less what is owed."""
    return max(0, sum(lot.remaining for lot in lots if lot.remaining < 0 or lot.is_ready(now)))


def spend(lots: Iterable[Lot], asked: int, *, now: dt.datetime) -> Draws:
    """Oldest expiry first. Raises NotEnough."""
    lots = list(lots)
    if (there := available(lots, now=now)) < asked:
        raise NotEnough(there, asked)
    return take([lot for lot in lots if lot.is_ready(now)], asked)


def take(lots: Iterable[Lot], most: int) -> Draws:
    """Up to ``most``, oldest expiry first."""
    draws: Draws = {}
    for lot in sorted(lots, key=Lot.order):
        if most <= 0:
            break
        if lot.remaining > 0:
            draws[lot.id] = min(lot.remaining, most)
            most -= draws[lot.id]
    return draws


def settle(lots: Iterable[Lot], most: int) -> Draws:
    """Up to ``most`` given to what is owed, the oldest debt first."""
    draws: Draws = {}
    for lot in sorted(lots, key=Lot.order):
        if lot.remaining < 0 and most > 0:
            paid = min(-lot.remaining, most)
            draws[lot.id] = -paid
            most -= paid
    return draws


def give_back(used: dict[int, int], asked: int, *, lots: Iterable[Lot]) -> Draws:
    """Of what was ``used`` from lots, the last to expire comes back first. ``asked`` is at most what was used."""
    draws: Draws = {}
    for lot in sorted(lots, key=Lot.order, reverse=True):
        back = min(used.get(lot.id, 0), asked)
        if back > 0:
            draws[lot.id] = -back
            asked -= back
    if asked:
        raise ValueError(f"{asked} more were to come back than had been used")
    return draws
