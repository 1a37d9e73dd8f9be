"""One decision for every member of the audience, each with its reason."""

import datetime as dt
import hashlib

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.actions import campaigns, running
from campaigns.models import OutboxMessage
from members.models import Event, MemberProfile
from tags.models import Audience
from tests import factories
from tests.campaigns import making
from tests.campaigns.making import NOW


@pytest.mark.requirement("CMP-046")
def test_audience_of_100_gets_100_decisions_each_sent_or_skipped_with_a_reason(nodes, app):
    sent = [making.reachable(channel=app, phone=f"+86138000000{n:02}") for n in range(60)]
    silent = [factories.account(channel=app) for _ in range(20)]
    nowhere = [making.reachable(channel=app) for _ in range(15)]
    capped = [making.reachable(channel=app, phone=f"+86139000000{n:02}") for n in range(5)]
    earlier = making.audience(organization=nodes["g"], members=[a.member for a in capped], name="Earlier")
    for n in range(3):
        making.run(making.approved(organization=nodes["g"], audience=earlier, name=f"Earlier {n}"))
    everybody = [account.member for account in sent + silent + nowhere + capped]
    audience = making.audience(organization=nodes["g"], members=everybody)

    campaign = making.run(making.approved(organization=nodes["g"], audience=audience))

    assert campaign.state == "finished"
    decisions = campaign.decisions.all()
    assert len(decisions) == 100
    counts = {
        outcome: [d.outcome for d in decisions].count(outcome)
        for outcome in ("sent", "no_consent", "unreachable", "capped")
    }
    assert counts == {"sent": 60, "no_consent": 20, "unreachable": 15, "capped": 5}
    assert all(d.reason for d in decisions if d.outcome != "sent")
    assert making.decision_of(campaign, capped[0].member).reason == "3 messages in 7 days already"
    assert OutboxMessage.objects.filter(decision__campaign=campaign).count() == 60
    events = Event.objects.filter(name="message.sent", properties__campaign=campaign.pk)
    assert set(events.values_list("account", flat=True)) == {account.pk for account in sent}
    assert set(events.values_list("touchpoint", flat=True)) == {"sandbox"}


def test_only_members_known_at_the_campaigns_organization(nodes):
    here = factories.channel(organization=nodes["s1"])
    elsewhere = factories.channel(organization=nodes["s4"])
    known, unknown = (making.reachable(channel=c, phone=p) for c, p in ((here, "+861"), (elsewhere, "+862")))
    audience = making.audience(organization=nodes["g"], members=[known.member, unknown.member])

    campaign = making.run(making.approved(organization=nodes["d1"], audience=audience))

    assert making.outcomes(campaign) == {known.member_id: "sent"}


def test_a_dynamic_audience_is_drawn_when_the_campaign_starts(nodes, app):
    buyer, _other = (making.reachable(channel=app, phone=f"+8613800138{n:03}") for n in range(2))
    audience = Audience.objects.create(
        name="Buyers",
        organization=nodes["g"],
        condition={"orders": {"aggregate": "count", "op": ">=", "value": 1}},
        created_at=NOW,
    )
    campaign = making.approved(organization=nodes["g"], audience=audience)
    factories.order(account=buyer)

    making.run(campaign)

    assert making.outcomes(campaign) == {buyer.member_id: "sent"}


def test_an_audience_that_means_nothing_is_not_submitted(nodes):
    audience = Audience.objects.create(
        name="Wrong", organization=nodes["g"], condition={"ordrs": {}}, created_at=NOW
    )
    with pytest.raises(campaigns.Refused, match=r"Audience: .*ordrs"):
        making.approved(organization=nodes["g"], audience=audience)


def test_message_names_the_member_or_greets_politely(nodes, app):
    named = making.reachable(channel=app, phone="+8613800138000", name="Li {name}\n Na")
    nameless = making.reachable(channel=app, phone="+8613800138001")
    audience = making.audience(organization=nodes["g"], members=[named.member, nameless.member])

    campaign = making.run(
        making.approved(organization=nodes["g"], audience=audience, body="{{100%}} {name}, {nickname|亲}!")
    )

    bodies = OutboxMessage.objects.filter(decision__campaign=campaign).order_by("address")
    assert [message.body for message in bodies] == [
        "{100%} Li {name} Na, 亲!", "{100%} valued customer, 亲!"
    ]  # fmt: skip


