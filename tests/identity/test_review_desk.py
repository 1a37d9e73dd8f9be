"""Deciding cases one by one, at the level of actions and queries."""

import datetime as dt
from functools import partial

import pytest
from django.db import connection

from identity.actions import oneid, reviewing, verdicts
from identity.models import ReviewCase, ReviewDecision, Verdict
from identity.queries import queue
from identity.queries.queue import Wish
from members.models import Account, Channel
from members.queries import scopes
from members.queries.scopes import EVERYTHING
from tests import factories
from tests.connections import at_once, together
from tests.identity import cases, company
from tests.identity.company import NOW

pytestmark = pytest.mark.django_db


def waiting(by, *, now=NOW, reach=EVERYTHING, **wish):
    return list(queue.wished(wish=Wish(**wish), reach=reach, by=by, now=now))


def members_of(case):
    return set(Account.objects.filter(pk__in=[*case.left, *case.right]).values_list("member", flat=True))


@pytest.mark.requirement("IDN-073")
def test_same_name_and_address_with_different_phones_waits_with_its_score(nodes, steward):
    case = cases.candidate(probability=0.97)

    (found,) = waiting(steward)
    assert (found.pk, found.probability, found.value) == (case.pk, 0.97, 0.97)


@pytest.mark.requirement("IDN-073")
def test_not_same_is_never_proposed_again(nodes, steward):
    case = cases.refused()
    reviewing.decide(case=case, decision="not_same", by=steward, now=NOW)

    company.accept(company.order("o-more", "one-1", amount="20.00"))
    oneid.rebuild(now=NOW)
    case.refresh_from_db()
    assert (case.state, case.decision, case.decided_by) == ("decided", "not_same", steward)
    assert not waiting(steward)
    assert not ReviewCase.objects.filter(state="open").exists()


def test_refused_links_and_contradictions_come_before_candidates_and_these_by_chance_and_gain(nodes, steward):
    low, high = cases.candidate(probability=0.6), cases.candidate(probability=0.9)
    gain = cases.candidate(probability=0.5)
    ReviewCase.objects.filter(pk=gain.pk).update(pairs=12)
    refused = cases.refused()

    assert [case.pk for case in waiting(steward)] == [refused.pk, gain.pk, high.pk, low.pk]


def test_the_queue_is_gone_through_without_leaving_one_out_or_meeting_one_twice(nodes, steward):
    for number in range(5):
        cases.candidate(probability=0.9 if number < 3 else 0.8)
    everything = queue.wished(wish=Wish(), reach=EVERYTHING, by=steward, now=NOW)

    way = [everything.first()]
    while (ahead := queue.after(case=way[-1], cases=everything)) != way[0]:
        assert queue.before(case=ahead, cases=everything) == way[-1]
        way.append(ahead)
    assert way == list(everything)


def test_narrowing_by_sort_reason_channel_and_node(nodes, steward):
    candidate, refused = cases.candidate(), cases.refused()
    at_store = cases.candidate(
        left=cases.person("p1", channel="pos"), right=cases.person("p2", channel="mall")
    )

    assert waiting(steward, sort="refused") == [refused]
    assert waiting(steward, reason="probable") == [candidate, at_store]
    assert waiting(steward, channel=Channel.objects.get(code="pos").pk) == [at_store]
    assert waiting(steward, node=nodes["s1"].path) == [at_store]
    assert waiting(steward, reach=scopes.of_node(nodes["s1"])) == [at_store]
    assert waiting(steward, reach=scopes.of_node(nodes["b2"])) == []


def test_who_does_not_know_all_accounts_cannot_decide(nodes):
    case = cases.candidate(left=cases.person("p1", channel="pos"), right=cases.person("p2", channel="mall"))

    assert not queue.decidable(case=case, reach=scopes.of_node(nodes["s1"]))
    assert queue.decidable(case=case, reach=scopes.of_node(nodes["b1"]))
    assert not queue.decidable(case=case, reach=scopes.NOTHING)


def test_merge_joins_the_two_and_closes_what_it_answers(nodes, steward):
    case = cases.candidate()
    left, right = (Account.objects.get(pk=side[0]) for side in (case.left, case.right))
    answered = cases.candidate(left=right, right=left, probability=0.5)

    made = reviewing.decide(
        case=case, decision="merge", by=steward, now=NOW, details=reviewing.Details(note="same flat")
    )

    case.refresh_from_db()
    answered.refresh_from_db()
    assert len(members_of(case)) == 1
    assert (case.state, case.decision, case.verdict.kind) == ("decided", "merge", "same")
    assert (made.note, made.by, made.verdict) == ("same flat", steward, case.verdict)
    assert answered.state == "obsolete"


def test_a_merge_taken_back_is_a_question_again_and_stays_in_history(nodes, steward):
    case = cases.candidate()
    made = reviewing.decide(case=case, decision="merge", by=steward, now=NOW)

    back = reviewing.take_back(decision=made, by=steward, now=NOW)

    assert (back.state, back.decision, back.verdict, back.closed_at) == ("open", "", None, None)
    assert len(members_of(case)) == 2
    assert ReviewDecision.objects.get().verdict.withdrawn_at == NOW
    with pytest.raises(reviewing.Refused):
        reviewing.take_back(decision=made, by=steward, now=NOW)


def test_a_refused_link_whose_verdict_is_withdrawn_elsewhere_is_refused_again(nodes, steward):
    case = cases.refused()
    made = reviewing.decide(case=case, decision="not_same", by=steward, now=NOW)

    verdicts.withdraw(verdict=made.verdict, by=steward, now=NOW)

    case.refresh_from_db()
    assert (case.state, case.decision, case.decided_by, case.verdict) == ("open", "", None, None)


