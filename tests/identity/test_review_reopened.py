"""A case that comes back is a question again: whoever waited for it, put it off or decided it with others before."""

import datetime as dt

import pytest

from identity.actions import bulk_decisions, reviewing, verdicts
from identity.models import Identifier, ReviewCase
from identity.queries import precision, queue
from members.actions import erasure
from members.models import Account
from members.queries.scopes import EVERYTHING
from tests.identity import cases, company
from tests.identity.company import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nodes():
    return company.build()


def waiting():
    return set(queue.waiting(now=NOW).values_list("pk", flat=True))


def crowd() -> ReviewCase:
    told = [{"kind": "device", "value": "tablet-0001"}]
    for n in range(4):
        record = company.account(
            f"u{n}", phone=f"1391111000{n}", identifiers=told, profile={"name": f"Person {'ABCD'[n]}"}
        )
        company.accept(record)
    return ReviewCase.objects.get(sort="shared")


def test_a_shared_identifier_decided_together_waits_again_when_the_verdict_is_withdrawn(steward):
    case = crowd()
    outcome = bulk_decisions.propose(cases=[case], decision="shared", by=steward, now=NOW)
    assert outcome.decided == 1
    case.refresh_from_db()
    verdicts.withdraw(verdict=case.verdict, by=steward, now=NOW)
    case.refresh_from_db()
    assert (case.state, case.bulk) == ("open", None)
    assert case.pk in waiting()
    reviewing.decide(case=case, decision="shared", by=steward, now=NOW)


def test_a_shared_identifier_that_was_put_off_and_answered_by_records_is_asked_at_once_when_it_comes_back(
    steward,
):
    case = crowd()
    reviewing.put_off(case=case, until=NOW + dt.timedelta(days=30), by=steward, now=NOW)
    device = Identifier.objects.get(value="tablet-0001")
    said = verdicts.shared(identifier=device, by=steward, now=NOW)
    case.refresh_from_db()
    assert case.state == "decided"
    verdicts.withdraw(verdict=said, by=steward, now=NOW)
    assert case.pk in waiting()


@pytest.mark.parametrize("decision", ["merge", "not_same"])
def test_a_candidate_whose_verdict_is_withdrawn_elsewhere_is_a_question_again(steward, decision):
    case = cases.candidate()
    made = reviewing.decide(case=case, decision=decision, by=steward, now=NOW)
    verdicts.withdraw(verdict=made.verdict, by=steward, now=NOW)
    case.refresh_from_db()
    assert (case.state, case.verdict, case.decision) == ("open", None, "")
    assert case.pk in waiting()


def test_candidates_decided_together_are_questions_again_one_by_one(steward):
    first, second = cases.candidate(), cases.candidate()
    bulk_decisions.propose(cases=[first, second], decision="merge", by=steward, now=NOW)
    first.refresh_from_db()
    verdicts.withdraw(verdict=first.verdict, by=steward, now=NOW)
    assert waiting() == {first.pk}
    second.refresh_from_db()
    assert second.state == "decided"


def test_an_erasure_says_nothing_of_how_right_a_decision_was(steward):
    case = cases.candidate()
    reviewing.decide(case=case, decision="merge", by=steward, now=NOW)
    cases.candidate()
    (row,) = precision.by_sort(reach=EVERYTHING)
    assert (row.count, row.right) == (1, 1)
    member = Account.objects.get(pk=case.left[0]).member
    asked = erasure.request(member=member, reason="by letter", now=NOW, door="command")
    erasure.carry_out(erasure=asked, now=NOW)
    assert precision.by_sort(reach=EVERYTHING) == []
