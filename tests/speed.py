"""How fast something is where others may be at work on the same machine: once in time is in time."""

import time
from collections.abc import Callable

TRIES = 20


def is_once(seconds: Callable[[], float], *, within: float) -> bool:
    """Whether one of several tries takes less than so many seconds; a slow one may have been in somebody's way."""
    return any(seconds() < within for _try in range(TRIES))


def of(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
