"""What a steward decides of a case: one transaction for the verdict, the case and its history.

The people of a case are locked first, as everything that changes them locks them; the case itself after that.
So two stewards, a second click, or a record that arrives at the same moment wait for each other, and whoever
comes second is told what happened.
"""

import dataclasses
import datetime as dt
from collections.abc import Collection
from functools import partial

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from identity.actions import conflicts, oneid, questions, races, verdicts
from identity.models import ReviewCase, ReviewDecision, SecondLook, Verdict
from members.actions import profiles
from members.models import Account, Settlement

Decision, Sort, State = ReviewCase.Decision, ReviewCase.Sort, ReviewCase.State

OFFERED = {
    Sort.REFUSED: (Decision.MERGE, Decision.NOT_SAME, Decision.SHARED),
    Sort.CONTRADICTION: (Decision.MERGE, Decision.NOT_SAME, Decision.KEEP),
    Sort.CONFLICT: (Decision.KEEP, Decision.NOT_SAME),
    Sort.SHARED: (Decision.SHARED, Decision.NOT_SHARED),
    Sort.CANDIDATE: (Decision.MERGE, Decision.NOT_SAME),
}
OF_PEOPLE = (Decision.MERGE, Decision.NOT_SAME)
OF_IDENTIFIERS = (Decision.SHARED, Decision.NOT_SHARED)
SAYS = {Verdict.Kind.SAME: Decision.MERGE, Verdict.Kind.NOT_SAME: Decision.NOT_SAME}


class Refused(ValueError):
    """The case cannot be decided so; the message says why and what to do."""


class Contradicted(Refused):
    """Other verdicts say the opposite; they can be set aside, if that is meant."""


def offered(*, case: ReviewCase) -> list[str]:
    """The decisions that make sense for this case."""
    possible = OFFERED[case.sort]
    return [each for each in possible if each not in OF_IDENTIFIERS or case.identifier_id]


@dataclasses.dataclass(frozen=True)
class Details:
    """Why, whether older verdicts that say the opposite are set aside, and how a conflict is settled."""

    note: str = ""
    set_aside: bool = False
    tiers: str = "highest"
    points: str = "add"


NONE = Details()


def decide(
    *, case: ReviewCase, decision: str, by: AbstractBaseUser, now: dt.datetime, details: Details = NONE
) -> ReviewDecision:
    """Decide an open case. Raises Refused if somebody was faster, or if it is not a question any more."""
    return races.again(partial(_decide, case, decision, by, now, details))


@transaction.atomic
def _decide(case, decision, by, now, details) -> ReviewDecision:
    (fresh,) = lock(ids=[case.pk], now=now)
    check(case=fresh, decision=decision)
    verdict = give(case=fresh, decision=decision, by=by, now=now, details=details)
    settled = settle(case=fresh, decision=decision, verdict=verdict, by=by, now=now, note=details.note)
    if decision == Decision.MERGE:
        questions.close_answered(accounts=[*fresh.left, *fresh.right], now=now)
    return settled


@transaction.atomic
def put_off(
    *, case: ReviewCase, until: dt.datetime, by: AbstractBaseUser, now: dt.datetime, note: str = ""
) -> ReviewDecision:
    """Take an open case out of the queue until a moment; it comes back by itself."""
    if until <= now:
        raise Refused(_("A case can only be put off until a time to come."))
    fresh = ReviewCase.objects.select_for_update().get(pk=case.pk)
    check(case=fresh)
    ReviewCase.objects.filter(pk=fresh.pk).update(snoozed_until=until, snoozed_by=by)
    return _history(fresh, Decision.LATER, by, now, note)


def take_back(*, decision: ReviewDecision, by: AbstractBaseUser, now: dt.datetime) -> ReviewCase:
    """Withdraw what a decision said. The people are as if it had never been, and the case is open if it still is one.

    Raises Refused if it does not hold any more.
    """
    return races.again(partial(_take_back, decision, by, now))


@transaction.atomic
def _take_back(decision, by, now) -> ReviewCase:
    lock(ids=[decision.case_id], now=now)
    case = ReviewCase.objects.get(pk=decision.case_id)
    if decision.decision == Decision.LATER:
        ReviewCase.objects.filter(pk=case.pk).update(snoozed_until=None, snoozed_by=None)
        return ReviewCase.objects.get(pk=case.pk)
    if settled := _settlement(decision, case):
        conflicts.unsettle(settlement=settled, now=now)
        return ReviewCase.objects.get(pk=case.pk)
    older = _put_down(decision, case)
    if not _holds(decision, case, older):
        raise Refused(_("This decision does not hold any more, or left nothing that could be taken back."))
    if decision.verdict:
        verdicts.withdraw(verdict=decision.verdict, by=by, now=now)
    if older:
        verdicts.restore(verdict=older, now=now)
    questions.reopen(cases=ReviewCase.objects.filter(pk=case.pk), now=now)
    return ReviewCase.objects.get(pk=case.pk)


def _put_down(decision: ReviewDecision, case: ReviewCase) -> Verdict | None:
    """The older verdict that this decision of a contradiction withdrew."""
    if case.sort != Sort.CONTRADICTION:
        return None
    told = Verdict.objects.filter(pk=case.evidence.get("verdict"))
    return told.filter(withdrawn_at=decision.at, withdrawn_by=decision.by).first()


def _holds(decision: ReviewDecision, case: ReviewCase, older: Verdict | None) -> bool:
    if case.state != State.DECIDED or case.verdict_id != decision.verdict_id:
        return False
    return not decision.verdict.withdrawn_at if decision.verdict else older is not None


