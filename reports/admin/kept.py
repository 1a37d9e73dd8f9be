"""Reports over a million members take seconds: an answer is kept for some minutes, and says as of when it is."""

from collections.abc import Callable

from django.core.cache import cache

MINUTES = 5


def report(key: str, compute: Callable[[], object], *, fresh: bool = False) -> object:
    """``compute()``, or its answer of the last minutes."""
    found = None if fresh else cache.get(f"report-{key}")
    if found is None:
        found = compute()
        cache.set(f"report-{key}", found, MINUTES * 60)
    return found
