"""kill -9 in mid-campaign: nothing lost, nothing doubled."""

import random
import time
from collections import Counter

import pytest
from django.utils import timezone

from campaigns.actions import deliveries
from campaigns.models import Campaign, Decision, OutboxMessage
from members.models import Event
from tests import factories
from tests.brakes import Brake
from tests.campaigns import making
from tests.campaigns.crowd import command, crowd

pytestmark = pytest.mark.django_db(transaction=True)

MEMBERS = 2_000
MAILED = 600
PATIENCE = 180


@pytest.fixture
def campaign():
    nodes = factories.tree()
    channel = factories.channel(organization=nodes["g"])
    audience = making.audience(organization=nodes["g"], members=crowd(channel=channel, count=MEMBERS))
    return making.approved(organization=nodes["g"], audience=audience, holdout_share="0.1")


@pytest.fixture
def mailing():
    nodes = factories.tree()
    channel = factories.channel(organization=nodes["g"])
    members = crowd(channel=channel, count=MAILED, kind="email", silent_every=MAILED + 1)
    audience = making.audience(organization=nodes["g"], members=members)
    return making.approved(organization=nodes["g"], audience=audience, touchpoint="email")


def decided(campaign):
    return campaign.decisions.exclude(outcome="pending").count()


def kill_when(found, start):
    """Kill the process that `start` gives when that is so, at some moment before its next commit."""
    with Brake(Decision._meta.db_table) as brake:
        process = start()
        brake.let_through_until(found)
        time.sleep(random.random() * 0.1)
        assert process.poll() is None
        process.kill()
    process.wait()


def test_killed_at_any_moment_every_member_has_one_decision_and_at_most_one_message(campaign):
    run = ["run_campaign", str(campaign.pk), "--verbosity", "0"]
    for _ in range(2):
        before = decided(campaign)
        kill_when(lambda before=before: decided(campaign) > before, lambda: command(*run, "--batch", "20"))
    assert decided(campaign) < MEMBERS

    last = [command(*run, "--batch", "500") for _ in range(2)]
    assert 0 in {process.wait(PATIENCE) for process in last}  # the slower one may find the campaign finished

    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.FINISHED
    decisions = list(campaign.decisions.values_list("member_id", "outcome"))
    assert len(decisions) == len({member for member, _outcome in decisions}) == MEMBERS
    sent = sum(outcome == "sent" for _member, outcome in decisions)
    assert {outcome for _member, outcome in decisions} == {"sent", "held_out", "no_consent"}
    assert OutboxMessage.objects.count() == sent
    assert OutboxMessage.objects.values("address").distinct().count() == sent
    told = Event.objects.filter(name="message.sent").values_list("properties__decision", flat=True)
    assert sorted(told) == sorted(campaign.decisions.filter(outcome="sent").values_list("id", flat=True))


def test_killed_while_mailing_nobody_gets_two_mails_and_every_doubt_is_named(mailing, tmp_path):
    def mail(*words):
        return command(
            "run_campaign", str(mailing.pk), "--workers", "1", "--verbosity", "0", *words,
            DJANGO_SETTINGS_MODULE="tests.campaigns.mail_settings", NINEFOLD_TEST_MAIL=str(tmp_path),
        )  # fmt: skip

    kill_when(
        lambda: decided(mailing) > 40 and mailing.decisions.filter(outcome="sending").exists(),
        lambda: mail("--batch", "20"),
    )
    assert mail().wait(PATIENCE) == 0
    deliveries.expire(now=timezone.now() + 2 * deliveries.LEASE)
    mailing.refresh_from_db()
    if mailing.state != Campaign.State.FINISHED:  # the killed one may have had its last word still
        assert mail().wait(PATIENCE) == 0

    mailing.refresh_from_db()
    assert mailing.state == Campaign.State.FINISHED
    outcomes = dict(mailing.decisions.values_list("address", "outcome"))
    received = Counter(
        line.removeprefix("To: ")
        for file in tmp_path.iterdir()
        for line in file.read_text().splitlines()
        if line.startswith("To: ")
    )
    assert len(outcomes) == MAILED
    assert set(received.values()) == {1}
    assert {address for address, outcome in outcomes.items() if outcome == "sent"} <= received.keys()
    assert {outcomes[address] for address in received} <= {"sent", "unknown"}
    assert sum(outcome == "unknown" for outcome in outcomes.values()) <= 20
