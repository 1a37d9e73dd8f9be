"""What of the time without a line could not be taken in is tried again: by itself while it waits, less and less often, or by
staff; and staff set aside what they settled otherwise."""

import datetime as dt
import json
import logging

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from campaigns.actions.till import taking_in
from campaigns.actions.till.taking_in import TAKEN_IN, Caller, Verdict
from campaigns.models import UploadedItem
from members import sets
from members.models import Channel

State, Kind = UploadedItem.State, UploadedItem.Kind
BATCH = 100
# By turns of the nodes whose keys sent them: one dealer's many hold up nobody else's.
DUE = """
SELECT i.id FROM (SELECT DISTINCT node_id FROM campaigns_uploadeditem WHERE state = 'waiting' AND due_at <= %(now)s) n
CROSS JOIN LATERAL (
    SELECT w.id, row_number() OVER (ORDER BY w.due_at, w.id) AS turn FROM campaigns_uploadeditem w
    WHERE w.node_id = n.node_id AND w.state = 'waiting' AND w.due_at <= %(now)s ORDER BY w.due_at, w.id LIMIT %(batch)s
) i ORDER BY i.turn, i.id LIMIT %(batch)s
"""
log = logging.getLogger(__name__)


class NotOpen(ValueError):
    """It was decided already."""


def retry(*, item: UploadedItem, now: dt.datetime) -> Verdict:
    """What is refused or waits, once more as it is. Raises NotOpen."""
    with transaction.atomic():
        row = UploadedItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
        if taking_in.is_over(row=row):
            raise NotOpen(_("It is decided already."))
        if row.reused:
            return taking_in.verdict(row=row)
        verdict = _again(row, now)
    _wake_returns(row, verdict, now)
    return verdict


@transaction.atomic
def set_aside(*, item: UploadedItem, reason: str, by: AbstractBaseUser, now: dt.datetime) -> None:
    """It will not be tried again: somebody has settled it otherwise, and says how. Raises NotOpen."""
    row = UploadedItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if row.state not in taking_in.OPEN:
        raise NotOpen(_("It is decided already."))
    if not (reason := reason.strip()[:300]):
        raise NotOpen(_("Say how it was settled."))
    row.state, row.reason, row.set_aside_by, row.tried_at, row.due_at = (
        State.SET_ASIDE, reason, by, now, None,
    )  # fmt: skip
    row.save()


def retry_waiting(*, now: dt.datetime, batch: int = BATCH) -> int:
    """Try one batch of what waits and is due; how many it was."""
    return sum(_retry_due(id, now) for (id,) in sets.named(DUE, now=now, batch=batch))


def join(*, channel: Channel, number: str, now: dt.datetime, most: int) -> int:
    """Returns that wait for this sale, which is known now: some at once, the others as soon as may be. How many were tried."""
    waiting = wake(channel=channel.pk, number=number, now=now)
    return sum(_retry_due(id, now) for id in waiting[:most])


def wake(*, channel: int, number: str, now: dt.datetime) -> list[int]:
    """What waits for this sale is due. Its ids; after the transaction that took the sale in, for each is locked before its
    sale."""
    waiting = UploadedItem.objects.filter(channel=channel, number=number, state=State.WAITING)
    found = list(waiting.order_by("id").values_list("id", flat=True))
    if found:
        waiting.filter(id__in=found).update(due_at=now)
    return found


def _retry_due(id: int, now: dt.datetime) -> bool:
    """Whatever fails, others are tried."""
    try:
        with transaction.atomic():
            rows = UploadedItem.objects.select_for_update(skip_locked=True, of=("self",))
            row = rows.filter(pk=id, state=State.WAITING, due_at__lte=now).first()
            if row is None:
                return False
            verdict = _again(row, now)
        _wake_returns(row, verdict, now)
    except Exception:  # of whatever kind, as in taking_in
        log.exception("Uploaded item %s could not be tried again", id)
        _put_off(id, now)
    return True


def _again(row: UploadedItem, now: dt.datetime) -> Verdict:
    caller = Caller(row.channel, row.node)
    return taking_in.take_in(row=row, caller=caller, told=json.loads(row.body), now=now, again=True)


def _wake_returns(row: UploadedItem, verdict: Verdict, now: dt.datetime) -> None:
    if row.kind == Kind.SALE and verdict.state in TAKEN_IN:
        wake(channel=row.channel_id, number=row.number, now=now)


def _put_off(id: int, now: dt.datetime) -> None:
    rows = UploadedItem.objects.filter(pk=id, state=State.WAITING)
    rows.update(due_at=now + taking_in.LATEST, tried_at=now, tries=F("tries") + 1)
