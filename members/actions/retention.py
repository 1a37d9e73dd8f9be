"""Carrying out the retention periods of the register, with a report."""

import datetime as dt
from collections.abc import Callable, Iterable

from django.db import transaction

from members.models import RetentionRun
from members.privacy.register import Period


def carry_out(*, periods: Iterable[Period], clock: Callable[[], dt.datetime]) -> RetentionRun:
    """Delete or empty what is past its time, one transaction a period; what a killed run left, the next one does."""
    run = RetentionRun.objects.create(started_at=clock())
    for period in periods:
        with transaction.atomic():
            run.counts[period.model] = period.carry_out(now=run.started_at)
            run.save(update_fields=["counts"])
    run.ended_at = clock()
    run.save(update_fields=["ended_at"])
    return run
