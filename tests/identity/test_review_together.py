"""Cases that one rule explains, decided together."""

import pytest
from django.db import IntegrityError, transaction

from identity.actions import bulk_decisions, reviewing
from identity.models import BulkDecision, ReviewCase, ReviewDecision, Verdict
from identity.queries import queue
from members.models import Account
from members.queries.scopes import EVERYTHING
from tests import factories
from tests.identity import cases
from tests.identity.company import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nodes")]


@pytest.fixture
def other():
    return factories.staff(superuser=True)


def alike(case):
    found = queue.alike(case=case, cases=queue.waiting(now=NOW))
    return list(found[0].order_by("pk")) if found else None


def joined(case):
    sides = (Account.objects.get(pk=side[0]).member_id for side in (case.left, case.right))
    return len(set(sides)) == 1


def test_candidates_of_one_pattern_of_levels_are_one_rule():
    first, second = cases.candidate(), cases.candidate(probability=0.4)
    otherwise = [{**field, "level": "exact"} for field in cases.FIELDS]
    third = cases.candidate(fields=otherwise)

    assert alike(first) == alike(second) == [first, second]
    assert alike(third) == [third]
    assert queue.pattern(case=third)[:4] == ["name", "exact", "address", "exact"]


def test_cases_of_one_identifier_and_reason_are_one_rule():
    phone = "13900139888"
    first = cases.refused(phone=phone)
    cases.unnamed(phone=phone)
    elsewhere = cases.refused()

    found = ReviewCase.objects.filter(identifier=first.identifier, state="open")
    assert set(alike(first)) == set(found)
    assert len(found) >= 2
    assert alike(elsewhere) == [elsewhere]


def test_a_few_are_decided_at_once_each_with_its_own_verdict(steward):
    made = [cases.candidate() for _number in range(3)]
    outcome = bulk_decisions.propose(cases=made, decision="merge", by=steward, now=NOW, note="moved house")

    assert (outcome.decided, outcome.left, outcome.waits) == (3, {}, False)
    assert all(joined(case) for case in made)
    assert set(ReviewDecision.objects.values_list("decision", "note", "bulk")) == {
        ("merge", "moved house", outcome.bulk.pk)
    }
    assert Verdict.objects.filter(kind="same").count() == 3


def test_an_identifier_is_called_shared_once_for_all_its_cases(steward):
    first = cases.refused(phone="13900139888")
    cases.unnamed(phone="13900139888")
    chosen = alike(first)

    outcome = bulk_decisions.propose(cases=chosen, decision="shared", by=steward, now=NOW)

    assert outcome.decided == len(chosen) >= 2
    assert Verdict.objects.count() == 1
    assert {case.state for case in ReviewCase.objects.all()} == {"decided"}


def test_above_the_limit_nothing_happens_until_a_second_person_confirms(settings, steward, other):
    settings.REVIEW_ALONE_CASES = 2
    made = [cases.candidate() for _number in range(3)]

    outcome = bulk_decisions.propose(cases=made, decision="merge", by=steward, now=NOW)

    assert outcome.waits
    assert not Verdict.objects.exists()
    assert not queue.waiting(now=NOW).exists()
    assert list(queue.to_confirm(reach=EVERYTHING)) == [outcome.bulk]
    with pytest.raises(reviewing.Refused, match="second person"):
        reviewing.decide(case=made[0], decision="merge", by=other, now=NOW)
    with pytest.raises(reviewing.Refused, match="somebody else"):
        bulk_decisions.confirm(bulk=outcome.bulk, by=steward, now=NOW)

    done = bulk_decisions.confirm(bulk=outcome.bulk, by=other, now=NOW)

    assert done.decided == 3
    assert all(joined(case) for case in made)
    case = ReviewCase.objects.get(pk=made[0].pk)
    assert (case.decided_by, case.confirmed_by) == (steward, other)
    assert {made.confirmed_by for made in ReviewDecision.objects.all()} == {other}
    with pytest.raises(reviewing.Refused, match="already"):
        bulk_decisions.confirm(bulk=outcome.bulk, by=other, now=NOW)
    assert Verdict.objects.count() == 3


def test_refused_ones_go_back_to_the_queue(settings, steward, other):
    settings.REVIEW_ALONE_CASES = 1
    made = [cases.candidate() for _number in range(2)]
    bulk = bulk_decisions.propose(cases=made, decision="merge", by=steward, now=NOW).bulk

    bulk_decisions.refuse(bulk=bulk, by=other, now=NOW)

    assert set(queue.waiting(now=NOW)) == set(made)
    assert not Verdict.objects.exists()
    assert not queue.to_confirm(reach=EVERYTHING).exists()


def test_people_with_very_many_accounts_need_a_second_person_even_alone(settings):
    settings.REVIEW_ALONE_ACCOUNTS = 2
    case = cases.candidate()
    assert not bulk_decisions.needs_second(cases=[case])
    case.left = [*case.left, 1]
    assert bulk_decisions.needs_second(cases=[case])


def test_what_was_answered_meanwhile_is_left_out_and_said(settings, steward, other):
    settings.REVIEW_ALONE_CASES = 1
    made = [cases.candidate() for _number in range(2)]
    bulk = bulk_decisions.propose(cases=made, decision="merge", by=steward, now=NOW).bulk
    ReviewCase.objects.filter(pk=made[0].pk).update(state="obsolete", closed_at=NOW)

    outcome = bulk_decisions.confirm(bulk=bulk, by=other, now=NOW)

    assert (outcome.decided, list(outcome.left)) == (1, [made[0].pk])
    assert "not a question any more" in outcome.left[made[0].pk]


def test_more_than_the_most_at_once_is_refused(settings, steward):
    settings.REVIEW_BULK_MAX = 1
    with pytest.raises(reviewing.Refused, match="At most 1"):
        bulk_decisions.propose(
            cases=[cases.candidate(), cases.candidate()], decision="merge", by=steward, now=NOW
        )


def test_the_database_knows_that_a_second_person_is_somebody_else(steward):
    bulk = BulkDecision.objects.create(
        decision="merge", sort="candidate", reason="probable", count=1, proposed_at=NOW, proposed_by=steward
    )
    with pytest.raises(IntegrityError, match="second_person"), transaction.atomic():
        BulkDecision.objects.filter(pk=bulk.pk).update(confirmed_by=steward, closed_at=NOW)
    with pytest.raises(IntegrityError, match="closed_has_a_time"), transaction.atomic():
        BulkDecision.objects.filter(pk=bulk.pk).update(refused_by=steward)


@pytest.mark.parametrize(
    ("constraint", "wrong"),
    [
        ("candidate_has_a_value", {"probability": None}),
        ("candidate_has_a_value", {"probability": 1.2}),
        ("candidate_has_a_value", {"pairs": 0}),
        ("put_off_by_somebody", {"snoozed_until": NOW}),
        ("closed_has_a_time", {"state": "decided"}),
    ],
)
def test_the_database_refuses_a_case_that_says_nothing(constraint, wrong):
    case = cases.candidate()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ReviewCase.objects.filter(pk=case.pk).update(**wrong)
