"""Deciding contradictions of verdicts, and taking the decision back whole."""

import datetime as dt

import pytest

from identity.actions import oneid, reviewing, verdicts
from identity.models import ReviewCase, Verdict
from members.models import Account
from tests import factories
from tests.identity import cases
from tests.identity.company import NOW

pytestmark = pytest.mark.django_db


def members_of(case):
    return set(Account.objects.filter(pk__in=[*case.left, *case.right]).values_list("member", flat=True))


def test_a_contradiction_is_settled_by_letting_the_newer_verdict_hold(nodes, steward):
    left, right = cases.person("c1"), cases.person("c2", channel="tmall")
    older = verdicts.same(left=[left.pk], right=[right.pk], by=steward, now=NOW)
    later = NOW + dt.timedelta(days=1)
    verdicts.not_same(left=[left.pk], right=[right.pk], by=steward, now=later, set_aside=True)
    case = ReviewCase.objects.get(sort="contradiction")

    reviewing.decide(case=case, decision="keep", by=steward, now=later)

    case.refresh_from_db()
    older.refresh_from_db()
    assert (case.state, older.withdrawn_at) == ("decided", later)
    assert left.member_id != Account.objects.get(pk=right.pk).member_id


def contradicted(by, *, newest="not_same"):
    """Two people of whom one verdict says that they are one, and the other that they are not; the case, and by whom."""
    left, right = cases.person("c1"), cases.person("c2", channel="tmall")
    said = {"same": verdicts.same, "not_same": verdicts.not_same}
    older = next(each for each in said if each != newest)
    said[older](left=[left.pk], right=[right.pk], by=by, now=NOW)
    later = NOW + dt.timedelta(days=1)
    said[newest](left=[left.pk], right=[right.pk], by=by, now=later, set_aside=True)
    return ReviewCase.objects.get(sort="contradiction")


def standing():
    """What was said and by whom it was withdrawn, who everybody is, and which contradictions wait."""
    said = list(
        Verdict.objects.order_by("pk").values("pk", "kind", "decided_at", "withdrawn_at", "withdrawn_by")
    )
    people = dict(Account.objects.values_list("external_id", "member"))
    return said, people, set(ReviewCase.objects.filter(state="open").values_list("pk", "sort"))


@pytest.mark.parametrize("newest", ["same", "not_same"])
@pytest.mark.parametrize("decision", ["keep", "merge", "not_same"])
def test_a_decided_contradiction_is_taken_back_whole(nodes, steward, newest, decision):
    case, later = contradicted(steward, newest=newest), NOW + dt.timedelta(days=2)
    said, people, waiting_before = standing()
    aside = reviewing.Details(set_aside=True)
    made = reviewing.decide(case=case, decision=decision, by=steward, now=later, details=aside)
    assert not oneid.rebuild(now=later)
    case.refresh_from_db()
    agrees_with_the_older = decision == {"same": "not_same", "not_same": "merge"}[newest]
    assert (case.state, case.decision) == ("decided", decision)
    assert (
        ReviewCase.objects.filter(state="open").count() == agrees_with_the_older
    )  # it is the other one's turn

    back = reviewing.take_back(decision=made, by=steward, now=later)

    assert (back.state, back.decision) == ("open", "")
    found, members, waiting_now = standing()
    assert found[: len(said)] == said
    assert all(each["withdrawn_at"] for each in found[len(said) :])
    assert (members, waiting_now) == (people, waiting_before)
    assert not oneid.rebuild(now=later)
    with pytest.raises(reviewing.Refused, match="does not hold any more"):
        reviewing.take_back(decision=made, by=steward, now=later)


def test_taken_back_when_the_newer_verdict_is_gone_the_older_one_rules(nodes, steward):
    case, later = contradicted(steward), NOW + dt.timedelta(days=2)
    made = reviewing.decide(case=case, decision="keep", by=steward, now=later)
    verdicts.withdraw(verdict=Verdict.objects.get(kind="not_same"), by=steward, now=later)
    back = reviewing.take_back(decision=made, by=steward, now=later)
    assert back.state == "obsolete"
    assert len(members_of(case)) == 1
    assert not oneid.rebuild(now=later)


def test_what_somebody_else_withdrew_is_not_restored(nodes, steward):
    case, later = contradicted(steward), NOW + dt.timedelta(days=2)
    older = Verdict.objects.get(kind="same")
    made = reviewing.decide(case=case, decision="keep", by=steward, now=later)
    verdicts.restore(verdict=older, now=later)
    verdicts.withdraw(verdict=older, by=factories.staff(superuser=True), now=later)
    with pytest.raises(reviewing.Refused, match="does not hold any more"):
        reviewing.take_back(decision=made, by=steward, now=later)


def test_what_contradicts_is_refused_with_who_said_it_unless_it_is_set_aside(nodes, steward):
    case = cases.candidate()
    verdicts.not_same(left=case.left, right=case.right, by=steward, now=NOW)

    with pytest.raises(reviewing.Contradicted, match=steward.username):
        reviewing.decide(case=case, decision="merge", by=steward, now=NOW + dt.timedelta(days=1))
    case.refresh_from_db()
    assert case.state == "open"
    aside = reviewing.Details(set_aside=True)
    reviewing.decide(case=case, decision="merge", by=steward, now=NOW + dt.timedelta(days=1), details=aside)
    assert len(members_of(case)) == 1
