"""The screens of the review queue: who sees what, what the buttons do, and that nobody is shown in full."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from identity.actions import reviewing, verdicts
from identity.admin.review import words
from identity.models import ReviewCase, ReviewDecision, Verdict
from members.models import Account, Programme
from tests import factories
from tests.identity import cases, company
from tests.identity.company import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nodes")]
FETCH = {"X-Requested-With": "fetch"}
STEWARD = "identity.view_reviewcase identity.change_reviewcase members.view_member members.view_personal_data"


@pytest.fixture
def steward(client):
    user = factories.staff(superuser=True)
    client.force_login(user)
    return user


def url(name, *args):
    return reverse(f"admin:identity_{name}", args=args)


def page(client, case, **query):
    return client.get(url("reviewcase_change", case.pk), query)


def text(answer):
    return answer.content.decode()


def conflicting() -> ReviewCase:
    node = Account.objects.model._meta.get_field("organization").related_model.objects.get(code="b1")
    Programme.objects.create(organization=node, name="Club", tier_policy="ask", points_policy="ask")
    for external_id, channel, tier, points in (("k1", "app", "gold", "10"), ("k2", "mall", "silver", "20")):
        membership = {"organization": "b1", "number": external_id, "tier": tier, "points": points}
        record = company.account(external_id, channel=channel, phone="13900139222")
        company.accept(record | {"membership": membership, "profile": {"name": "王小明"}})
    return ReviewCase.objects.get(sort="conflict")


def contradicting(by) -> ReviewCase:
    left, right = cases.person("c1"), cases.person("c2", channel="tmall")
    verdicts.same(left=[left.pk], right=[right.pk], by=by, now=NOW)
    later = NOW + dt.timedelta(days=1)
    verdicts.not_same(left=[left.pk], right=[right.pk], by=by, now=later, set_aside=True)
    return ReviewCase.objects.get(sort="contradiction")


def crowded() -> ReviewCase:
    device = [{"kind": "device", "value": "TABLET-0001"}]
    for number in range(4):
        cases.person(
            f"t{number}", sent={"identifiers": [*device, {"kind": "phone", "value": next(cases.PHONES)}]}
        )
    return ReviewCase.objects.get(sort="shared")


def test_the_desk_opens_the_most_valuable_case(client, steward):
    cases.candidate()
    refused = cases.refused()
    assert client.get(url("review_desk")).url == url("reviewcase_change", refused.pk)


def test_an_empty_queue_says_so(client, steward):
    assert "Nothing waits. Well done." in text(client.get(url("review_desk")))
    assert "Nothing of this kind waits." in text(client.get(url("review_desk"), {"sort": "refused"}))


def test_nobody_is_shown_in_full(client, steward):
    for case in (cases.candidate(), cases.refused()):
        shown = text(page(client, case))
        assert "王**" in shown
        for secret in ("王小明", "李冬梅", "1984-05-06", "香港中路1号", "13800138001", "139001"):
            assert secret not in shown


def test_every_sort_of_case_has_its_screen_and_its_keys(client, steward):
    expected = {
        cases.candidate(): ("m", "n", "l"),
        cases.refused(): ("m", "n", "s", "l"),
        conflicting(): ("k", "n", "l"),
        contradicting(steward): ("m", "n", "k", "l"),
        crowded(): ("s", "o", "l"),
    }
    for case, keys in expected.items():
        shown = text(page(client, case))
        assert [key for key in "mnskol" if f'data-key="{key}"' in shown] == [
            key for key in "mnskol" if key in keys
        ], case.sort


def test_a_conflict_shows_both_values_and_what_the_policy_gives(client, steward):
    case = conflicting()
    shown = text(page(client, case))
    assert all(word in shown for word in ("gold", "silver", "Holds until decided", "policy asks a steward"))

    answer = client.post(
        url("review_decide", case.pk),
        {"decision": "keep", "tiers": "highest", "points": "add"},
        headers=FETCH,
    )
    case.refresh_from_db()
    assert (answer.json()["fault"], case.state, case.decision) == (False, "decided", "keep")

    client.post(answer.json()["undo"], headers=FETCH)
    assert ReviewCase.objects.get(sort="conflict").state == "open"


def test_deciding_answers_with_the_next_case_and_how_many_wait(client, steward):
    first, second = cases.candidate(probability=0.9), cases.candidate(probability=0.8)

    answer = client.post(url("review_decide", first.pk), {"decision": "merge"}, headers=FETCH).json()

    assert answer["next"] == url("reviewcase_change", second.pk)
    assert (answer["waiting"][""], answer["waiting"]["candidate"], answer["fault"]) == ("1", "1", False)
    made = ReviewDecision.objects.get()
    assert (made.by, made.decision, answer["undo"]) == (steward, "merge", url("review_take_back", made.pk))

    back = client.post(answer["undo"], headers=FETCH).json()
    assert back["next"] == url("reviewcase_change", first.pk)
    first.refresh_from_db()
    assert first.state == "open"


def test_it_works_without_a_script(client, steward):
    case = cases.candidate()
    answer = client.post(url("review_decide", case.pk), {"decision": "not_same"}, follow=True)
    assert "Two people, for ever" in text(answer)
    assert "Nothing waits" in text(answer)


def test_whoever_comes_second_is_told_and_goes_on(client, steward):
    case, other = cases.candidate(probability=0.9), cases.candidate(probability=0.8)
    somebody = factories.staff(superuser=True)
    reviewing.decide(case=case, decision="merge", by=somebody, now=NOW)

    answer = client.post(url("review_decide", case.pk), {"decision": "not_same"}, headers=FETCH).json()

    assert answer["fault"]
    assert somebody.username in answer["said"]
    assert answer["next"] == url("reviewcase_change", other.pk)
    assert Verdict.objects.count() == 1


def test_what_contradicts_can_be_set_aside_on_purpose(client, steward):
    case = cases.candidate()
    verdicts.not_same(left=case.left, right=case.right, by=steward, now=NOW)
    decide = url("review_decide", case.pk)

    answer = client.post(decide, {"decision": "merge"}, headers=FETCH).json()
    assert (answer["fault"], answer["aside"], answer["fresh"]) == (True, True, True)
    answer = client.post(decide, {"decision": "merge", "set_aside": "1"}, headers=FETCH).json()
    assert not answer["fault"]


def test_later_takes_the_days_that_were_chosen(client, steward):
    case = cases.candidate()
    client.post(url("review_decide", case.pk), {"decision": "later", "days": "30"})
    case.refresh_from_db()
    made = ReviewDecision.objects.get()
    assert (case.snoozed_until - made.at, case.snoozed_by) == (dt.timedelta(days=30), steward)


def test_the_narrowing_is_kept_from_case_to_case(client, steward):
    cases.refused()
    first, second = cases.candidate(probability=0.9), cases.candidate(probability=0.8)
    assert client.get(url("review_desk"), {"sort": "candidate"}).url.startswith(
        url("reviewcase_change", first.pk)
    )

    shown = text(page(client, first, sort="candidate"))
    assert f'data-next="{url("reviewcase_change", second.pk)}?sort=candidate"' in shown
    came = page(client, first, _changelist_filters="sort__exact=candidate")
    assert f'data-next="{url("reviewcase_change", second.pk)}?sort=candidate"' in text(came)


def test_the_list_is_ordered_by_value_and_narrowed(client, steward):
    candidate, refused = cases.candidate(), cases.refused()
    later = cases.candidate(probability=0.5)
    reviewing.put_off(case=later, until=NOW + dt.timedelta(days=36_500), by=steward, now=NOW)
    listed = lambda **query: [  # noqa: E731
        case.pk for case in client.get(url("reviewcase_changelist"), query).context["cl"].result_list
    ]

    assert listed() == [refused.pk, candidate.pk]
    assert listed(sort__exact="candidate") == [candidate.pk]
    assert listed(reason="profile") == [refused.pk]
    assert listed(channel=Account.objects.get(pk=candidate.right[0]).channel_id) == [refused.pk, candidate.pk]
    assert listed(mine="later") == [later.pk]
    reviewing.decide(case=refused, decision="merge", by=steward, now=NOW)
    assert listed(mine="decided") == [refused.pk]
    assert listed(state="decided") == [refused.pk]


def test_the_list_asks_as_much_for_four_cases_as_for_one(client, steward):
    def count():
        with CaptureQueriesContext(connection) as queries:
            client.get(url("reviewcase_changelist"))
        return len(queries)

    cases.candidate()
    count()
    one = count()
    for _number in range(3):
        cases.candidate()
    assert count() == one


def test_organizations_see_their_own_cases_and_decide_those_they_know_whole(client, nodes):
    half = cases.candidate(left=cases.person("p", channel="pos"), right=cases.person("m", channel="mall"))
    elsewhere = cases.candidate()
    client.force_login(factories.staff(organization=nodes["s1"], permissions=STEWARD))

    shown = text(page(client, half))
    assert "a steward above decides" in shown
    assert 'value="merge"' not in shown
    assert client.post(url("review_decide", half.pk), {"decision": "merge"}).status_code == 403
    assert page(client, elsewhere).status_code == 404
    assert client.post(url("review_decide", elsewhere.pk), {"decision": "merge"}).status_code == 404
    assert not Verdict.objects.exists()

    client.force_login(factories.staff(organization=nodes["b1"], permissions=STEWARD))
    client.post(url("review_decide", half.pk), {"decision": "merge"})
    assert Verdict.objects.count() == 1


@pytest.mark.parametrize("name", ["review_desk", "review_quality", "review_waiting", "reviewcase_changelist"])
def test_looking_needs_the_permission(client, nodes, name):
    client.force_login(factories.staff(organization=nodes["g"], permissions="members.view_member"))
    assert client.get(url(name)).status_code == 403


def test_looking_is_not_deciding(client, nodes):
    case = cases.candidate()
    made = reviewing.decide(case=cases.candidate(), decision="merge", by=factories.staff(), now=NOW)
    client.force_login(factories.staff(organization=nodes["g"], permissions="identity.view_reviewcase"))

    assert 'value="merge"' not in text(page(client, case))
    for address in (
        url("review_decide", case.pk),
        url("review_together", case.pk),
        url("review_take_back", made.pk),
        url("review_second_look_answer", made.pk),
    ):
        assert client.post(address, {"decision": "merge"}).status_code == 403
    assert client.get(url("review_decide", case.pk)).status_code in (403, 405)


def test_a_decided_case_says_by_whom_and_can_be_taken_back(client, steward):
    case = cases.candidate()
    reviewing.decide(case=case, decision="merge", by=steward, now=NOW)
    shown = text(page(client, case))
    assert f"by {steward.username}" in shown
    client.post(url("review_take_back", ReviewDecision.objects.get().pk))
    case.refresh_from_db()
    assert case.state == "open"


@pytest.mark.parametrize(
    ("probability", "shown"),
    [(None, "–"), (0.5, "50.0 %"), (0.99996, "> 99.9 %"), (1.0, "100.0 %"), (1e-9, "< 0.1 %")],
)
def test_a_chance_is_never_rounded_to_certainty(probability, shown):
    assert words.chance(probability) == shown


def test_who_carries_a_crowded_identifier_is_listed(client, steward):
    shown = text(page(client, crowded()))
    assert shown.count("王**</a>") == 4
    assert "TABLET-0001" not in shown
