"""What the worker does each minute, also twice at once."""

import datetime as dt

import pytest

from campaigns import tasks
from campaigns.actions import campaigns, running
from campaigns.models import OutboxMessage
from tests import factories
from tests.campaigns import making
from tests.campaigns.crowd import crowd
from tests.campaigns.making import NOW
from tests.connections import at_once, together


@pytest.fixture
def audience(nodes, app):
    return making.audience(organization=nodes["g"], members=crowd(channel=app, count=20))


def test_due_campaigns_start_and_end_the_others_wait(nodes, audience):
    later = making.approved(
        organization=nodes["g"], audience=audience, starts_at=NOW + dt.timedelta(hours=1), name="Later"
    )
    due = making.approved(organization=nodes["g"], audience=audience)
    draft = making.draft(organization=nodes["g"], audience=audience, name="Draft")

    assert tasks.run_due(now=NOW) == {str(due.pk): 20}

    for campaign, state in ((later, "approved"), (due, "finished"), (draft, "draft")):
        campaign.refresh_from_db()
        assert campaign.state == state
    assert tasks.run_due(now=NOW) == {}
    assert tasks.run_due(now=NOW + dt.timedelta(hours=1)) == {str(later.pk): 20}


def test_one_that_fails_does_not_hold_up_the_others(nodes, audience, monkeypatch):
    broken = making.approved(organization=nodes["g"], audience=audience, name="Broken")
    sound = making.approved(organization=nodes["g"], audience=audience, name="Sound")
    type(broken).objects.filter(pk=broken.pk).update(touchpoint="gone")

    with pytest.raises(tasks.SomeFailed, match=f"{broken.pk}: "):
        tasks.run_due(now=NOW)

    sound.refresh_from_db()
    assert sound.state == "finished"


def test_what_a_stopped_campaign_left_is_closed(nodes, audience):
    campaign = making.approved(organization=nodes["g"], audience=audience)
    running.start(campaign=campaign, now=NOW)
    campaigns.stop(campaign=campaign, reason="wrong price", by=making.staff("bo"), now=NOW)

    assert tasks.run_due(now=NOW) == {str(campaign.pk): 20}
    assert set(making.outcomes(campaign).values()) == {"stopped"}


@pytest.mark.django_db(transaction=True)
def test_three_workers_at_once_send_each_message_once():
    nodes = factories.tree()
    channel = factories.channel(organization=nodes["g"])
    audience = making.audience(organization=nodes["g"], members=crowd(channel=channel, count=600))
    campaign = making.approved(organization=nodes["g"], audience=audience)
    running.start(campaign=campaign, now=NOW)

    def work():
        running.run(campaign=campaign, clock=lambda: NOW, until=NOW + dt.timedelta(seconds=1), size=20)

    together(*[work] * 3)

    tasks.run_due(now=NOW)
    campaign.refresh_from_db()
    assert campaign.state == "finished"
    assert campaign.decisions.filter(outcome="sent").count() == OutboxMessage.objects.count() == 540


@pytest.mark.django_db(transaction=True)
def test_workers_that_meet_at_the_same_addresses_send_one_message_to_each():
    nodes = factories.tree()
    channel = factories.channel(organization=nodes["g"])
    accounts = [making.reachable(channel=channel, phone=f"+86138{n % 50:08}") for n in range(200)]
    audience = making.audience(organization=nodes["g"], members=[account.member for account in accounts])
    campaign = making.approved(organization=nodes["g"], audience=audience, cap_count=None)
    running.start(campaign=campaign, now=NOW)

    def work():
        running.run(campaign=campaign, clock=lambda: NOW, until=NOW + dt.timedelta(seconds=1), size=16)

    together(*[work] * 3)

    tasks.run_due(now=NOW)
    assert OutboxMessage.objects.count() == 50
    assert sorted(set(making.outcomes(campaign).values())) == ["capped", "sent"]


@pytest.mark.django_db(transaction=True)
def test_two_campaigns_at_once_keep_one_cap():
    nodes = factories.tree()
    channel = factories.channel(organization=nodes["g"])
    audience = making.audience(
        organization=nodes["g"], members=crowd(channel=channel, count=200, silent_every=1000)
    )
    both = [
        making.approved(organization=nodes["g"], audience=audience, name=name, cap_count=1)
        for name in ("One", "Two")
    ]
    for campaign in both:
        running.start(campaign=campaign, now=NOW)
    waiting = list(both)

    def work():
        campaign = waiting.pop()
        running.run(campaign=campaign, clock=lambda: NOW, until=NOW + dt.timedelta(seconds=1), size=10)

    together(*[work] * 2)

    tasks.run_due(now=NOW)
    assert OutboxMessage.objects.values("address").distinct().count() == OutboxMessage.objects.count() == 199
    assert sorted({campaign.decisions.filter(outcome="pending").count() for campaign in both}) == [0]


@pytest.mark.django_db(transaction=True)
def test_started_twice_at_once_it_is_drawn_once():
    nodes = factories.tree()
    channel = factories.channel(organization=nodes["g"])
    audience = making.audience(organization=nodes["g"], members=crowd(channel=channel, count=50))
    campaign = making.approved(organization=nodes["g"], audience=audience)

    found = at_once(*[lambda: running.start(campaign=type(campaign)(pk=campaign.pk), now=NOW)] * 3)
    faults = [each for each in found if isinstance(each, Exception)]

    assert [type(fault) for fault in faults] == [campaigns.Refused] * 2
    assert campaign.decisions.count() == 50
