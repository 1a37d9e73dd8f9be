"""A campaign on its way: draw the audience, decide and send batch by batch, come to an end.

Several workers may run the same campaign at once, and any of them may be killed at any instruction: what a batch
decided and what it wrote stand or fall together.
"""

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils.translation import gettext as _

from campaigns import sql, touchpoints
from campaigns.actions import campaigns, deliveries, entering, locks
from campaigns.models import Campaign, Decision
from tags.queries import audiences

State = Campaign.State
TRIES = 6

# An audience may be the whole pool: join it as sets, even where statistics older than a large intake say "one row".
WHOLE_TABLES = "SELECT set_config('enable_nestloop', 'off', true)"
# Foreign keys are checked at the commit, with plans that this connection may have made when the tables were empty.
BY_INDEX = "SELECT set_config('enable_nestloop', 'on', true), set_config('enable_seqscan', 'off', true)"


@dataclasses.dataclass(frozen=True)
class Batch:
    """What one batch came to: decisions claimed, the last one's id, how many had which outcome.

    Those that the touchpoint could not try now are put back and wait.
    """

    claimed: int = 0
    last: int = 0
    outcomes: Counter = dataclasses.field(default_factory=Counter)
    put_back: int = 0

    @property
    def decided(self) -> int:
        return self.outcomes.total()


def start(*, campaign: Campaign, now: dt.datetime) -> int:
    """Draw the audience into decisions, all or none; how many. Refused unless approved and due."""
    with transaction.atomic():
        entering.hold(campaign=campaign)
        with campaigns.changing(campaign, allowed={State.APPROVED}, verb=_("started")) as row:
            if row.starts_at > now:
                raise campaigns.Refused(_("“%s” starts later.") % row.name)
            count = (
                entering.look(campaign=row, now=now, starts=True).entered if row.follows else _draw(row, now)
            )
            row.state, row.started_at = State.RUNNING, now
            campaigns.record(row, "started", by=None, now=now, details={"members": count})
    return count


def run(
    *,
    campaign: Campaign,
    clock: Callable[[], dt.datetime],
    until: dt.datetime,
    size: int | None = None,
    told: Callable[[Batch], None] | None = None,
    workers: int = 1,
) -> Counter:
    """Batch after batch until nothing waits, it no longer runs, or the clock says ``until``.

    With several workers each has a thread and a database connection of its own; the database does nearly all the work.
    """
    if workers == 1:
        return _run(campaign, clock, until, size, told)

    def work(_number):
        try:
            return _run(campaign, clock, until, size, told)
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        return sum(pool.map(work, range(workers)), Counter())


def advance(*, campaign: Campaign, now: dt.datetime, size: int | None = None, after: int = 0) -> Batch | None:
    """Decide and send one batch of decisions behind ``after``. None if the campaign does not run (any more)."""
    size = size or touchpoints.ALL[campaign.touchpoint].batch
    for attempt in range(TRIES):
        try:
            return _batch(campaign, now, max(size >> (2 * attempt), 1), after)
        except (IntegrityError, OperationalError):
            if attempt == TRIES - 1 or connection.in_atomic_block:
                raise
    raise AssertionError("unreachable")


def finish(*, campaign: Campaign, now: dt.datetime) -> bool:
    """End it if no decision waits or is being sent, and nobody may enter any more."""
    if entering.is_open(campaign, now):
        return False
    try:
        with campaigns.changing(campaign, allowed={State.RUNNING}, verb=_("finished")) as row:
            if row.decisions.filter(outcome__in=["pending", "sending"]).exists():
                raise campaigns.Refused(_("“%s” still has decisions that wait.") % row.name)
            row.state, row.ended_at = State.FINISHED, now
            campaigns.record(row, "finished", by=None, now=now)
    except campaigns.Refused:
        return False
    return True


