"""Trials of rules before they are in force: drafted, drafted anew, computed, asked for on the command line."""

import json

import pytest
from django.core.management import CommandError, call_command

from identity import tasks
from identity.actions import trials
from identity.models import Identifier, Trial
from identity.queries import trials as reading
from tests.identity.oneids import NOW, people
from tests.identity.trying import family, tried

pytestmark = pytest.mark.django_db


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
    trials.redraft(trial=trial, name="t", kinds={"phone": {"max_accounts": 2}})
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
    [
        ({"mall": {"one_account_a_person": False, "named": True}}, "Nothing is changed"),
        ({"shop": {"named": False}}, "no channel"),
        ({"mall": {"named": 0}}, "true or false"),
        ({"mall": {"name": "x"}}, "nothing that a trial changes"),
    ],
)
def test_a_draft_says_what_is_wrong_with_a_channel(mall, channels, fault):
    with pytest.raises(trials.Refused, match=fault):
        trials.draft(name="t", channels=channels, by=None, now=NOW)
    assert not Trial.objects.exists()


def test_a_new_draft_takes_the_place_of_the_former_one(mall):
    family(mall)
    phone = Identifier.objects.get(kind="phone")
    trial = tried(kinds={"phone": {"max_accounts": 3}}, shared=[phone])
    assert trial.outcome["splits"] == 1
    changed = trials.redraft(
        trial=trial, name="No e-mail", kinds={"email": {"links": False}}, reason="as the lawyer said"
    )
    changed.refresh_from_db()
    assert (changed.pk, changed.name, changed.reason) == (trial.pk, "No e-mail", "as the lawyer said")
    assert (changed.kinds, list(changed.shared.all())) == ({"email": {"links": False}}, [])
    assert (changed.state, changed.outcome, changed.computed_at) == ("draft", {}, None)
    with pytest.raises(trials.Refused, match="Nothing is changed"):
        trials.redraft(trial=trial, name="nothing")
    changed.refresh_from_db()
    assert changed.kinds == {"email": {"links": False}}


@pytest.mark.django_db(transaction=True)
def test_a_draft_is_changed_in_a_transaction_of_its_own(mall):
    trial = trials.draft(name="t", kinds={"phone": {"max_accounts": 3}}, by=None, now=NOW)
    trials.redraft(trial=trial, name="t", kinds={"phone": {"max_accounts": 2}})
    trial.refresh_from_db()
    assert trial.kinds == {"phone": {"max_accounts": 2}}


def test_what_is_in_force_is_not_drafted_anew(mall):
    family(mall)
    trial = tried(kinds={"phone": {"max_accounts": 3}})
    trials.publish(trial=trial, by=None, now=NOW)
    with pytest.raises(trials.Refused, match="cannot be done now"):
        trials.redraft(trial=trial, name="t", kinds={"phone": {"max_accounts": 2}})


@pytest.mark.parametrize("fault", [None, ZeroDivisionError])
def test_the_outcome_of_a_draft_that_was_changed_meanwhile_is_not_kept(mall, monkeypatch, fault):
    """A worker is in the middle of the former draft: what it finds is not what the trial asks now."""
    family(mall)
    trial = trials.draft(name="t", kinds={"phone": {"max_accounts": 3}}, by=None, now=NOW)

    def changed(**_given):
        trials.redraft(trial=trial, name="t", kinds={"email": {"links": False}})
        if fault:
            raise fault
        return {"splits": 1}

    with monkeypatch.context() as patch:
        patch.setattr(reading, "outcome", changed)
        assert tasks.try_policy(trial.pk) == {}
    trial.refresh_from_db()
    assert (trial.state, trial.outcome) == ("draft", {})
    with pytest.raises(trials.Refused):
        trials.publish(trial=trial, by=None, now=NOW)
    assert tasks.try_policy(trial.pk)["splits"] == 1
    trials.publish(trial=trial, by=None, now=NOW)
    assert people() == [["a0", "a1", "a2", "a3"], ["e"], ["f"]]


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
    call_command("try_policy", "One each", channel=["mall.one_account_a_person=true"], publish=True)
    assert len(people()) == 6
    call_command("take_back_policy")
    assert len(people()) == 2


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"set": ["phone=3"]}, "KIND.FIELD=VALUE"),
        ({"set": ["phone.max_accounts=x"]}, "write a number"),
        ({"channel": ["mall=true"]}, "CHANNEL.FIELD=true"),
        ({"shared": ["phone:12"]}, "telephone"),
        ({"shared": ["phone:13800138099"]}, "nobody carries"),
        ({"trial": 99}, "no trial 99"),
    ],
)
def test_the_command_says_what_is_wrong(mall, given, fault):
    with pytest.raises(CommandError, match=fault):
        call_command("try_policy", "t", **given)
