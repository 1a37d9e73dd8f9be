"""One decision on all cases that one rule explains. A large one takes effect when a second person confirms it."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from functools import partial

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from identity.actions import questions, races, reviewing
from identity.actions.reviewing import Refused
from identity.models import BulkDecision, ReviewCase, Verdict


@dataclasses.dataclass
class Outcome:
    """What became of the cases: how many were decided, and of those left why not, by case."""

    bulk: BulkDecision
    decided: int = 0
    left: dict[int, str] = dataclasses.field(default_factory=dict)

    @property
    def waits(self) -> bool:
        return self.bulk.closed_at is None


def needs_second(*, cases: Sequence[ReviewCase]) -> bool:
    """Many cases at once, or people with very many accounts."""
    largest = max((len(case.left) + len(case.right) for case in cases), default=0)
    return len(cases) > settings.REVIEW_ALONE_CASES or largest > settings.REVIEW_ALONE_ACCOUNTS


def propose(
    *,
    cases: Sequence[ReviewCase],
    decision: str,
    by: AbstractBaseUser,
    now: dt.datetime,
    note: str = "",
    pattern: list | None = None,
) -> Outcome:
    """Decide cases of one sort and reason together: at once, or above the limit when somebody else confirms."""
    return races.again(partial(_propose, cases, decision, by, now, note, pattern))


@transaction.atomic
def _propose(cases, decision, by, now, note, pattern) -> Outcome:
    if not cases:
        raise Refused(_("There is no such case any more. Nothing was changed."))
    if len(cases) > settings.REVIEW_BULK_MAX:
        raise Refused(_("At most %(most)s cases at once.") % {"most": settings.REVIEW_BULK_MAX})
    fresh = reviewing.lock(ids=[case.pk for case in cases], now=now)
    for case in fresh:
        reviewing.check(case=case, decision=decision)
    bulk = _open(fresh, decision, by, now, note, pattern)
    if needs_second(cases=fresh):
        ReviewCase.objects.filter(pk__in=[case.pk for case in fresh]).update(bulk=bulk)
        return Outcome(bulk)
    return _apply(bulk, fresh, confirmed_by=None, now=now)


def confirm(*, bulk: BulkDecision, by: AbstractBaseUser, now: dt.datetime) -> Outcome:
    """The second person's yes: now it takes effect, for the cases that are still open."""
    return races.again(partial(_confirm, bulk, by, now))


@transaction.atomic
def _confirm(bulk, by, now) -> Outcome:
    held = _locked(bulk)
    if held.proposed_by_id == by.pk:
        raise Refused(_("You proposed this yourself: somebody else has to confirm it."))
    ids = list(held.cases.values_list("pk", flat=True))
    return _apply(held, reviewing.lock(ids=ids, now=now), confirmed_by=by, now=now)


@transaction.atomic
def refuse(*, bulk: BulkDecision, by: AbstractBaseUser, now: dt.datetime) -> BulkDecision:
    """The second person's no, or the first one's second thought: the cases go back to the queue."""
    held = _locked(bulk)
    held.cases.update(bulk=None)
    held.closed_at, held.refused_by = now, by
    held.save(update_fields=["closed_at", "refused_by"])
    return held


def _locked(bulk: BulkDecision) -> BulkDecision:
    held = BulkDecision.objects.select_for_update().get(pk=bulk.pk)
    if held.closed_at:
        raise Refused(_("Somebody has decided on this already. Nothing was changed."))
    return held


def _open(cases, decision, by, now, note, pattern) -> BulkDecision:
    first = cases[0]
    identifiers = {case.identifier_id for case in cases}
    return BulkDecision.objects.create(
        decision=decision, sort=first.sort, reason=first.reason, pattern=pattern, count=len(cases), note=note,
        identifier=first.identifier if len(identifiers) == 1 else None, proposed_by=by, proposed_at=now,
    )  # fmt: skip


def _apply(bulk: BulkDecision, cases: Sequence[ReviewCase], *, confirmed_by, now) -> Outcome:
    outcome = Outcome(bulk)
    verdict: Verdict | None = None
    for case in cases:
        try:
            with transaction.atomic():
                verdict = _decide(case, bulk, verdict, now)
            outcome.decided += 1
        except Refused as refused:
            outcome.left[case.pk] = str(refused)
    if bulk.decision == ReviewCase.Decision.MERGE:
        accounts = {account for case in cases for account in (*case.left, *case.right)}
        questions.close_answered(accounts=accounts, now=now)
    ReviewCase.objects.filter(pk__in=outcome.left).update(bulk=None)
    bulk.closed_at, bulk.confirmed_by = now, confirmed_by
    bulk.save(update_fields=["closed_at", "confirmed_by"])
    return outcome


def _decide(case, bulk, verdict, now) -> Verdict | None:
    """An identifier is spoken of once; pairs of people each get their own verdict."""
    about_identifier = bulk.decision in reviewing.OF_IDENTIFIERS
    if verdict is None or not about_identifier:
        case.refresh_from_db()
        reviewing.check(case=case, decision=bulk.decision, bulk=bulk.pk)
        verdict = reviewing.give(
            case=case,
            decision=bulk.decision,
            by=bulk.proposed_by,
            now=now,
            details=reviewing.Details(note=bulk.note),
        )
    reviewing.settle(
        case=case, decision=bulk.decision, verdict=verdict, by=bulk.proposed_by, now=now, note=bulk.note,
        bulk=bulk.pk,
    )  # fmt: skip
    return verdict