def close(*, campaign: Campaign, now: dt.datetime, size: int = 20_000) -> int:
    """Note on decisions that waited when the campaign was stopped that they were not sent; how many."""
    waiting = Decision.objects.filter(campaign=campaign, outcome="pending", campaign__state=State.STOPPED)
    with transaction.atomic():
        ids = waiting.select_for_update(of=["self"], skip_locked=True).values("id")[:size]
        return Decision.objects.filter(id__in=list(ids.values_list("id", flat=True))).update(
            outcome="stopped", reason=campaign.stop_reason[:200], decided_at=now
        )


def _run(campaign, clock, until, size, told):
    outcomes, after, moved = Counter(), 0, True
    while clock() < until:
        batch = advance(campaign=campaign, now=clock(), size=size, after=after)
        if batch is None:
            break
        outcomes += batch.outcomes
        after, moved = batch.last, moved or batch.decided > 0
        if told:
            told(batch)
        if batch.put_back:
            break
        if not batch.claimed:
            if not moved or finish(campaign=campaign, now=clock()):
                break
            moved = False
    return outcomes


def _draw(row, now):
    chosen, parameters = audiences.members_sql(audience=row.audience, as_of=now)
    statement = sql.text("draw").replace("{audience}", chosen)
    path = f"{row.organization.path}%"
    with connection.cursor() as cursor:
        cursor.execute(WHOLE_TABLES)
        cursor.execute(statement, [*parameters, path, row.pk, row.pk, row.holdout_share])
        count = cursor.rowcount
        cursor.execute(BY_INDEX)
        return count


def _batch(campaign, now, size, after):
    with transaction.atomic(), connection.cursor() as cursor:
        locks.together(cursor, campaign_id=campaign.pk)
        campaign = Campaign.objects.get(pk=campaign.pk)
        if campaign.state != State.RUNNING:
            return None
        claimed = _rows(cursor, sql.text("claim"), {"campaign": campaign.pk, "after": after, "size": size})
        if not claimed:
            return Batch()
        decided = _decide(cursor, campaign, claimed, now)
        going = [id for id, outcome in decided if outcome in ("sent", "sending")]
        touchpoint = touchpoints.ALL[campaign.touchpoint]
        if touchpoint.transactional and going:
            touchpoint.write(campaign, going, now)
            deliveries.tell(cursor, campaign, going, now)
    outcomes = Counter(outcome for _id, outcome in decided)
    if not touchpoint.transactional and going:
        del outcomes["sending"]
        outcomes += deliveries.send(campaign=campaign, decision_ids=going, now=now)
    put_back = outcomes.pop("pending", 0)
    return Batch(claimed=len(claimed), last=claimed[-1][0], outcomes=outcomes, put_back=put_back)


def _decide(cursor, campaign, claimed, now):
    touchpoint = touchpoints.ALL[campaign.touchpoint]
    return _rows(
        cursor,
        sql.text("decide"),
        {
            "campaign": campaign.pk,
            "decisions": [id for id, _person in claimed],
            "people": _locked(cursor, {person for _id, person in claimed}),
            "needs": [route.needs for route in touchpoint.routes],
            "ways": [route.consent for route in touchpoint.routes],
            "touchpoint": touchpoint.code,
            "purpose": campaign.purpose,
            "cap": campaign.cap_count,
            "days": campaign.cap_days,
            "since": now - dt.timedelta(days=campaign.cap_days),
            "go": "sent" if touchpoint.transactional else "sending",
            "again": campaign.reenter_after_days and now - dt.timedelta(days=campaign.reenter_after_days),
            "now": now,
        },
    )


def _locked(cursor, people):
    """Of these people those whom nobody else changes or counts now: two campaigns never share a cap's last place.

    Skipping instead of waiting: the others are decided by a later batch, and no deadlock can come of it.
    """
    statement = "SELECT id FROM members_member WHERE id = ANY (%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
    return [id for (id,) in _rows(cursor, statement, [sorted(people)])]


def _rows(cursor, statement, parameters):
    cursor.execute(statement, parameters)
    return cursor.fetchall()
