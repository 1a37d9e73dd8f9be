"""Computes the members of whom time alone may have changed something: a window passed, a birthday came, a tag expired.

Each computation of a member notes when that may be (``MemberTurn``), so that nobody else is looked at.
"""

import datetime as dt

from tags.actions import changed
from tags.models import MemberTurn

BATCH = 1_000


def turn(*, now: dt.datetime) -> int:
    """One batch, those first whose turn came first; how many members it was."""
    due = MemberTurn.objects.filter(due_at__lte=now).order_by("due_at", "member")
    members = list(due.values_list("member", flat=True)[:BATCH])
    if members:
        changed.recompute(members=members, codes=None, now=now)
    return len(members)
