"""Who comes into the audience of a running campaign enters within seconds, who leaves ends his entry: by the real doors."""

import datetime as dt
import time

import pytest
from django.db import IntegrityError, connection, transaction

from campaigns.actions import campaigns, entering, running
from campaigns.models import CampaignEntry, OutboxMessage
from members.actions import erasure
from members.models import Channel, EventCursor, Member
from members.models.event import SettledBefore
from tags.actions import audiences, follow, turning
from tags.models import TagChange
from tests import factories
from tests.campaigns import crowd, making
from tests.connections import together
from tests.identity import company
from tests.identity.company import accept, account, day, event

pytestmark = pytest.mark.django_db
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
SECONDS = 5  # within how many the tag and the entry follow the event
BEGUN = dt.datetime.fromisoformat(day(1))
LOOKED = {"events": {"name": "page_view", "window": {"days": 2}}}


def at(days: float = 0, minutes: float = 0) -> dt.datetime:
    return BEGUN + days * DAY + minutes * MINUTE


@pytest.fixture
def nodes(db, monkeypatch):
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))  # this transaction is still open
    return company.build()


@pytest.fixture
def warm(nodes):
    return factories.tag(organization=nodes["g"], code="warm", values=[("yes", LOOKED)])


@pytest.fixture
def people(nodes):
    """Two with telephones who agreed."""
    agreed = {"purpose": "marketing", "channel": "*", "granted": True, "at": day(1)}
    for number in (1, 2):
        accept(account(f"m{number}", channel="mall", phone=f"1380013800{number}", consents=[agreed]))
    return [Member.objects.get(accounts__external_id=f"m{number}") for number in (1, 2)]


@pytest.fixture
def audience(nodes, warm):
    return audiences.save(
        name="Warm", organization=nodes["g"], condition={"tag": {"tag": "warm", "value": "yes"}}, by=None, now=BEGUN
    )  # fmt: skip


def begun(nodes, audience, **fields):
    fields = {"entering": "all", "starts_at": BEGUN, "cap_count": None, **fields}
    made = making.approved(organization=nodes["g"], audience=audience, **fields)
    running.start(campaign=made, now=BEGUN)
    return made


def looks(who: str, when: dt.datetime) -> None:
    accept(event("page_view", who, channel="mall") | {"occurred_at": when.isoformat()})


def read(now: dt.datetime) -> None:
    """What the followers of the worker do until nothing is left."""
    while follow.follow(now=now) or entering.follow(now=now):
        pass


def turned(now: dt.datetime) -> None:
    while turning.turn(now=now):
        pass
    read(now)


def send(campaign, now: dt.datetime) -> None:
    running.run(campaign=campaign, clock=lambda: now, until=now + MINUTE)


def entries(campaign) -> list[tuple]:
    rows = CampaignEntry.objects.filter(campaign=campaign).order_by("id")
    return [(each.member_id, each.came, each.entered_at, each.left_at, each.left_because) for each in rows]


@pytest.mark.requirement("TAG-031")
def test_by_an_event_tag_and_entry_and_when_it_holds_no_longer_both_end(nodes, people, audience, warm):
    campaign = begun(nodes, audience)
    his = people[0]
    read(at())
    assert entries(campaign) == []

    looks("m1", at(minutes=10))
    began = time.monotonic()
    read(at(minutes=10))
    assert time.monotonic() - began < SECONDS
    assert history(his, warm) == [(True, at(minutes=10))]
    assert entries(campaign) == [(his.pk, "entered", at(minutes=10), None, "")]
    send(campaign, at(minutes=11))
    assert making.outcomes(campaign) == {his.pk: "sent"}
    assert OutboxMessage.objects.count() == 1

    turned(at(days=4))
    assert history(his, warm) == [(True, at(minutes=10)), (False, at(days=4))]
    assert entries(campaign) == [(his.pk, "entered", at(minutes=10), at(days=4), "left")]
    assert making.outcomes(campaign) == {his.pk: "sent"}


