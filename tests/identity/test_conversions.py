"""From public to private: the act, the source, and how many came over."""

import datetime as dt
import random

import pytest

from identity.queries import conversions
from identity.queries.conversions import EVENTS, Domain
from members.models import Account, Channel, Membership
from tests import factories
from tests.identity import company
from tests.identity.company import NOW, accept, account, event

pytestmark = pytest.mark.django_db


@pytest.fixture
def nodes():
    built = company.build()
    for code, kind in (("oa", "service_account"), ("wecom", "wecom")):
        factories.channel(organization=built["g"], code=code, kind=kind)
    return built


def at(hour, minute=0):
    return dt.datetime(2026, 1, 5, hour, minute, tzinfo=dt.UTC)


def unionid():
    return [{"kind": "unionid", "value": "u1"}]


def standing(name, as_of=NOW):
    return conversions.of(member=Account.objects.get(external_id=name).member, as_of=as_of)


def shown(found):
    source = conversions.source_of(found)
    return found.domain, source and source.code, found.act, found.at


def clicks_then_follows():
    accept(
        account("click", channel="ad", identifiers=unionid()) | {"occurred_at": at(10).isoformat()},
        event("ad_click", "click", channel="ad") | {"occurred_at": at(10).isoformat()},
    )
    accept(
        account("fan", channel="oa", identifiers=unionid()) | {"occurred_at": at(10, 5).isoformat()},
        event("follow", "fan", channel="oa") | {"occurred_at": at(10, 5).isoformat()},
    )


@pytest.mark.requirement("MEM-002")
def test_an_ad_click_then_a_follow_is_one_conversion_of_one(nodes):
    clicks_then_follows()
    assert standing("fan", as_of=at(10, 1)).domain == Domain.PUBLIC
    assert shown(standing("fan")) == (Domain.PRIVATE, "ad", "follow", at(10, 5))
    ad = Channel.objects.get(code="ad").pk
    assert conversions.counted(as_of=at(10, 1), node=nodes["g"]) == [(ad, "", 1)]
    assert conversions.counted(as_of=NOW, node=nodes["g"]) == [(ad, "follow", 1)]


def test_a_replay_changes_nothing(nodes):
    clicks_then_follows()
    before = conversions.standings(as_of=NOW)
    clicks_then_follows()
    assert conversions.standings(as_of=NOW) == before


def test_who_was_private_first_is_no_conversion(nodes):
    accept(
        account("fan", channel="oa", on=1, identifiers=unionid()),
        event("follow", "fan", channel="oa", on=1),
        account("click", channel="ad", on=3, identifiers=unionid()),
    )
    found = standing("fan")
    assert (found.domain, found.converted) == (Domain.PRIVATE, False)
    assert conversions.counted(as_of=NOW, node=nodes["g"]) == []


def test_the_first_act_counts_and_the_last_public_touch_before_it(nodes):
    accept(
        account("click", channel="ad", on=1, identifiers=unionid()),
        account("buyer", channel="tmall", on=2, identifiers=unionid()),
        account("friend", channel="wecom", on=4, identifiers=unionid()),
        event("page_view", "click", channel="ad", on=6),
        account(
            "m", channel="app", on=8, identifiers=unionid(),
            membership={"organization": "b1", "joined_at": company.day(8)},
        ),
    )  # fmt: skip
    found = standing("m")
    assert (found.act, conversions.source_of(found).code) == ("add_friend", "tmall")


def test_following_on_a_public_channel_stays_public(nodes):
    accept(account("t", channel="tmall", on=1), event("follow", "t", channel="tmall", on=2))
    assert standing("t").domain == Domain.PUBLIC


def test_joining_and_authorising_are_acts(nodes):
    accept(account("j", channel="app", on=1), account("u", channel="app", on=1))
    Membership.objects.filter(account__external_id="j").update(joined_at=at(1))
    accept(event("authorise", "u", channel="app", on=2))
    assert [standing(name).act for name in "ju"] == ["join", "authorise"]


def test_a_node_counts_those_whom_it_knows(nodes):
    accept(account("x", channel="ad", on=1), account("t", channel="tmall", on=1))
    assert len(conversions.counted(as_of=NOW, node=nodes["g"])) == 2
    assert [people for _source, _act, people in conversions.counted(as_of=NOW, node=nodes["b1"])] == [1]
    assert conversions.counted(as_of=NOW, node=nodes["b2"]) == []


def _moments(accounts, as_of):
    acts, touched = [], []
    for each in accounts:
        events = [e for e in each.events.all() if e.occurred_at <= as_of]
        if each.channel.first_party:
            acts += [(e.occurred_at, str(EVENTS[e.name])) for e in events if e.name in EVENTS]
        elif each.first_seen_at <= as_of:
            touched += [(each.first_seen_at, each.channel)] + [(e.occurred_at, each.channel) for e in events]
    return min(acts, default=(None, "")), touched


@pytest.mark.parametrize("seed", range(4))
def test_the_set_agrees_with_plain_python(nodes, seed):
    dice = random.Random(seed)
    channels = list(Channel.objects.exclude(kind="wecom"))
    people = {}
    for _ in range(30):
        host = dice.choice(list(people.values())) if people and dice.random() < 0.6 else None
        made = factories.account(
            channel=dice.choice(channels), member=host, at=NOW - dt.timedelta(hours=dice.randrange(100))
        )
        people[made.pk] = made.member
        for _ in range(dice.randrange(3)):
            factories.event(
                account=made, name=dice.choice([*EVENTS, "page_view", "page_view"]),
                at=made.first_seen_at + dt.timedelta(hours=dice.randrange(1, 80)),
            )  # fmt: skip
    as_of = NOW - dt.timedelta(hours=20)

    found = {each.member: each for each in conversions.standings(as_of=as_of)}

    for member in set(people.values()):
        mine = Account.objects.filter(member=member, first_seen_at__lte=as_of)
        (at, act), touched = _moments(mine.prefetch_related("events").select_related("channel"), as_of)
        if member.pk not in found:
            assert not mine
            continue
        before = [(moment, channel) for moment, channel in touched if not at or moment <= at]
        assert (found[member.pk].act, found[member.pk].at) == (act, at)
        last = max(before, key=lambda each: each[0], default=(None, None))
        assert found[member.pk].touched_at == last[0]
        assert found[member.pk].source in {c.pk for moment, c in before if moment == last[0]} | (
            set() if before else {None}
        )
