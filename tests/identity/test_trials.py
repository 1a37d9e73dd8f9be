"""Other rules are tried on everybody before they are in force, and taken back with everybody as they were."""

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from identity import tasks
from identity.actions import trials, verdicts
from identity.models import Identifier, IdentifierKind, Trial, Verdict
from identity.queries import trials as reading
from members.models import Account, Channel
from tests.identity import oneids
from tests.identity.oneids import DAY, NOW, account, people, resolve
from tests.identity.trying import PHONE, family, nothing_to_rebuild, one_each, state, tried

pytestmark = pytest.mark.django_db


def test_a_lower_limit_is_tried_put_in_force_and_taken_back(mall, steward):
    family(mall)
    before = state()
    trial = tried(steward, kinds={"phone": {"max_accounts": 3}})
    assert (trial.outcome["merges"], trial.outcome["splits"], trial.outcome["members"]) == (0, 1, 1)
    assert trial.outcome["people"] == {"before": 2, "after": 5}
    assert trial.outcome["flags"] == {"accounts": 1}
    assert state() == before

    changes = trials.publish(trial=trial, by=steward, now=NOW)
    assert len(changes.accounts) == 3
    assert people() == [["a0"], ["a1"], ["a2"], ["a3"], ["e", "f"]]
    assert IdentifierKind.objects.get(code="phone").max_accounts == 3
    assert nothing_to_rebuild()
    trial.refresh_from_db()
    assert (trial.state, trial.published_by, trial.former) == (
        "published",
        steward,
        {"phone": {"max_accounts": 12}},
    )

    trials.take_back(trial=trial, by=steward, now=NOW)
    assert state() == before
    assert nothing_to_rebuild()
    trial.refresh_from_db()
    assert (trial.state, trial.taken_back_by) == ("taken_back", steward)


def test_one_account_a_person_is_tried_put_in_force_and_taken_back(mall, steward):
    family(mall)
    before = state()
    trial = tried(steward, channels=one_each(mall))
    assert (trial.outcome["merges"], trial.outcome["splits"], trial.outcome["members"]) == (0, 2, 2)
    assert trial.outcome["people"] == {"before": 2, "after": 6}
    assert state() == before

    changes = trials.publish(trial=trial, by=steward, now=NOW)
    assert len(changes.accounts) == 4
    assert people() == [["a0"], ["a1"], ["a2"], ["a3"], ["e"], ["f"]]
    assert Channel.objects.get().one_account_a_person
    assert nothing_to_rebuild()
    resolve(account(mall, "g", "email:x@y.z", at=NOW + DAY))
    assert ["g"] in people()
    trial.refresh_from_db()
    assert trial.channels == one_each(mall)
    assert trial.former_channels == {"mall": {"one_account_a_person": False}}
    with pytest.raises(trials.Refused, match="Nothing is changed"):
        trials.draft(name="again", channels=one_each(mall), by=steward, now=NOW)

    trials.take_back(trial=trial, by=steward, now=NOW)
    assert people() == [["a0", "a1", "a2", "a3"], ["e", "f", "g"]]
    assert state()[:2] == before[:2]
    assert nothing_to_rebuild()


def test_whether_a_channel_knows_its_customers_is_tried_put_in_force_and_taken_back(mall, steward):
    """Anonymous accounts give no OneID where there is a better one, and are no people behind a device."""
    channels = oneids.more(app={})
    first, second = account(channels["app"], "app", PHONE), account(mall, "mall", PHONE, at=NOW + DAY)
    guests = [account(channels["app"], f"guest{n}", "device:d1", at=NOW + DAY * n) for n in range(3)]
    resolve(first, second, *guests)
    assert people() == [["app", "mall"], ["guest0"], ["guest1"], ["guest2"]]
    before = state()
    trial = tried(steward, channels={"app": {"named": False}})
    assert trial.outcome["people"] == {"before": 4, "after": 2}
    assert state() == before

    trials.publish(trial=trial, by=steward, now=NOW)
    assert people() == [["app", "mall"], ["guest0", "guest1", "guest2"]]
    assert {Account.objects.get(pk=each.pk).member_id for each in (first, second)} == {second.minted_id}
    assert nothing_to_rebuild()
    trials.take_back(trial=trial, by=steward, now=NOW)
    assert state() == before
    assert nothing_to_rebuild()


def test_taking_back_restores_what_was_and_not_the_opposite(mall):
    """Two trials of one change: the second changes nothing any more, and taking it back does not either."""
    family(mall)
    first, second = (tried(channels=one_each(mall)) for _ in range(2))
    trials.publish(trial=first, by=None, now=NOW)
    trials.publish(trial=second, by=None, now=NOW + DAY)
    trials.take_back(trial=second, by=None, now=NOW)
    assert Channel.objects.get().one_account_a_person
    assert len(people()) == 6


def test_a_kind_that_begins_to_link_shows_its_merges_first(mall):
    resolve(account(mall, "a", "ad_click:c1"), account(mall, "b", "ad_click:c1"))
    trial = tried(kinds={"ad_click": {"links": True}})
    assert (trial.outcome["merges"], trial.outcome["people"]) == (1, {"before": 2, "after": 1})
    (sample,) = trial.outcome["samples"]
    assert sample["sort"] == "merge"
    assert {*sample["left"], *sample["right"]} == set(Account.objects.values_list("pk", flat=True))
    assert people() == [["a"], ["b"]]
    trials.publish(trial=trial, by=None, now=NOW)
    assert people() == [["a", "b"]]


