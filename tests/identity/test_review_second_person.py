"""The screens of the review queue where a second person comes in: many cases at once, large people, second looks."""

import datetime as dt

import pytest
from django.urls import reverse

from identity.actions import reviewing, verdicts
from identity.models import BulkDecision, ReviewCase, SecondLook, Verdict
from tests import factories
from tests.identity import cases
from tests.identity.company import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nodes")]
FETCH = {"X-Requested-With": "fetch"}


@pytest.fixture
def steward(client):
    user = factories.staff(superuser=True)
    client.force_login(user)
    return user


def url(name, *args):
    return reverse(f"admin:identity_{name}", args=args)


def text(answer):
    return answer.content.decode()


def test_together_shows_how_many_and_a_sample_and_decides_only_those(client, steward):
    first, second = cases.candidate(probability=0.9), cases.candidate(probability=0.8)
    shown = client.get(url("review_together", first.pk))
    assert '<span class="rv-count" data-test="count">2</span>' in text(shown)
    assert "Address: the same" in text(shown)
    seen_until = shown.context["seen_until"]
    new = cases.candidate(opened_at=dt.datetime.now(dt.UTC) + dt.timedelta(days=1))

    client.post(
        url("review_together", first.pk), {"decision": "merge", "note": "all moved", "seen_until": seen_until}
    )
    states = dict(ReviewCase.objects.values_list("pk", "state"))
    assert states == {first.pk: "decided", second.pk: "decided", new.pk: "open"}


def test_a_large_one_waits_for_somebody_else(client, steward, settings):
    settings.REVIEW_ALONE_CASES = 1
    first, _second = cases.candidate(), cases.candidate()
    given = {"decision": "merge", "note": "all moved", "seen_until": NOW.isoformat()}
    answer = client.post(url("review_together", first.pk), given, follow=True)
    assert "somebody else confirms it" in text(answer)
    bulk = BulkDecision.objects.get()
    client.post(url("review_confirm", bulk.pk))
    assert not Verdict.objects.exists()

    client.force_login(factories.staff(superuser=True))
    client.post(url("review_confirm", bulk.pk))
    assert Verdict.objects.count() == 2


def test_a_case_of_very_many_accounts_waits_for_somebody_else_too(client, steward, settings):
    settings.REVIEW_ALONE_ACCOUNTS = 1
    case = cases.candidate()
    answer = client.post(url("review_decide", case.pk), {"decision": "merge"}, headers=FETCH).json()
    assert "second person" in answer["said"]
    assert BulkDecision.objects.get().count == 1
    assert not Verdict.objects.exists()


def test_a_second_look_does_not_show_the_first(client, steward):
    somebody = factories.staff(superuser=True)
    made = reviewing.decide(
        case=cases.candidate(), decision="merge", by=somebody, now=NOW, details=reviewing.Details(note="SURE")
    )
    shown = text(client.get(url("review_second_look")))
    assert "What do you say?" in shown
    assert "SURE" not in shown
    assert somebody.username not in shown

    client.post(url("review_second_look_answer", made.pk), {"decision": "not_same"})
    assert (SecondLook.objects.get().answer, SecondLook.objects.get().by) == ("not_same", steward)


def test_how_right_we_are_shows_decisions_and_what_they_prove(client, steward):
    made = reviewing.decide(case=cases.candidate(), decision="merge", by=steward, now=NOW)
    shown = text(client.get(url("review_quality")))
    assert "1 right of 1 prove is 20.7 %" in shown
    assert "about 381 decisions" in shown
    verdicts.withdraw(verdict=made.verdict, by=steward, now=NOW)
    assert "withdrawn" in text(client.get(url("review_quality")))