def history(member, tag) -> list[tuple]:
    """(gained?, when) of the tag's history of him."""
    value = tag.values.get(code="yes").pk
    rows = TagChange.objects.filter(member=member).order_by("id")
    return [(value in row.gained, row.at) for row in rows if value in row.gained or value in row.lost]


def test_who_was_there_before_the_start_enters_only_where_all_do(nodes, people, audience):
    looks("m1", at(minutes=-10))
    read(at(minutes=-5))
    everybody = begun(nodes, audience)
    newcomers = begun(nodes, audience, entering="new", name="New")
    assert making.outcomes(everybody) == {people[0].pk: "pending"}
    assert making.outcomes(newcomers) == {}
    looks("m1", at(minutes=1))
    looks("m2", at(minutes=2))
    read(at(minutes=3))
    assert making.outcomes(everybody) == dict.fromkeys([each.pk for each in people], "pending")
    assert making.outcomes(newcomers) == {people[1].pk: "pending"}
    assert [row[:2] for row in entries(newcomers)] == [(people[0].pk, "there"), (people[1].pk, "entered")]
    assert (newcomers.state, running.finish(campaign=newcomers, now=at(1))) == ("running", False)


def test_who_leaves_before_his_message_is_skipped_with_a_reason(nodes, people, audience):
    campaign = begun(nodes, audience)
    looks("m1", at(minutes=1))
    read(at(minutes=1))
    turned(at(days=4))
    send(campaign, at(days=4))
    decision = making.decision_of(campaign, people[0])
    assert (decision.outcome, decision.reason) == ("left", "no longer met the condition")
    assert decision.entry.left_at == decision.decided_at == at(days=4)
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize(("days", "came"), [(None, "too_soon"), (6, "too_soon"), (5, "entered")])
def test_who_comes_back_enters_anew_only_after_the_days(nodes, people, audience, days, came):
    campaign = begun(nodes, audience, reenter_after_days=days)
    looks("m1", at(minutes=1))
    read(at(minutes=1))
    send(campaign, at(minutes=2))
    turned(at(days=4))
    looks("m1", at(days=5, minutes=1))
    read(at(days=5, minutes=1))
    send(campaign, at(days=5, minutes=3))
    assert [row[1] for row in entries(campaign)] == ["entered", came]
    assert OutboxMessage.objects.count() == (2 if came == "entered" else 1)
    found = campaign.decisions.order_by("round").values_list("round", "outcome")
    assert list(found) == ([(0, "sent"), (1, "sent")] if came == "entered" else [(0, "sent")])


def test_who_stays_past_the_days_does_not_enter_again(nodes, people, audience):
    campaign = begun(nodes, audience, reenter_after_days=1)
    for each in (0, 1, 2, 3):
        looks("m1", at(days=each, minutes=1))
        turned(at(days=each, minutes=1))
    assert [row[1] for row in entries(campaign)] == ["entered"]


def test_the_same_batch_twice_changes_nothing(nodes, people, audience):
    campaign = begun(nodes, audience)
    looks("m1", at(minutes=1))
    read(at(minutes=1))
    before = entries(campaign)
    EventCursor.objects.filter(reader__in=[entering.TAGS, entering.FACTS]).delete()
    read(at(minutes=5))
    assert entries(campaign) == before
    assert making.outcomes(campaign) == {people[0].pk: "pending"}


def test_a_batch_that_is_broken_off_is_read_again(nodes, people, audience, monkeypatch):
    campaign = begun(nodes, audience)
    looks("m1", at(minutes=1))
    follow.follow(now=at(minutes=1))

    def killed(**given):
        look(**given)
        raise KeyboardInterrupt

    look = entering.look
    monkeypatch.setattr(entering, "look", killed)
    with pytest.raises(KeyboardInterrupt):
        entering.follow(now=at(minutes=2))
    monkeypatch.setattr(entering, "look", look)
    assert (entries(campaign), making.outcomes(campaign)) == ([], {})
    entering.follow(now=at(minutes=3))
    assert entries(campaign) == [(people[0].pk, "entered", at(minutes=3), None, "")]


