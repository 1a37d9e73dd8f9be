"""What a model that learns gives back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

Columns = Mapping[str, np.ndarray]


class TooLittle(ValueError):
    """Why a model may not tag, in a sentence for people: too few buyers, no better than a plain guess, …"""


@dataclass(frozen=True)
class Fitted:
    """``parameters``: what was found, as JSON can say it; ``quality``: figures on data that it had not seen, each beside
    a plain guess; ``members``: how many it was learned from."""

    parameters: dict
    members: int
    quality: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Scored:
    """One value a member: ``values[i]`` (the code of a class, or a number) of ``members[i]``."""

    members: np.ndarray
    values: Sequence[str] | np.ndarray


def plainly(values: np.ndarray, *, digits: int = 2) -> np.ndarray:
    """Forecasts with as many significant digits as they can bear: 1,234 is 1,200, and 0.0517 is 0.052.

    More of them would move for nearly everybody from one day to the next without saying anything new (ADR 037).
    """
    known = np.asarray(values, dtype=float)
    size = np.floor(np.log10(np.abs(known), out=np.zeros_like(known), where=known != 0)) - (digits - 1)
    up, down = 10.0 ** np.maximum(size, 0), 10.0 ** np.maximum(-size, 0)
    return np.round(known / up * down) * up / down
