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