def test_an_identifier_made_shared_is_a_verdict_of_the_trial(mall, steward):
    family(mall)
    phone = Identifier.objects.get(kind="phone")
    before = state()
    trial = tried(steward, shared=[phone])
    assert not Verdict.objects.exists()
    assert trial.outcome["splits"] == 1
    trials.publish(trial=trial, by=steward, now=NOW)
    assert Verdict.objects.get().trial == trial
    assert len(people()) == 5
    trials.take_back(trial=trial, by=steward, now=NOW)
    assert state() == before


def test_what_stewards_said_meanwhile_stays(mall, steward):
    a0, a1, *_rest = family(mall)
    trial = tried(steward, kinds={"phone": {"max_accounts": 3}})
    trials.publish(trial=trial, by=steward, now=NOW)
    verdicts.same(left=[a0.pk], right=[a1.pk], by=steward, now=NOW)
    trials.take_back(trial=trial, by=steward, now=NOW)
    assert people() == [["a0", "a1", "a2", "a3"], ["e", "f"]]
    assert Verdict.objects.get().withdrawn_at is None


def test_only_the_newest_is_taken_back(mall, steward):
    family(mall)
    first = tried(kinds={"phone": {"max_accounts": 3}})
    trials.publish(trial=first, by=steward, now=NOW)
    second = tried(kinds={"email": {"links": False}})
    trials.publish(trial=second, by=steward, now=NOW + DAY)
    with pytest.raises(trials.Refused, match="take that back first"):
        trials.take_back(trial=first, by=steward, now=NOW)
    assert reading.in_force() == second
    for trial in (second, first):
        trials.take_back(trial=trial, by=steward, now=NOW)
    assert reading.in_force() is None


@pytest.mark.parametrize("values", [{"state": "published"}, {"state": "taken_back", "published_at": NOW}])
def test_the_database_keeps_when_rules_were_in_force(values):
    with pytest.raises(IntegrityError), transaction.atomic():
        Trial.objects.create(name="t", made_at=NOW, **values)


def test_a_worker_puts_it_in_force_for_who_asked(mall, steward):
    family(mall)
    trial = tried(kinds={"phone": {"max_accounts": 3}})
    assert tasks.put_in_force(trial.pk, steward.pk) == 3
    assert tasks.put_in_force(trial.pk, steward.pk) == 0
    trial.refresh_from_db()
    assert trial.published_by == steward
    assert "cannot be done now" in trial.progress
    assert tasks.take_back_policy(trial.pk, steward.pk) == 3


CARRIED = ["phone:1", "phone:2", "unionid@wx:1", "email:1", "device:1", "ad_click:1"]
arrival = st.tuples(st.sampled_from("abcdefg"), st.lists(st.sampled_from(CARRIED), max_size=3))
change = st.sampled_from([
    ("phone", "max_accounts", 2), ("phone", "links", False), ("ad_click", "links", True), ("device", "strength", 95),
    ("email", "max_accounts", 1), ("unionid", "max_per_person", None), ("phone", "agreement", False),
])  # fmt: skip


class Policies(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(st.lists(arrival, min_size=2, max_size=9), st.lists(change, min_size=1, max_size=3), st.booleans())
    def test_what_was_tried_comes_and_taking_back_restores_everything(self, arrivals, changes, alone):
        mall = oneids.house(mall={})["mall"]
        for day, (each, carries) in enumerate(arrivals):
            resolve(account(mall, each, *carries, at=NOW + DAY * day))
        kinds = {}
        for code, field, value in changes:
            kinds.setdefault(code, {})[field] = value
        before = state()
        trial = tried(kinds=kinds, channels={"mall": {"one_account_a_person": alone, "named": not alone}})
        assert state() == before
        moved = trials.publish(trial=trial, by=None, now=NOW)
        assert len(moved.accounts) == trial.outcome["accounts"]
        assert len(people()) == trial.outcome["people"]["after"]
        assert nothing_to_rebuild()
        trials.take_back(trial=trial, by=None, now=NOW)
        assert state() == before


@pytest.mark.parametrize("taken_back", [False, True])
def test_what_was_computed_under_other_rules_is_computed_again_before_it_is_put_in_force(
    mall, steward, taken_back
):
    """Each alone parts the four of one phone; together with the other one it would do something that nobody has seen."""
    family(mall)
    first = tried(steward, kinds={"phone": {"max_accounts": 3}})
    second = tried(steward, kinds={"email": {"links": False}})
    trials.publish(trial=first, by=steward, now=NOW + DAY)
    if taken_back:
        trials.take_back(trial=first, by=steward, now=NOW + DAY)
    before = state()
    with pytest.raises(trials.Refused, match="compute it again"):
        trials.publish(trial=second, by=steward, now=NOW + 2 * DAY)
    assert state() == before
    trials.compute(trial=second, now=NOW + 2 * DAY)
    trials.publish(trial=second, by=steward, now=NOW + 2 * DAY)
    assert reading.in_force() == second
    assert nothing_to_rebuild()
