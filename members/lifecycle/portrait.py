"""How far the picture of a person can be trusted: it grows with what is known, and with how long and often he is met."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

WANTED = ("name", "gender", "birth_date", "province", "city", "contact")
SIGNALS, DAYS = 60, 90  # after so many the picture has 63 % of what signals, or days, can give it


@dataclass(frozen=True)
class Portrait:
    """Shares from 0 to 1. ``missing`` are the wanted fields of which nothing is known."""

    completeness: float
    confidence: float
    missing: tuple[str, ...]


def of(*, known: Mapping[str, float], signals: int, days: int) -> Portrait:
    """The portrait of somebody of whom ``known`` fields are trusted from 0 to 1, after ``signals`` in ``days`` days.

    completeness = Σ trust of the wanted fields ÷ their number
    confidence = completeness × (1 − e^(−signals/60)) × (1 − e^(−days/90))

    A saturating exponential: each signal and each day adds less than the one before. Fields that are not wanted
    count nothing.
    """
    completeness = sum(min(1.0, known.get(field, 0.0)) for field in WANTED) / len(WANTED)
    tracked = (1 - math.exp(-signals / SIGNALS)) * (1 - math.exp(-days / DAYS))
    missing = tuple(field for field in WANTED if not known.get(field))
    return Portrait(completeness, completeness * tracked, missing)