@transaction.atomic
def look_again(
    *, decision: ReviewDecision, answer: str, by: AbstractBaseUser, now: dt.datetime
) -> SecondLook:
    """Somebody else's answer to a decided case, for measuring. It changes nothing else."""
    if by in (decision.by, decision.confirmed_by):
        raise Refused(_("You decided this case yourself: a second look needs somebody else."))
    if answer not in OF_PEOPLE:
        raise Refused(_("Say whether the two are one person or not."))
    made, new = SecondLook.objects.get_or_create(
        decision=decision, defaults={"answer": answer, "by": by, "at": now}
    )
    if not new:
        raise Refused(_("Somebody has looked at this decision again already."))
    return made


def lock(*, ids: Collection[int], now: dt.datetime) -> list[ReviewCase]:
    """The cases as they are once their people, and then they themselves, are locked; in the order of ids."""
    sides = list(ReviewCase.objects.filter(pk__in=ids).values_list("left", "right", "identifier"))
    accounts = {account for left, right, _identifier in sides for account in (*left, *right)}
    identifiers = {identifier for *_sides, identifier in sides if identifier}
    verdicts.hold(accounts=accounts)
    changed = oneid.resolve(accounts=accounts, identifiers=sorted(identifiers), now=now)
    profiles.refresh(members=changed, now=now)
    return list(ReviewCase.objects.select_for_update().filter(pk__in=ids).order_by("pk"))


def check(*, case: ReviewCase, decision: str | None = None, bulk: int | None = None) -> None:
    """Refuse what is not open any more, what a bulk decision holds, and what this sort of case does not offer."""
    if case.state == State.DECIDED:
        raise Refused(
            _("%(who)s decided this case at %(when)s: %(what)s. Nothing was changed.")
            % {"who": case.decided_by, "when": _time(case.closed_at), "what": case.get_decision_display()}
        )
    if case.state == State.OBSOLETE:
        raise Refused(_("This is not a question any more: newer records answered it. Nothing was changed."))
    if case.bulk_id and case.bulk_id != bulk:
        raise Refused(_("This case waits for a second person, together with others like it."))
    if decision is not None and decision not in offered(case=case):
        raise Refused(_("This decision is not possible for such a case."))
    if decision in OF_PEOPLE and case.sort == Sort.CANDIDATE and _one_person(case):
        raise Refused(_("The two are one person already: newer records joined them. Nothing was changed."))


def give(
    *, case: ReviewCase, decision: str, by: AbstractBaseUser, now: dt.datetime, details: Details
) -> Verdict | None:
    """The verdict that a decision is, or None where nothing has to be said. The older verdict of a contradiction is
    withdrawn, unless the decision says the same."""
    try:
        verdict = _said(case, decision, details, by=by, now=now, reason=details.note)
    except verdicts.Contradicts as contradicts:
        raise Contradicted(str(contradicts)) from contradicts
    except (verdicts.Impossible, conflicts.Refused) as refused:
        raise Refused(str(refused)) from refused
    if case.sort == Sort.CONTRADICTION:
        older = Verdict.objects.get(pk=case.evidence["verdict"])
        if decision != SAYS[older.kind]:
            verdicts.withdraw(verdict=older, by=by, now=now)
    return verdict


def _said(case: ReviewCase, decision: str, details: Details, **said) -> Verdict | None:
    if decision in OF_PEOPLE:
        say = verdicts.same if decision == Decision.MERGE else verdicts.not_same
        return say(left=case.left, right=case.right, set_aside=details.set_aside, **said)
    if decision in OF_IDENTIFIERS:
        say = verdicts.shared if decision == Decision.SHARED else verdicts.not_shared
        return say(identifier=case.identifier, **said)
    if case.sort == Sort.CONFLICT:
        conflicts.settle(case=case, tiers=details.tiers, points=details.points, **said)
    return None


def settle(
    *,
    case: ReviewCase,
    decision: str,
    verdict: Verdict | None,
    by: AbstractBaseUser,
    now: dt.datetime,
    note: str,
    bulk: int | None = None,
) -> ReviewDecision:
    """Close the case and write its history. A case that another identifier still makes stays open."""
    closing = ReviewCase.objects.filter(pk=case.pk)
    if decision in OF_IDENTIFIERS and case.sort == Sort.REFUSED:
        closing = closing.exclude(state=State.OPEN)
    closing.update(
        state=State.DECIDED, closed_at=now, decision=decision, decided_by=by, verdict=verdict, snoozed_until=None,
        snoozed_by=None, bulk=bulk,
    )  # fmt: skip
    return _history(case, decision, by, now, note, verdict=verdict, bulk_id=bulk)


def _one_person(case: ReviewCase) -> bool:
    left, right = (
        set(Account.objects.filter(pk__in=side).values_list("member", flat=True))
        for side in (case.left, case.right)
    )
    return bool(left & right)


def _settlement(decision: ReviewDecision, case: ReviewCase) -> Settlement | None:
    """What a decided conflict was settled with, if that still holds."""
    if case.sort != Sort.CONFLICT or case.state != State.DECIDED:
        return None
    held = Settlement.objects.filter(decided_at=decision.at, decided_by=decision.by, withdrawn_at=None)
    return held.filter(accounts__contains=[*case.left, *case.right]).first()


def _history(case: ReviewCase, decision: str, by, now, note: str, **more) -> ReviewDecision:
    return ReviewDecision.objects.create(
        case=case, decision=decision, probability=case.probability, note=note, at=now, by=by, **more
    )


def _time(moment: dt.datetime) -> str:
    return formats.date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
