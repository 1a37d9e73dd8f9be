"""The digital temperature: from 0 to 100, how truly the data stand for the person.

    temperature = closeness × (0.7 + 0.3 × breadth),   breadth = 1 − 0.7^w,   w = Σ over kinds (2 − 2^(1 − n))

``closeness`` (0 to 100) is that of the primary key, ``n`` the number of secondary keys of a kind: the first of a kind
counts 1, the next one a half, then a quarter. So a key of another kind warms more than one more of the same, and a
person of whom only cookies are known stays cold, however many. The formula is the house's own.
"""

from collections import Counter
from collections.abc import Iterable

from identity.queries.keys import Keys

ALONE, BESIDE, FADING = 0.7, 0.3, 0.7


def score(*, closeness: int, counts: Iterable[int]) -> int:
    """The temperature of a primary key's closeness (0 to 100) and the numbers of secondary keys of each kind."""
    weight = sum(2 - 2.0 ** (1 - count) for count in counts)
    return round(closeness * (ALONE + BESIDE * (1 - FADING**weight)))


def of(*, held: Keys) -> int:
    """The temperature of a person with these keys; 0 without any."""
    if held.primary is None:
        return 0
    return score(
        closeness=held.primary.closeness, counts=Counter(key.kind for key in held.secondary).values()
    )
