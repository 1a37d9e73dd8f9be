"""Taking a whole import back: its records are withdrawn batch by batch, and everybody is who he would be without it.

Each batch is a transaction that moves the position with it, so that an undoing which was killed goes on where it
stood. What others told of the same people stays, and counts as if the import had never been.
"""

from collections.abc import Callable
from functools import partial

from django.db import connection, transaction
from django.utils.translation import gettext as _

from identity.actions import locks, races, withdrawing
from identity.models import IngestRun, QuarantineItem, Withdrawal
from members.actions import emptying, profiles

State = IngestRun.State


class Impossible(ValueError):
    """The run cannot be undone now; the message says why."""


@transaction.atomic
def begin(*, run: IngestRun, reason: str, by, now) -> Withdrawal:
    """Stop the run, if it is going on, and note that it is to be undone. Raises Impossible."""
    if not reason.strip():
        raise Impossible(_("Say why the import is undone: the reason is kept with your name."))
    locked = IngestRun.objects.select_for_update().get(pk=run.pk)
    if locked.state in (State.UNDOING, State.UNDONE):
        raise Impossible(_("This import is %(state)s already.") % {"state": locked.get_state_display()})
    locked.state = State.UNDOING
    locked.save(update_fields=["state"])
    run.state = locked.state
    return Withdrawal.objects.create(run=run, reason=reason.strip()[:300], asked_by=by, asked_at=now)


def open_one(*, run: IngestRun) -> Withdrawal | None:
    """The undoing of this run that has begun and not ended."""
    return Withdrawal.objects.filter(run=run, ended_at=None).first()


def go_on(
    *, withdrawal: Withdrawal, clock: Callable, batches: int | None = None, size=withdrawing.BATCH
) -> bool:
    """Withdraw batch after batch, at most `batches`; whether the undoing is at its end. `clock()` is the time now."""
    while batches is None or batches > 0:
        if races.again(partial(_batch, withdrawal, clock(), size)):
            _finish(withdrawal, clock())
            return True
        batches = batches - 1 if batches else None
    return False


@transaction.atomic
def _batch(withdrawal, now, size) -> bool:
    """One batch with its position; whether there was nothing left. Who undoes the same run waits here."""
    _beside_erasures()
    locked = Withdrawal.objects.select_for_update().get(pk=withdrawal.pk)
    if locked.ended_at:
        return True
    done = withdrawing.batch(withdrawal=locked, now=now, size=size)
    if done.last is None:
        return True
    counts = {name: locked.counts.get(name, 0) + count for name, count in done.counts.items()}
    locked.position, locked.counts = done.last, locked.counts | counts
    locked.save(update_fields=["position", "counts"])
    return False


@transaction.atomic
def _finish(withdrawal, now) -> None:
    _beside_erasures()
    locked = Withdrawal.objects.select_for_update().get(pk=withdrawal.pk)
    if locked.ended_at is None:
        _release(locked, now)
        QuarantineItem.objects.filter(run=locked.run_id, state="open", seen_count=1).delete()
        IngestRun.objects.filter(pk=locked.run_id).update(
            state=State.UNDONE, position=0, parts={}, ended_at=now
        )
        locked.ended_at = now
        locked.save(update_fields=["ended_at"])
    withdrawal.refresh_from_db()


def _beside_erasures() -> None:
    """Wait for an erasure that is going on, and let none begin before this transaction ends: records of somebody
    that were read before he was erased would bring him back."""
    locks.shared()


def _release(withdrawal, now) -> None:
    """Part from emptied accounts what a concurrent transaction gave them."""
    with connection.cursor() as cursor:
        cursor.execute(withdrawing.UNDOING, [str(withdrawal.pk)])
    accounts = emptying.forgotten()
    concerned = emptying.release(accounts=accounts)
    if concerned:
        profiles.derive(described=(), traded=concerned, members=set(), now=now)