@pytest.mark.requirement("TAG-100")
def test_name_nickname_and_zodiac_stand_in_the_text_and_an_unknown_birthday_is_no_guess(nodes, app):
    lion = making.reachable(channel=app, phone="+8613800138000", name="李雷")
    other = making.reachable(channel=app, phone="+8613800138001")
    MemberProfile.objects.update_or_create(
        member=lion.member, defaults={"nickname": "小雷", "birth_date": dt.date(1990, 8, 5)}
    )
    audience = making.audience(organization=nodes["g"], members=[lion.member, other.member])
    body = "{name|您}{nickname|亲}：{zodiac}本周上新，{zodiac|好友}专享"
    campaign = making.run(making.approved(organization=nodes["g"], audience=audience, body=body))
    sent = OutboxMessage.objects.filter(decision__campaign=campaign).order_by("address")
    assert [each.body for each in sent] == [
        "李雷小雷：狮子座本周上新，狮子座专享",
        "您亲：本周上新，好友专享",
    ]


@pytest.mark.parametrize(
    ("statements", "outcome"),
    [
        ([("*", True, 0)], "sent"),
        ([("sms", True, 0)], "sent"),
        ([("sms", True, 0), ("sms", False, 1)], "no_consent"),
        ([("sms", False, 0), ("*", True, 1)], "sent"),
        ([("*", True, 0), ("sms", False, 1)], "no_consent"),
        ([("sms", True, 0), ("*", False, 0)], "no_consent"),
        ([("email", True, 0)], "no_consent"),
        ([("wechat", True, 0)], "no_consent"),
        ([], "no_consent"),
    ],
)
def test_latest_statement_on_the_way_of_contact_rules(nodes, app, statements, outcome):
    account = factories.account(channel=app)
    making.identifier(account=account, kind="phone", value="+8613800138000")
    for touchpoint, granted, day in statements:
        making.consent(account=account, touchpoint=touchpoint, granted=granted, at=NOW + dt.timedelta(day))
    audience = making.audience(organization=nodes["g"], members=[account.member])

    campaign = making.run(making.approved(organization=nodes["g"], audience=audience))

    assert making.outcomes(campaign) == {account.member_id: outcome}


def test_consent_for_another_purpose_does_not_count(nodes, app):
    account = factories.account(channel=app)
    making.identifier(account=account, kind="phone", value="+8613800138000")
    making.consent(account=account, purpose="service")
    audience = making.audience(organization=nodes["g"], members=[account.member])

    campaign = making.run(making.approved(organization=nodes["g"], audience=audience))

    assert making.outcomes(campaign) == {account.member_id: "no_consent"}


def test_the_latest_statement_of_any_account_of_the_member_rules(nodes, app):
    first = making.reachable(channel=app, phone="+8613800138000")
    second = factories.account(channel=app, member=first.member)
    making.consent(account=second, granted=False, at=NOW + dt.timedelta(days=1))
    audience = making.audience(organization=nodes["g"], members=[first.member])

    campaign = making.run(making.approved(organization=nodes["g"], audience=audience))

    assert making.decision_of(campaign, first.member).reason == "consent was refused or withdrawn"


@pytest.mark.parametrize("fields", [{"shared": "max_accounts"}, {"blocked": True}])
def test_shared_and_blocked_addresses_reach_nobody(nodes, app, fields):
    account = making.reachable(channel=app)
    making.identifier(account=account, kind="phone", value="+8613800138000", **fields)
    audience = making.audience(organization=nodes["g"], members=[account.member])

    campaign = making.run(making.approved(organization=nodes["g"], audience=audience))

    assert making.outcomes(campaign) == {account.member_id: "unreachable"}


def test_a_contact_phone_on_an_order_is_not_the_members_address(nodes, app):
    account = making.reachable(channel=app)
    making.identifier(account=account, kind="phone", value="+8613800138000", role="receiver")
    audience = making.audience(organization=nodes["g"], members=[account.member])

    campaign = making.run(making.approved(organization=nodes["g"], audience=audience))

    assert making.outcomes(campaign) == {account.member_id: "unreachable"}


@pytest.mark.parametrize("size", [1, 10])
def test_two_members_at_one_address_get_one_message(nodes, app, size):
    accounts = [making.reachable(channel=app, phone="+8613800138000") for _ in range(3)]
    audience = making.audience(organization=nodes["g"], members=[a.member for a in accounts])

    campaign = making.run(making.approved(organization=nodes["g"], audience=audience), size=size)

    assert sorted(making.outcomes(campaign).values()) == ["capped", "capped", "sent"]
    reasons = campaign.decisions.filter(outcome="capped").values_list("reason", flat=True)
    assert set(reasons) == {"address already reached"}


