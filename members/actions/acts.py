"""What actions of customers earn (a sign-in, a review): kept equal to what the plans say of them, like what orders earn."""

import datetime as dt
from collections.abc import Collection, Iterable

from django.db import transaction

from members.actions import differences
from members.models import Event
from members.queries import actions_told, acts, rulebooks
from members.queries.actions_told import Told
from members.queries.acts import Difference

BATCH = 5_000


@transaction.atomic
def settle(*, told: Iterable[Event], accounts: Collection[int] = (), now: dt.datetime) -> int:
    """Post what is lacking for these events, and what ``accounts`` lack or have too much for any action; how many
    postings that were."""
    differences.alone()
    return differences.post(found=lacking(told=told, accounts=accounts), now=now)


def lacking(*, told: Iterable[Event], accounts: Collection[int]) -> list[Difference]:
    """What `settle` would post. Whoever posts it is `differences.alone`."""
    named = [Told(event.account_id, event.name, event.occurred_at) for event in told if event.account_id]
    return acts.differences(told=named, accounts=accounts)


def settle_everything(*, now: dt.datetime, after: int = 0) -> tuple[int, int] | None:
    """One batch of all actions that rules speak of, behind the event ``after``: the last of them and how many; None at
    the end."""
    names = {event for event, _per in rulebooks.published().actions()}
    rows = actions_told.behind(after=after, names=names, limit=BATCH)
    if not rows:
        return None
    with transaction.atomic():
        differences.alone()
        found = acts.differences(told=[told for _id, told in rows], accounts=())
        differences.post(found=found, now=now)
    return rows[-1][0], len(rows)