def test_paused_nobody_enters_and_who_is_there_on_resuming_does(nodes, people, audience):
    campaign = begun(nodes, audience)
    by = making.staff("bo")
    looks("m1", at(minutes=1))
    read(at(minutes=1))
    campaigns.pause(campaign=campaign, by=by, now=at(minutes=2))
    looks("m2", at(days=3))
    turned(at(days=3))
    assert entries(campaign) == [(people[0].pk, "entered", at(minutes=1), None, "")]
    campaigns.resume(campaign=campaign, by=by, now=at(days=3, minutes=1))
    assert entries(campaign) == [
        (people[0].pk, "entered", at(minutes=1), at(days=3, minutes=1), "left"),
        (people[1].pk, "entered", at(days=3, minutes=1), None, ""),
    ]
    assert making.outcomes(campaign) == {people[0].pk: "left", people[1].pk: "pending"}
    campaigns.stop(campaign=campaign, reason="over", by=by, now=at(days=3, minutes=2))
    looks("m1", at(days=3, minutes=3))
    read(at(days=3, minutes=3))
    assert len(entries(campaign)) == 2


def test_past_its_end_nobody_enters_and_it_finishes(nodes, people, audience):
    campaign = begun(nodes, audience, ends_at=at(days=1))
    looks("m1", at(minutes=1))
    read(at(minutes=1))
    send(campaign, at(minutes=2))
    assert campaign.state == "running"
    looks("m2", at(days=1, minutes=1))
    read(at(days=1, minutes=1))
    send(campaign, at(days=1, minutes=2))
    campaign.refresh_from_db()
    assert (campaign.state, campaign.ended_at) == ("finished", at(days=1, minutes=2))
    assert making.outcomes(campaign) == {people[0].pk: "sent"}


def test_two_with_entries_who_turn_out_to_be_one_go_on_with_the_first(nodes, people, audience):
    campaign = begun(nodes, audience)
    for number in (1, 2):
        looks(f"m{number}", at(minutes=number))
        read(at(minutes=number))
    accept(account("m2", channel="mall", phone="13800138001"))
    read(at(minutes=5))
    survivor = Member.objects.get(accounts__external_id="m2")
    assert survivor == Member.objects.get(accounts__external_id="m1")
    assert [row[1:] for row in entries(campaign)] == [
        ("entered", at(minutes=1), None, ""),
        ("entered", at(minutes=2), at(minutes=5), "merged"),
    ]
    send(campaign, at(minutes=6))
    assert sorted(making.outcomes(campaign).values()) == ["left", "sent"]
    assert OutboxMessage.objects.count() == 1
    turned(at(days=4))
    assert [row[4] for row in entries(campaign)] == ["left", "merged"]


def test_an_erased_person_leaves_and_never_comes_back(nodes, people, audience):
    campaign = begun(nodes, audience)
    looks("m1", at(minutes=1))
    read(at(minutes=1))
    asked = erasure.request(member=people[0], reason="asked for it", now=at(minutes=2), door="command")
    erasure.carry_out(erasure=asked, now=at(minutes=2))
    read(at(minutes=3))
    entering.look_at_everybody(now=at(minutes=4))
    assert entries(campaign) == [(people[0].pk, "entered", at(minutes=1), at(minutes=2), "erased")]
    send(campaign, at(minutes=5))
    assert making.outcomes(campaign) == {people[0].pk: "unreachable"}


def test_an_audience_of_plain_facts_is_entered_by_the_event_and_left_by_the_night(nodes, people):
    plain = audiences.save(name="Plain", organization=nodes["g"], condition=LOOKED, by=None, now=BEGUN)
    campaign = begun(nodes, plain)
    looks("m1", at(minutes=1))
    entering.follow(now=at(minutes=1))
    assert entries(campaign) == [(people[0].pk, "entered", at(minutes=1), None, "")]
    assert entering.look_at_everybody(now=at(days=1)) == 0
    assert entering.look_at_everybody(now=at(days=4)) == 1
    assert entries(campaign)[0][3:] == (at(days=4), "left")