def test_the_cap_counts_messages_of_other_campaigns_within_its_days(nodes, app):
    account = making.reachable(channel=app, phone="+8613800138000")
    audience = making.audience(organization=nodes["g"], members=[account.member])

    def send(day, **fields):
        campaign = making.approved(organization=nodes["g"], audience=audience, **fields)
        making.run(campaign, now=NOW + dt.timedelta(days=day))
        return making.outcomes(campaign)[account.member_id]

    assert send(0, cap_count=1) == "sent"
    assert send(6.9, cap_count=1) == "capped"
    assert send(6.9, cap_count=None) == "sent"
    assert send(7, cap_count=2) == "sent"
    assert send(14, cap_count=1, cap_days=1) == "sent"


def test_the_arm_is_a_hash_of_campaign_and_oneid(nodes, app):
    accounts = [making.reachable(channel=app, phone=f"+86138{n:08}") for n in range(200)]
    silent = [factories.account(channel=app) for _ in range(100)]
    members = [account.member for account in accounts + silent]
    audience = making.audience(organization=nodes["g"], members=members)

    campaign = making.run(
        making.approved(organization=nodes["g"], audience=audience, holdout_share="0.3"), size=70
    )

    def held_out(member):
        digest = hashlib.md5(f"{campaign.pk}:{member.oneid}".encode()).hexdigest()
        return int(digest[:8], 16) < 0.3 * 2**32

    drawn = dict(campaign.decisions.values_list("member_id", "arm"))
    assert drawn == {m.pk: "holdout" if held_out(m) else "treated" for m in members}
    assert 60 < list(drawn.values()).count("holdout") < 120
    expected = {a.member_id: "held_out" if held_out(a.member) else "sent" for a in accounts}
    assert making.outcomes(campaign) == expected | {a.member_id: "no_consent" for a in silent}


def test_queries_do_not_grow_with_the_batch(nodes, app):
    accounts = [making.reachable(channel=app, phone=f"+86138{n:08}") for n in range(30)]
    counts = []
    for n, members in enumerate((accounts[:1], accounts)):
        audience = making.audience(organization=nodes["g"], members=[a.member for a in members], name=f"{n}")
        campaign = making.approved(organization=nodes["g"], audience=audience)
        running.start(campaign=campaign, now=NOW)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert running.advance(campaign=campaign, now=NOW).decided == len(members)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_starting_and_running_twice_changes_nothing(nodes, app):
    account = making.reachable(channel=app, phone="+8613800138000")
    audience = making.audience(organization=nodes["g"], members=[account.member])
    campaign = making.run(making.approved(organization=nodes["g"], audience=audience))

    with pytest.raises(campaigns.Refused, match="finished"):
        running.start(campaign=campaign, now=NOW)
    making.run(campaign)

    assert campaign.decisions.count() == OutboxMessage.objects.count() == 1


def test_pause_holds_between_batches_and_resume_sends_to_the_rest_once(nodes, app):
    accounts = [making.reachable(channel=app, phone=f"+86138{n:08}") for n in range(10)]
    audience = making.audience(organization=nodes["g"], members=[a.member for a in accounts])
    campaign = making.approved(organization=nodes["g"], audience=audience)
    running.start(campaign=campaign, now=NOW)
    running.advance(campaign=campaign, now=NOW, size=4)

    campaigns.pause(campaign=campaign, by=making.staff("bo"), now=NOW)
    assert running.advance(campaign=campaign, now=NOW, size=4) is None
    assert OutboxMessage.objects.count() == 4

    campaigns.resume(campaign=campaign, by=making.staff("bo"), now=NOW)
    making.run(campaign, size=4)
    assert OutboxMessage.objects.count() == 10
    assert campaign.state == "finished"


def test_stop_leaves_a_decision_for_whoever_waited(nodes, app):
    accounts = [making.reachable(channel=app, phone=f"+86138{n:08}") for n in range(5)]
    audience = making.audience(organization=nodes["g"], members=[a.member for a in accounts])
    campaign = making.approved(organization=nodes["g"], audience=audience)
    running.start(campaign=campaign, now=NOW)
    running.advance(campaign=campaign, now=NOW, size=2)

    campaigns.stop(campaign=campaign, reason="wrong price", by=making.staff("bo"), now=NOW)
    assert running.close(campaign=campaign, now=NOW, size=2) == 2
    assert running.close(campaign=campaign, now=NOW) == 1

    assert sorted(making.outcomes(campaign).values()) == ["sent", "sent", "stopped", "stopped", "stopped"]
    assert set(campaign.decisions.filter(outcome="stopped").values_list("reason", flat=True)) == {
        "wrong price"
    }