def test_later_comes_back_by_itself(nodes, steward):
    case, until = cases.refused(), NOW + dt.timedelta(days=7)
    reviewing.put_off(case=case, until=until, by=steward, now=NOW)

    assert waiting(steward) == []
    assert waiting(steward, mine="later") == [case]
    assert waiting(factories.staff(superuser=True), mine="later") == []
    assert waiting(steward, now=until - dt.timedelta(seconds=1)) == []
    assert waiting(steward, now=until) == [case]


def test_a_case_cannot_be_put_off_into_the_past(nodes, steward):
    with pytest.raises(reviewing.Refused, match="time to come"):
        reviewing.put_off(case=cases.refused(), until=NOW, by=steward, now=NOW)


def test_a_shared_identifier_links_nobody_and_closes_its_case(nodes, steward):
    case = cases.refused()
    reviewing.decide(case=case, decision="shared", by=steward, now=NOW)

    case.refresh_from_db()
    assert (case.state, case.decision, case.identifier.shared) == ("decided", "shared", "verdict")
    assert waiting(steward) == []


def test_a_pair_that_another_identifier_connects_stays_a_question(nodes, steward):
    phone, email = "13900139777", {"kind": "email", "value": "both@example.com"}
    for external_id, channel, name, born in (
        ("a", "app", "王小明", "1984-05-06"),
        ("b", "tmall", "李冬梅", "1961-02-03"),
    ):
        profile = {"name": name, "birth_date": born}
        sent = company.account(
            external_id, channel=channel, phone=phone, identifiers=[email], profile=profile
        )
        company.accept(sent)
    case = ReviewCase.objects.get(state="open")
    first = case.identifier

    reviewing.decide(case=case, decision="shared", by=steward, now=NOW)

    case.refresh_from_db()
    assert (case.state, case.decision) == ("open", "")
    assert case.identifier != first
    assert ReviewDecision.objects.get().decision == "shared"


@pytest.mark.parametrize(
    ("make", "decision"),
    [
        (cases.candidate, "shared"),
        (cases.candidate, "keep"),
        (cases.refused, "not_shared"),
        (cases.refused, "x"),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused(nodes, steward, make, decision):
    case = make()
    with pytest.raises(reviewing.Refused, match="not possible"):
        reviewing.decide(case=case, decision=decision, by=steward, now=NOW)
    assert not Verdict.objects.exists()


def test_a_second_click_changes_nothing_and_says_who_was_first(nodes, steward):
    case = cases.candidate()
    reviewing.decide(case=case, decision="merge", by=steward, now=NOW)

    with pytest.raises(reviewing.Refused, match=f"{steward.username}.*one person"):
        reviewing.decide(case=case, decision="not_same", by=factories.staff(superuser=True), now=NOW)
    assert (Verdict.objects.count(), ReviewDecision.objects.count()) == (1, 1)


def test_what_newer_records_answered_is_no_question_any_more(nodes, steward):
    case = cases.refused()
    two = case.right if Account.objects.get(pk=case.right[0]).external_id.startswith("two") else case.left
    moved = Account.objects.get(pk=two[0])
    said = {"name": "王小明", "birth_date": "1984-05-06"}
    company.accept(company.account(moved.external_id, channel="tmall", on=9, profile=said))

    with pytest.raises(reviewing.Refused, match="not a question any more"):
        reviewing.decide(case=case, decision="merge", by=steward, now=NOW)
    assert not Verdict.objects.exists()


def test_a_candidate_that_records_joined_is_not_decided(nodes, steward):
    one = cases.person("j1", phone="13900139555")
    case = cases.candidate(left=one, right=cases.person("j2", channel="tmall"))
    company.accept(company.account("j2", channel="tmall", on=3, phone="13900139555"))

    with pytest.raises(reviewing.Refused, match="one person already"):
        reviewing.decide(case=case, decision="merge", by=steward, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_stewards_at_once_leave_one_verdict():
    company.build()
    case = cases.candidate()
    people = {factories.staff(superuser=True): "merge", factories.staff(superuser=True): "not_same"}

    def decide(by, decision):
        try:
            reviewing.decide(case=case, decision=decision, by=by, now=NOW)
        except reviewing.Refused as refused:
            return str(refused)
        return decision

    outcomes = at_once(*(partial(decide, *each) for each in people.items()))
    case.refresh_from_db()
    assert sum(outcome in ("merge", "not_same") for outcome in outcomes) == 1
    assert sum("Nothing was changed" in outcome for outcome in outcomes) == 1
    assert (Verdict.objects.count(), ReviewDecision.objects.count()) == (1, 1)
    assert case.decision in outcomes


@pytest.mark.django_db(transaction=True)
def test_a_decision_while_records_of_the_same_people_arrive():
    company.build()
    steward = factories.staff(superuser=True)
    case = cases.refused()
    one = Account.objects.get(external_id__startswith="one")
    together(
        lambda: reviewing.decide(case=case, decision="merge", by=steward, now=NOW),
        lambda: company.accept(company.account(one.external_id, on=5, phone="13900139123")),
    )
    assert len(members_of(case)) == 1
    assert not oneid.rebuild(now=NOW, dry_run=True).members


def test_decisions_are_never_rewritten(nodes, steward):
    made = reviewing.decide(case=cases.refused(), decision="merge", by=steward, now=NOW)
    with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
        cursor.execute("UPDATE identity_reviewdecision SET note = 'x' WHERE id = %s", [made.pk])
