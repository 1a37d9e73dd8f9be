"""Joining what waits for an account or an order that is there by now."""

from functools import partial

from django.db import transaction

from identity.actions import locks, oneid, races, waiting
from members.actions import profiles


def join(*, people, sales, now) -> None:
    """Join what waits for accounts `people` and orders `sales` ((channel id, external id) each), if they are there.
    Raises Raced."""
    races.again(partial(_join, people, sales, now))


def _join(people, sales, now):
    with transaction.atomic():
        locks.shared()
        people, sales = waiting.look_up(people=people, sales=sales)
        joined = waiting.join(people=people, sales=sales, now=now)
        moved = oneid.resolve(accounts=sorted(joined.bound), now=now) if joined.bound else set()
        profiles.derive(described=joined.bound, traded=joined.traded, members=moved, now=now)


def sweep(*, now) -> int:
    """Join whatever waits for something that is there: what a process killed just after its commit left behind.

    How many keys there were; 0 on a healthy day.
    """
    people, sales = waiting.overdue()
    if people or sales:
        join(people=people, sales=sales, now=now)
    return len(people) + len(sales)
