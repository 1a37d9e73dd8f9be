"""Who may do what to a campaign, and when."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from campaigns.actions import campaigns, running
from campaigns.models import Campaign, Decision
from members.models import AccessRecord
from tests import factories
from tests.campaigns import making
from tests.campaigns.making import NOW


@pytest.fixture
def audience(nodes, app):
    return making.audience(organization=nodes["g"], members=[factories.account(channel=app).member])


@pytest.fixture
def draft(nodes, audience):
    return making.draft(organization=nodes["g"], audience=audience)


def deeds(campaign):
    records = AccessRecord.objects.filter(details__campaign=campaign.pk).order_by("id")
    return [
        (record.action.removeprefix("campaign."), record.user and record.user.username) for record in records
    ]


def test_every_deed_is_recorded_with_its_doer(draft):
    anna, bo = making.staff("anna"), making.staff("bo")
    campaigns.edit(campaign=draft, by=anna, now=NOW, body="Hello {name}")
    campaigns.submit(campaign=draft, by=anna, now=NOW)
    campaigns.reject(campaign=draft, by=bo, reason="too short", now=NOW)
    campaigns.submit(campaign=draft, by=anna, now=NOW)
    campaigns.approve(campaign=draft, by=bo, now=NOW)
    making.run(draft)

    assert deeds(draft) == [
        ("drafted", "anna"), ("edited", "anna"), ("submitted", "anna"), ("rejected", "bo"), ("submitted", "anna"),
        ("approved", "bo"), ("started", None), ("finished", None),
    ]  # fmt: skip


@pytest.mark.parametrize("own", ["anna", "cleo"])
def test_neither_author_nor_submitter_approves(draft, own):
    campaigns.submit(campaign=draft, by=making.staff("cleo"), now=NOW)

    with pytest.raises(campaigns.Refused, match="another person"):
        campaigns.approve(campaign=draft, by=making.staff(own), now=NOW)

    for field in ("created_by", "submitted_by"):
        with pytest.raises(IntegrityError, match="campaign_second_person"), transaction.atomic():
            Campaign.objects.update(approved_by_id=getattr(draft, f"{field}_id"), approved_at=NOW)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"body": "Dear\n  {nam}"}, "Message, line 2, column 3: unknown placeholder “{nam}”"),
        ({"subject": "50 % {off"}, "Subject, line 1, column 6: a single “{”"),
        ({"body": " "}, "Message: it is empty"),
        (
            {"touchpoint": "pigeon"},
            "“pigeon” is unknown; choose one of sandbox, sandbox_sms, sandbox_push, sandbox_wecom, email",
        ),
        ({"touchpoint": "email", "subject": ""}, "Subject: E-mail needs one"),
    ],
)
def test_what_could_not_run_is_not_submitted(draft, fields, message):
    campaigns.edit(campaign=draft, by=making.staff("anna"), now=NOW, **fields)

    with pytest.raises(campaigns.Refused) as refusal:
        campaigns.submit(campaign=draft, by=making.staff("anna"), now=NOW)

    assert message in str(refusal.value)
    assert draft.state == "draft"


def test_verbs_in_the_wrong_state_say_which_it_is(draft):
    bo = making.staff("bo")
    for verb in (campaigns.approve, campaigns.pause, campaigns.resume):
        with pytest.raises(campaigns.Refused, match="it is draft"):
            verb(campaign=draft, by=bo, now=NOW)
    with pytest.raises(campaigns.Refused, match="it is draft"):
        campaigns.stop(campaign=draft, reason="no", by=bo, now=NOW)
    campaigns.submit(campaign=draft, by=making.staff("anna"), now=NOW)
    with pytest.raises(campaigns.Refused, match="it is waiting for approval"):
        campaigns.edit(campaign=draft, by=bo, now=NOW, name="Other")
    with pytest.raises(campaigns.Refused, match="Say why"):
        campaigns.reject(campaign=draft, by=bo, reason=" ", now=NOW)


def test_another_time_needs_another_approval(draft):
    campaigns.submit(campaign=draft, by=making.staff("anna"), now=NOW)
    campaigns.approve(campaign=draft, by=making.staff("bo"), now=NOW)

    campaigns.schedule(campaign=draft, starts_at=NOW + dt.timedelta(1), by=making.staff("anna"), now=NOW)
    assert (draft.state, draft.approved_by, draft.approved_at) == ("submitted", None, None)

    campaigns.approve(campaign=draft, by=making.staff("bo"), now=NOW)
    with pytest.raises(campaigns.Refused, match="starts later"):
        running.start(campaign=draft, now=NOW)
    assert running.start(campaign=draft, now=NOW + dt.timedelta(1)) == 1


def test_withdrawn_is_a_draft_again(draft):
    campaigns.submit(campaign=draft, by=making.staff("anna"), now=NOW)
    campaigns.withdraw(campaign=draft, by=making.staff("anna"), now=NOW)
    assert (draft.state, draft.submitted_by) == ("draft", None)


def test_state_cannot_be_set_by_hand(draft):
    with pytest.raises(TypeError, match="state"):
        campaigns.edit(campaign=draft, by=making.staff("anna"), now=NOW, state="approved")


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"state": "submitted"}, "campaign_submitted_by_somebody"),
        ({"state": "approved", "submitted_by": "anna"}, "campaign_runs_only_approved"),
        ({"holdout_share": 1}, "campaign_holdout_is_a_share"),
        ({"cap_days": 0}, "campaign_caps_of_some_days"),
        (
            {
                "state": "stopped",
                "submitted_by": "anna",
                "approved_by": "bo",
                "approved_at": NOW,
                "ended_at": NOW,
            },
            "campaign_stopped_with_a_reason",
        ),
        (
            {"state": "running", "submitted_by": "anna", "approved_by": "bo", "approved_at": NOW},
            "campaign_started_has_a_time",
        ),
        (
            {
                "state": "finished",
                "submitted_by": "anna",
                "approved_by": "bo",
                "approved_at": NOW,
                "started_at": NOW,
            },
            "campaign_ended_has_a_time",
        ),
    ],
)
def test_the_database_holds_the_rules_of_campaigns(draft, fields, constraint):
    values = {
        field: making.staff(value) if field in ("submitted_by", "approved_by") else value
        for field, value in fields.items()
    }
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Campaign.objects.filter(pk=draft.pk).update(**values)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"outcome": "capped"}, "decision_has_a_time"),
        ({"outcome": "sent", "decided_at": NOW}, "decision_eligible_has_an_address"),
        ({"outcome": "sent", "arm": "holdout", "decided_at": NOW, "address": "x"}, "decision_held_out_only"),
        ({"outcome": "held_out", "decided_at": NOW, "address": "x"}, "decision_held_out_only"),
        ({"outcome": "sending", "decided_at": NOW, "address": "x"}, "decision_being_sent_is_claimed"),
    ],
)
def test_the_database_holds_the_rules_of_decisions(draft, app, fields, constraint):
    account = factories.account(channel=app)
    if "address" in fields:
        fields = fields | {"account": account}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Decision.objects.create(campaign=draft, member=account.member, **fields)


def test_one_decision_a_member_and_one_message_an_address(draft, app):
    first, second = factories.account(channel=app), factories.account(channel=app)
    sent = {"outcome": "sent", "decided_at": NOW, "address": "x"}
    Decision.objects.create(campaign=draft, member=first.member, account=first, **sent)
    with pytest.raises(IntegrityError, match="decision_once_a_member"), transaction.atomic():
        Decision.objects.create(campaign=draft, member=first.member)
    with pytest.raises(IntegrityError, match="decision_once_an_address"), transaction.atomic():
        Decision.objects.create(campaign=draft, member=second.member, account=second, **sent)
