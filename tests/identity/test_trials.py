"""Other rules are tried on everybody before they are in force, and taken back with everybody as they were."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from identity import tasks
from identity.actions import oneid, trials, verdicts
from identity.models import Identifier, IdentifierKind, Trial, Verdict
from identity.queries import trials as reading
from members.models import Account, Channel, Member
from tests import factories
from tests.identity import oneids
from tests.identity.oneids import DAY, NOW, account, people, resolve

pytestmark = pytest.mark.django_db
PHONE = "phone:+8613800138001"


@pytest.fixture
def steward():
    return factories.staff(superuser=True)


@pytest.fixture
def mall():
    return oneids.house(mall={})["mall"]


def nothing_to_rebuild() -> bool:
    return not oneid.rebuild(now=NOW, dry_run=True)


def state() -> tuple:
    """Who everybody is, and by which rules."""
    kinds = IdentifierKind.objects.order_by("code").values()
    channels = Channel.objects.order_by("code").values("code", "one_account_a_person")
    whose = dict(Account.objects.values_list("pk", "member"))
    active = set(Member.objects.active().values_list("pk", flat=True))
    flags = dict(Identifier.objects.values_list("pk", "shared"))
    return list(kinds), list(channels), whose, active, flags


def family(mall, size=4):
    """So many accounts on one phone, and two on one e-mail."""
    everyone = [account(mall, f"a{n}", PHONE, at=NOW + DAY * n) for n in range(size)]
    pair = [account(mall, each, "email:x@y.z", at=NOW) for each in ("e", "f")]
    resolve(*everyone, *pair)
    return everyone


def tried(steward=None, **changes) -> Trial:
    made = trials.draft(name="Fewer on a phone", by=steward, now=NOW, **changes)
    return trials.compute(trial=made, now=NOW)


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
    trial = tried(steward, kinds={}, channels={"mall": True})
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
    assert (trial.channels, trial.former_channels) == ({"mall": True}, {"mall": False})
    with pytest.raises(trials.Refused, match="Nothing is changed"):
        trials.draft(name="again", kinds={}, channels={"mall": True}, by=steward, now=NOW)

    trials.take_back(trial=trial, by=steward, now=NOW)
    assert people() == [["a0", "a1", "a2", "a3"], ["e", "f", "g"]]
    assert state()[:2] == before[:2]
    assert nothing_to_rebuild()


def test_taking_back_restores_what_was_and_not_the_opposite(mall):
    """Two trials of one change: the second changes nothing any more, and taking it back does not either."""
    family(mall)
    first, second = (tried(kinds={}, channels={"mall": True}) for _ in range(2))
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
    trial = tried(steward, kinds={}, shared=[phone])
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


@pytest.mark.parametrize(
    ("kinds", "fault"),
    [
        ({}, "Nothing is changed"),
        ({"phone": {"max_accounts": 12}}, "Nothing is changed"),
        ({"fax": {"links": True}}, "no kind of identifier"),
        ({"phone": {"name": "x"}}, "nothing that a trial changes"),
        ({"phone": {"max_accounts": "many"}}, "whole number|integer"),
        ({"phone": {"strength": None}}, "null|required"),
        ({"phone": {"max_distinct": {"unionid": "two"}}}, "distinct values are written"),
    ],
)
def test_a_draft_says_what_is_wrong(mall, kinds, fault):
    with pytest.raises(trials.Refused, match=fault):
        trials.draft(name="t", kinds=kinds, by=None, now=NOW)
    assert not Trial.objects.exists()


def test_what_was_not_computed_or_was_redrafted_is_not_put_in_force(mall):
    family(mall)
    trial = trials.draft(name="t", kinds={"phone": {"max_accounts": 3}}, by=None, now=NOW)
    with pytest.raises(trials.Refused, match="draft"):
        trials.publish(trial=trial, by=None, now=NOW)
    trials.compute(trial=trial, now=NOW)
    trials.redraft(trial=trial, kinds={"phone": {"max_accounts": 2}})
    with pytest.raises(trials.Refused):
        trials.publish(trial=trial, by=None, now=NOW)
    trials.compute(trial=trial, now=NOW)
    trials.publish(trial=trial, by=None, now=NOW)
    with pytest.raises(trials.Refused):
        trials.publish(trial=trial, by=None, now=NOW)
    trials.take_back(trial=trial, by=None, now=NOW)
    with pytest.raises(trials.Refused):
        trials.take_back(trial=trial, by=None, now=NOW)


@pytest.mark.parametrize(
    ("channels", "fault"),
    [({"mall": False}, "Nothing is changed"), ({"shop": True}, "no channel"), ({"mall": 1}, "true or false")],
)
def test_a_draft_says_what_is_wrong_with_a_channel(mall, channels, fault):
    with pytest.raises(trials.Refused, match=fault):
        trials.draft(name="t", kinds={}, channels=channels, by=None, now=NOW)
    assert not Trial.objects.exists()


@pytest.mark.parametrize("values", [{"state": "published"}, {"state": "taken_back", "published_at": NOW}])
def test_the_database_keeps_when_rules_were_in_force(values):
    with pytest.raises(IntegrityError), transaction.atomic():
        Trial.objects.create(name="t", made_at=NOW, **values)


def test_a_failed_computation_says_so_and_can_be_repeated(mall, monkeypatch):
    family(mall)
    trial = trials.draft(name="t", kinds={"phone": {"max_accounts": 3}}, by=None, now=NOW)
    with monkeypatch.context() as patch:
        patch.setattr(reading, "outcome", lambda **_given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tasks.try_policy(trial.pk)
    trial.refresh_from_db()
    assert (trial.state, trial.progress) == ("failed", "division by zero")
    assert tasks.try_policy(trial.pk)["splits"] == 1


def test_a_worker_puts_it_in_force_for_who_asked(mall, steward):
    family(mall)
    trial = tried(kinds={"phone": {"max_accounts": 3}})
    assert tasks.put_in_force(trial.pk, steward.pk) == 3
    assert tasks.put_in_force(trial.pk, steward.pk) == 0
    trial.refresh_from_db()
    assert trial.published_by == steward
    assert "cannot be done now" in trial.progress
    assert tasks.take_back_policy(trial.pk, steward.pk) == 3


def test_commands_try_put_in_force_and_take_back(mall, capsys):
    family(mall)
    call_command("try_policy", "Fewer", set=["phone.max_accounts=3"], json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["splits"] == 1
    assert len(people()) == 2
    call_command("try_policy", trial=told["trial"], publish=True)
    assert "3 accounts moved" in capsys.readouterr().out
    assert len(people()) == 5
    call_command("take_back_policy")
    assert len(people()) == 2
    with pytest.raises(CommandError, match="no trial in force"):
        call_command("take_back_policy")
    call_command("try_policy", "One each", channel=["mall=true"], publish=True)
    assert len(people()) == 6
    call_command("take_back_policy")
    assert len(people()) == 2


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"set": ["phone=3"]}, "KIND.FIELD=VALUE"),
        ({"set": ["phone.max_accounts=x"]}, "write a number"),
        ({"channel": ["mall"]}, "CHANNEL=true"),
        ({"shared": ["phone:12"]}, "telephone"),
        ({"shared": ["phone:13800138099"]}, "nobody carries"),
        ({"trial": 99}, "no trial 99"),
    ],
)
def test_the_command_says_what_is_wrong(mall, given, fault):
    with pytest.raises(CommandError, match=fault):
        call_command("try_policy", "t", **given)


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
        trial = tried(kinds=kinds, channels={"mall": alone})
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
