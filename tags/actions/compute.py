"""Computes tags: for everybody, or for the members that changed. Running twice changes nothing (ADR 030)."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

from tags.actions import changed, everybody
from tags.models import TagRun


def compute(
    *,
    now: dt.datetime,
    tags: Iterable[str] | None = None,
    members: Sequence[int] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> TagRun:
    """Give members the values of these tags (by code; all active ones by default) as of ``now``.

    ``progress(what, done, of)`` is called along the way. A tag that cannot be computed keeps its values; the run's
    ``error`` says why, and the other tags are computed. Raises ``NoOrganization`` where nothing was set up yet.
    """
    codes = None if tags is None else list(tags)
    if members is not None:
        return changed.recompute(members=members, codes=codes, now=now)
    return everybody.recompute(codes=codes, now=now, progress=progress)
