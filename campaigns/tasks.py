"""What the worker does for campaigns. Every task may run beside itself, be killed at any point, and run again."""

import datetime as dt
import logging
from collections.abc import Callable

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from campaigns.actions import (
    campaigns,
    carts,
    coupon_batches,
    coupons,
    deliveries,
    entering,
    lineage,
    running,
    simulating,
    told_coupons,
    vouchers,
)
from campaigns.actions.till import following, operations, releasing, retrying, told_returns
from campaigns.models import Campaign, Decision
from campaigns.queries.simulating import parts

State = Campaign.State
log = logging.getLogger(__name__)


class SomeFailed(Exception):
    """Some campaigns could not go on; the others did. The worker shows it and tries again."""


def run_due(
    *, now: dt.datetime | None = None, seconds: float = 50, clock: Callable[[], dt.datetime] = timezone.now
) -> dict[str, int]:
    """Start what is due and advance what runs, for about ``seconds`` in all; decisions by campaign.
    Each gets an equal share of what time is left.

    ``now`` decides which campaigns are due; the clock stamps what is done, and ends it.
    """
    until = clock() + dt.timedelta(seconds=seconds)
    now = now or clock()
    deliveries.expire(now=now)
    faults, decided = [], {}
    waiting = list(_waiting(now))
    for number, campaign in enumerate(waiting):
        share = (until - clock()) / (len(waiting) - number)
        try:
            decided[str(campaign.pk)] = _go_on(campaign, now, clock, clock() + share)
        except campaigns.Refused:
            continue
        except Exception as fault:
            log.exception("Campaign %s could not go on", campaign.pk)
            faults.append(f"{campaign.pk}: {fault}")
    if faults:
        raise SomeFailed("; ".join(faults))
    return decided


def record_uses() -> int:
    """Once a day: what ended by its own time uses no tag and no audience any more."""
    return lineage.rebuild(now=timezone.now())


def make_coupons(*, seconds: float = 50, clock: Callable[[], dt.datetime] = timezone.now) -> int:
    """Codes that were asked for, and those that were withdrawn, for about so many seconds; how many."""
    until, made = clock() + dt.timedelta(seconds=seconds), 0
    while clock() < until and (count := coupon_batches.clear(now=clock())):
        made += count
    while clock() < until and (count := coupon_batches.advance(now=clock())):
        made += count
    return made


def expire_coupons() -> int:
    """How many coupons were over."""
    now, over = timezone.now(), 0
    while batch := coupons.expire(now=now):
        over += batch
    return over


def free_vouchers() -> int:
    """A follower of the event log: one batch, how many cancelled tickets it was."""
    return vouchers.follow(now=timezone.now())


def follow_carts() -> int:
    """A follower of the event log: one batch, how many events it was."""
    return carts.follow(now=timezone.now())


def leave_carts() -> int:
    """How many carts were not paid within their wait, or paid after all."""
    now, ended = timezone.now(), 0
    while batch := carts.leave(now=now):
        ended += batch
    return ended


def follow_entries() -> int:
    """A follower of the changes of tags and of the event log: one batch of each, how many rows it took in."""
    return entering.follow(now=timezone.now())


def look_at_entries() -> int:
    """Once a day: how many entries began or ended of which no feed had told."""
    return entering.look_at_everybody(now=timezone.now())


def follow_coupons() -> int:
    """A follower of the event log: one batch, how many events it took in."""
    return told_coupons.follow(now=timezone.now())


def look_at_coupons_again() -> int:
    """How many codes told by channels were decided anew."""
    return told_coupons.look_again(now=timezone.now())


def _waiting(now):
    left_over = Exists(Decision.objects.filter(campaign=OuterRef("pk"), outcome="pending"))
    return Campaign.objects.filter(
        Q(state=State.APPROVED, starts_at__lte=now)
        | Q(state=State.RUNNING)
        | (Q(state=State.STOPPED) & left_over)
    ).order_by("starts_at", "pk")


def _go_on(campaign, now, clock, until):
    if campaign.state == State.STOPPED:
        return _close(campaign, clock, until)
    if campaign.state == State.APPROVED:
        running.start(campaign=campaign, now=now)
    return running.run(campaign=campaign, clock=clock, until=until).total()


def _close(campaign, clock, until):
    closed = 0
    while clock() < until and (count := running.close(campaign=campaign, now=clock())):
        closed += count
    return closed


def lapse_sales() -> int:
    """How many held sales were over."""
    now, freed = timezone.now(), 0
    while batch := releasing.lapse(now=now):
        freed += batch
    return freed


def forget_operations() -> int:
    """How many operations of tills were older than 400 days."""
    now, gone = timezone.now(), 0
    while batch := operations.forget(now=now):
        gone += batch
    return gone


def simulate(*, seconds: float = 50, clock: Callable[[], dt.datetime] = timezone.now) -> int:
    """Goes on with drafts that are tried on past orders, for about so many seconds; how many orders were priced."""
    until, count, settings = clock() + dt.timedelta(seconds=seconds), 0, parts.Settings()
    while clock() < until and (priced := simulating.advance(now=clock(), settings=settings)) is not None:
        count += priced
    return count


def retry_uploads(*, seconds: float = 60, clock: Callable[[], dt.datetime] = timezone.now) -> int:
    """How many items of tills that wait were tried once more, for about so many seconds."""
    until, count = clock() + dt.timedelta(seconds=seconds), 0
    while clock() < until and (tried := retrying.retry_waiting(now=clock())):
        count += tried
    return count


def follow_rewards() -> int:
    """A follower of the event log: one batch, how many events it was."""
    return following.follow(now=timezone.now())


def give_rewards() -> int:
    """How many rewards of sales were due."""
    now, given = timezone.now(), 0
    while batch := following.give_due(now=now):
        given += batch
    return given


def undo_told_returns() -> int:
    """How many returns that files told of sales at tills were undone."""
    now, done = timezone.now(), 0
    while batch := told_returns.undo_due(now=now):
        done += batch
    return done
