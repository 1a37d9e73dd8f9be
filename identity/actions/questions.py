"""Review cases that are questions again when a verdict is withdrawn, and candidates that a merge answered."""

import datetime as dt
from collections.abc import Iterable

from django.db import connection
from django.db.models import QuerySet

from identity.models import ReviewCase

Sort, State = ReviewCase.Sort, ReviewCase.State
BLANK = {
    "decision": "", "decided_by": None, "verdict": None, "bulk": None, "snoozed_until": None, "snoozed_by": None,
}  # fmt: skip

ONE_PERSON_NOW = """
UPDATE identity_reviewcase c SET state = 'obsolete', closed_at = %s
WHERE state = 'open' AND sort = 'candidate' AND (c."left" && %s::bigint[] OR c."right" && %s::bigint[])
  AND EXISTS (SELECT FROM members_account l JOIN members_account r USING (member_id)
              WHERE l.id = ANY (c."left") AND r.id = ANY (c."right"))
"""


def reopen(*, cases: QuerySet[ReviewCase], now: dt.datetime) -> None:
    """After what had decided them was withdrawn and everybody computed anew: what the facts refuse or crowd has opened
    itself, candidates and conflicts are asked again, the rest is no question any more.
    """
    cases = cases.filter(state=State.DECIDED)
    asked = cases.filter(sort__in=[Sort.CANDIDATE, Sort.CONFLICT])
    sides = list(asked.values_list("left", "right"))
    asked.update(state=State.OPEN, closed_at=None, **BLANK)
    cases.update(state=State.OBSOLETE, closed_at=now, **BLANK)
    if sides:
        close_answered(accounts={account for left, right in sides for account in (*left, *right)}, now=now)


def close_answered(*, accounts: Iterable[int], now: dt.datetime) -> None:
    """Candidates whose two sides are one person now are no question any more."""
    ids = list(accounts)
    with connection.cursor() as cursor:
        cursor.execute(ONE_PERSON_NOW, [now, ids, ids])
