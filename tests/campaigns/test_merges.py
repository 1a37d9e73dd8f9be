"""Two members turn out to be one person while a campaign runs: the person still gets one message."""

import pytest

from campaigns.actions import running
from campaigns.models import OutboxMessage
from campaigns.queries import progress
from tests.campaigns import making
from tests.campaigns.making import NOW


@pytest.fixture
def pair(app):
    return [making.reachable(channel=app, phone=f"+8613800138{n:03}") for n in range(2)]


@pytest.fixture
def campaign(nodes, pair):
    audience = making.audience(organization=nodes["g"], members=[account.member for account in pair])
    made = making.approved(organization=nodes["g"], audience=audience)
    running.start(campaign=made, now=NOW)
    return made


@pytest.mark.parametrize(("retired", "survivor"), [(0, 1), (1, 0)])
@pytest.mark.parametrize("size", [1, 2])
def test_merged_before_either_is_decided(campaign, pair, retired, survivor, size):
    old = pair[retired].member
    making.merge(account=pair[retired], into=pair[survivor].member)

    making.run(campaign, size=size)

    assert making.outcomes(campaign) == {old.pk: "capped", pair[survivor].member_id: "sent"}
    assert making.decision_of(campaign, old).reason == f"merged into {pair[survivor].member.oneid}"
    assert OutboxMessage.objects.count() == 1


@pytest.mark.parametrize(("retired", "survivor"), [(0, 1), (1, 0)])
def test_merged_after_one_was_sent(campaign, pair, retired, survivor):
    running.advance(campaign=campaign, now=NOW, size=1)
    old = pair[retired].member
    making.merge(account=pair[retired], into=pair[survivor].member)

    making.run(campaign)

    assert sorted(making.outcomes(campaign).values()) == ["capped", "sent"]
    reason = campaign.decisions.get(outcome="capped").reason
    assert reason in (f"merged into {pair[survivor].member.oneid}", f"decided already as {old.oneid}")
    assert OutboxMessage.objects.count() == 1


def test_merged_into_somebody_outside_the_audience(campaign, pair, app):
    outsider = making.reachable(channel=app, phone="+8613900000000")
    for account in pair:
        making.merge(account=account, into=outsider.member)

    making.run(campaign, size=1)

    assert sorted(making.outcomes(campaign).values()) == ["capped", "sent"]
    assert campaign.decisions.get(outcome="sent").account.member == outsider.member


def test_merged_people_share_one_cap(nodes, app, pair):
    audience = making.audience(organization=nodes["g"], members=[account.member for account in pair])
    for n in range(2):
        making.run(making.approved(organization=nodes["g"], audience=audience, name=f"{n}"))
    making.merge(account=pair[0], into=pair[1].member)

    campaign = making.run(making.approved(organization=nodes["g"], audience=audience))

    assert making.outcomes(campaign) == {pair[1].member_id: "capped"}
    assert campaign.decisions.get().reason == "4 messages in 7 days already"


def test_an_audience_frozen_before_the_merge_names_the_survivor(nodes, pair):
    audience = making.audience(organization=nodes["g"], members=[account.member for account in pair])
    making.merge(account=pair[0], into=pair[1].member)

    campaign = making.run(making.approved(organization=nodes["g"], audience=audience))

    assert making.outcomes(campaign) == {pair[1].member_id: "sent"}


def test_decisions_of_a_person_include_those_of_merged_members(campaign, pair):
    making.merge(account=pair[0], into=pair[1].member)
    making.run(campaign)

    found = progress.of_member(member=pair[1].member)

    assert sorted(decision.outcome for decision in found) == ["capped", "sent"]


def test_two_sandbox_messages_at_one_address_are_caught_by_the_address(nodes, app):
    accounts = [making.reachable(channel=app, phone="+8613800138000") for _ in range(2)]
    audience = making.audience(organization=nodes["g"], members=[account.member for account in accounts])
    campaign = making.approved(organization=nodes["g"], audience=audience)
    running.start(campaign=campaign, now=NOW)
    running.advance(campaign=campaign, now=NOW, size=1)

    making.run(campaign)

    assert making.outcomes(campaign) == {accounts[0].member_id: "sent", accounts[1].member_id: "capped"}