def test_a_condition_changed_while_it_runs_counts_by_the_night(nodes, people, audience):
    campaign = begun(nodes, audience)
    looks("m1", at(minutes=1))
    read(at(minutes=1))
    audiences.save(
        audience=audience, name="Cold", organization=nodes["g"], condition={"not": audience.condition}, by=None,
        now=at(minutes=2),
    )  # fmt: skip
    assert entering.look_at_everybody(now=at(minutes=3)) == 2
    assert making.outcomes(campaign) == {people[0].pk: "left", people[1].pk: "pending"}


def test_who_is_held_out_stays_so_each_time(nodes, people, audience):
    campaign = begun(nodes, audience, reenter_after_days=1, holdout_share="0.999")
    for start in (0, 5):
        looks("m1", at(days=start, minutes=1))
        read(at(days=start, minutes=1))
        send(campaign, at(days=start, minutes=2))
        turned(at(days=start + 4))
    assert list(campaign.decisions.values_list("outcome", flat=True)) == ["held_out", "held_out"]
    assert not OutboxMessage.objects.exists()


def test_only_whom_the_organization_of_the_campaign_knows_enters(nodes, people, audience):
    strangers = making.approved(
        organization=nodes["b2"], audience=audience, entering="all", starts_at=BEGUN, name="Elsewhere"
    )
    running.start(campaign=strangers, now=BEGUN)
    looks("m1", at(minutes=1))
    read(at(minutes=1))
    assert entries(strangers) == []


def test_a_frozen_audience_and_an_end_before_the_start_are_refused(nodes, audience):
    draft = making.draft(organization=nodes["g"], audience=audience, entering="new", ends_at=making.NOW)
    by = making.staff("anna")
    with pytest.raises(campaigns.Refused, match="end before it starts"):
        campaigns.submit(campaign=draft, by=by, now=BEGUN)
    campaigns.edit(campaign=draft, by=by, now=BEGUN, ends_at=None)
    audiences.freeze(audience=audience, by=by, now=BEGUN)
    draft.refresh_from_db()
    with pytest.raises(campaigns.Refused, match="frozen, so nobody comes in"):
        campaigns.submit(campaign=draft, by=by, now=BEGUN)


def test_the_database_holds_one_open_entry_and_the_rules_of_entries(nodes, people, audience):
    campaign = begun(nodes, audience)
    looks("m1", at(minutes=1))
    read(at(minutes=1))
    given = {"campaign": campaign, "member": people[0], "entered_at": BEGUN, "came": "there"}
    for fields, constraint in [
        ({}, "campaign_entry_open_once"),
        ({"member": people[1], "came": "entered"}, "campaign_entry_is_decided"),
        ({"left_at": BEGUN}, "campaign_entry_left_with_a_reason"),
        ({"left_at": at(-1), "left_because": "left"}, "campaign_entry_left_after_it_came"),
    ]:
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            CampaignEntry.objects.create(**{**given, **fields})


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("alone_on_the_server")
def test_two_followers_at_once_and_a_start_enter_each_person_once():
    nodes = company.build()
    members = crowd.crowd(channel=Channel.objects.get(code="mall"), count=40)
    audience = audiences.save(
        name="Everybody", organization=nodes["g"], condition={"all": []}, by=None, now=making.NOW
    )
    first = making.approved(organization=nodes["g"], audience=audience, entering="all", name="First")
    running.start(campaign=first, now=making.NOW)
    CampaignEntry.objects.all().delete()
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("ALTER TABLE campaigns_decision DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM campaigns_decision")
        cursor.execute("ALTER TABLE campaigns_decision ENABLE TRIGGER USER")
    second = making.approved(organization=nodes["g"], audience=audience, entering="all", name="Second")
    for member in members:
        factories.event(account=member.minting_account, name="page_view", at=making.NOW)

    def read():
        while entering.follow(now=making.NOW):
            pass

    together(read, read, lambda: running.start(campaign=second, now=making.NOW))
    read()
    for campaign in (first, second):
        assert campaign.entries.filter(left_at=None).count() == campaign.decisions.count() == 40
