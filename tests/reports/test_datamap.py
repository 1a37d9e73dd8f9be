"""The data map: the row's own examples, and the counts against plain Python."""

import datetime as dt
import random

import pytest
from django.urls import reverse

from identity.actions import datamap as setting_up
from identity.models import GapPlan, IdentifierKind, Signal, Stage, Touchpoint, TouchpointKey
from members.models import Account, Channel, Event
from reports.admin import mapping
from reports.queries.datamap import behaviour, checks, connect, live, uses
from reports.queries.datamap import report as datamap
from tags.models import Audience
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def installed(nodes):
    setting_up.install()
    return nodes


def at(code):
    return Touchpoint.objects.get(code=code)


def channel(nodes, kind, node="g", **fields):
    return factories.channel(organization=nodes[node], code=kind, kind=kind, **fields)


def found(nodes, node="g"):
    return datamap.report(node=nodes[node], as_of=NOW)


def place(report, code):
    return next(each for each in report.places if each.touchpoint.code == code)


def signal(**fields):
    given = {"touchpoint": "T", "name": "S", "ecosystem": "own", "stage": 1, "first_party": True, "events": 1}
    return checks.Signal(**{**given, "users": ("a tag",), **fields})


def test_installing_twice_adds_nothing_and_changes_nothing(nodes):
    assert setting_up.install() == Touchpoint.objects.count() > 0
    Touchpoint.objects.filter(code="pos").update(name="Our stores")
    assert setting_up.install() == 0
    assert at("pos").name == "Our stores"


@pytest.mark.requirement("IDN-088")
def test_the_map_shows_touchpoints_by_stage_of_the_journey_and_ecosystem(installed, client):
    client.force_login(factories.staff(organization=installed["g"], permissions="members.view_reports"))
    page = client.get(reverse("admin:report_datamap"))
    rows = {row["name"]: row["cells"] for row in page.context["grid"]}
    wechat = {
        place.touchpoint.code: stage
        for stage, cell in zip(Stage, rows["WeChat"], strict=True)
        for place in cell
    }
    assert wechat == {"service_account": 5, "mini_program": 3, "wecom": 4, "groups": 5}
    assert "Service account" in page.text


@pytest.mark.requirement("IDN-089")
def test_a_touchpoint_says_by_which_key_it_knows_its_customers(installed):
    assert place(found(installed), "service_account").keys[:2] == ["openid", "unionid"]


@pytest.mark.requirement("IDN-090")
def test_a_touchpoint_lists_its_signals_with_live_counts(installed):
    fan = factories.account(channel=channel(installed, "service_account"), organization=installed["s1"])
    for name in ("scan", "scan", "follow", "menu_click"):
        factories.event(account=fan, name=name)
    counts = {
        each.name.split()[0].lower(): each.events
        for each in place(found(installed), "service_account").signals
    }
    assert counts == {
        "scan": 2, "follow": 1, "unfollow": 0, "message": 0, "menu": 1, "card": 0, "source": 0,
    }  # fmt: skip


@pytest.mark.requirement("IDN-091")
def test_the_matrix_says_whether_two_touchpoints_can_be_joined_and_by_which_key(installed):
    report = found(installed)
    assert report.joint(at("service_account"), at("mini_program")) == connect.Joint(connect.YES, "unionid")
    assert report.joint(at("tmall"), at("service_account")) == connect.Joint(connect.ASKED, "phone")
    assert report.joint(at("tmall"), at("tmall")) is None


def test_a_kind_that_links_nobody_joins_no_touchpoints(installed):
    IdentifierKind.objects.filter(code="unionid").update(links=False)
    assert found(installed).joint(at("service_account"), at("mini_program")) == connect.Joint(
        connect.ASKED, "phone"
    )


@pytest.mark.requirement("IDN-092")
def test_a_gap_is_listed_until_a_key_joins_its_touchpoints(installed):
    def gaps():
        return {frozenset([gap.left.code, gap.right.code]) for gap in found(installed).gaps}

    assert frozenset(["douyin", "mall"]) in gaps()
    TouchpointKey.objects.create(touchpoint=at("douyin"), kind_id="phone", how="authorised", position=9)
    assert frozenset(["douyin", "mall"]) not in gaps()


@pytest.mark.requirement("IDN-093")
def test_a_planned_gap_closes_when_enough_people_are_joined(installed):
    till, wechat = channel(installed, "pos", node="s1"), channel(installed, "service_account")
    TouchpointKey.objects.filter(touchpoint__code="pos").delete()
    left, right = sorted([at("pos"), at("service_account")], key=lambda each: each.pk)
    GapPlan.objects.create(left=left, right=right, action="scan code at till", state="running", target=2)

    def gap():
        return next(each for each in found(installed).gaps if {each.left, each.right} == {left, right})

    def join():
        anna = factories.account(channel=till, organization=installed["s1"])
        factories.account(channel=wechat, member=anna.member)

    join()
    assert (gap().joined, gap().is_closed, gap().state) == (1, False, "running")
    join()
    assert (gap().joined, gap().is_closed, gap().state) == (2, True, "closed")


@pytest.mark.requirement("IDN-094")
def test_people_at_a_touchpoint_are_the_distinct_oneids_with_events_there(installed):
    draw = random.Random(5)
    channels = {kind: channel(installed, kind) for kind in ("mini_program", "pos", "tmall")}
    members = []
    for _ in range(30):
        stores = draw.choice(["s1", "s3"])
        one = factories.account(channel=channels[draw.choice(list(channels))], organization=installed[stores])
        if members and draw.random() < 0.4:
            Account.objects.filter(pk=one.pk).update(member=draw.choice(members))
        members.append(Account.objects.get(pk=one.pk).member)
    for account in Account.objects.all():
        for _ in range(draw.randrange(4)):
            factories.event(account=account, name=draw.choice(["page_view", "scan", "order.paid"]))

    for node in ("g", "d1"):
        expected = {}
        for event in Event.objects.select_related("account__member", "channel"):
            here = event.account.memberships.filter(
                organization__path__startswith=installed[node].path
            ).exists()
            if here:
                expected.setdefault(event.channel.kind, set()).add(event.account.member_id)
        shown = {
            each.touchpoint.kind: each.count.people
            for each in found(installed, node).places
            if each.count.people
        }
        assert shown == {kind: len(people) for kind, people in expected.items()}


def test_events_of_a_place_within_a_channel_belong_to_that_touchpoint(installed):
    friend = factories.account(channel=channel(installed, "wecom"), organization=installed["s1"])
    Event.objects.create(
        account=friend, channel=friend.channel, name="group_join", touchpoint="group", occurred_at=NOW
    )
    Event.objects.create(
        account=friend, channel=friend.channel, name="message", touchpoint="", occurred_at=NOW
    )
    report = found(installed)
    assert {each.code: place(report, each.code).count.events for each in (at("wecom"), at("groups"))} == {
        "wecom": 1, "groups": 1,
    }  # fmt: skip


@pytest.mark.requirement("IDN-095")
def test_a_touchpoint_shows_its_events_of_the_last_30_days(installed, client):
    fan = factories.account(channel=channel(installed, "service_account"), organization=installed["s1"])
    for name, days in (("scan", 1), ("scan", 29), ("scan", 31), ("follow", 40)):
        factories.event(account=fan, name=name, at=NOW - dt.timedelta(days=days))
    shown = behaviour.report(node=installed["g"], as_of=NOW, touchpoint=at("service_account"))
    assert shown.events == {"scan": live.Count(3, 2, 1, 1), "follow": live.Count(1, 0, 1, 0)}
    client.force_login(factories.staff(organization=installed["g"], permissions="members.view_reports"))
    page = client.get(reverse("admin:report_datamap"))
    assert (
        f"{reverse('admin:report_touchpoint')}?organization={installed['g'].pk}&amp;touchpoint=pos"
        in page.text
    )
    assert (
        client.get(reverse("admin:report_touchpoint"), {"touchpoint": "service_account"}).status_code == 200
    )


@pytest.mark.requirement("IDN-096")
@pytest.mark.parametrize(("own", "share", "enough"), [(12, 0.6, True), (9, 0.45, False), (10, 0.5, False)])
def test_more_than_half_of_the_map_should_be_first_party(own, share, enough):
    signals = [signal(first_party=n < own) for n in range(20)]
    assert checks.first_party_share(signals) == share
    assert checks.is_enough(checks.first_party_share(signals)) is enough


@pytest.mark.requirement("IDN-097")
def test_what_comes_from_the_purchase_on_and_is_not_ours_is_a_warning():
    listed = checks.findings([signal(stage=n, first_party=False, name=str(n)) for n in (1, 3, 5)])
    assert [(each.level, each.signal.name, each.reason) for each in listed] == [
        ("warning", "5", "lower_funnel"),
        ("warning", "3", "lower_funnel"),
    ]


@pytest.mark.requirement("IDN-098")
def test_a_core_signal_that_is_not_ours_is_an_error(installed):
    Signal.objects.filter(code="service").update(first_party=False)
    listed = [(each.level, each.signal.name, each.reason) for each in found(installed).findings]
    assert ("error", "Service and repair", "core") in listed


@pytest.mark.requirement("IDN-099")
def test_coverage_shows_which_ecosystem_is_nearest_to_complete():
    def of(ecosystem, stored, count):
        return [signal(ecosystem=ecosystem, events=int(n < stored)) for n in range(count)]

    signals = [*of("bytedance", 3, 10), *of("wechat", 9, 10), *of("alibaba", 2, 5)]
    assert list(checks.coverage(signals).items()) == [("wechat", 0.9), ("alibaba", 0.4), ("bytedance", 0.3)]


@pytest.mark.requirement("IDN-100")
def test_what_is_stored_and_read_by_nothing_is_flagged(installed):
    fan = factories.account(channel=channel(installed, "service_account"), organization=installed["s1"])
    factories.event(account=fan, name="scan")

    def flagged():
        return [each.signal.name for each in found(installed).findings if each.reason == "unused"]

    assert flagged() == ["Scan (扫码)"]
    Audience.objects.create(
        name="Scanners",
        created_at=NOW,
        organization=installed["g"],
        condition={"any": [{"not": {"events": {"name": ["scan", "x"]}}}]},
    )
    assert uses.by_event()["scan"] == {"the audience “Scanners”"}
    assert flagged() == []


@pytest.mark.requirement("IDN-102")
def test_a_platform_that_gives_no_customer_data_is_no_private_domain(installed):
    assert "weibo" in {each.touchpoint.code for each in found(installed).private}
    Signal.objects.filter(touchpoint__code="weibo").delete()
    assert "weibo" not in {each.touchpoint.code for each in found(installed).private}


@pytest.mark.requirement("IDN-103")
def test_the_private_domain_is_every_platform_that_we_can_operate(installed):
    private = {each.touchpoint.code for each in found(installed).private}
    assert private >= {"website", "app", "crm", "service_account", "weibo", "douyin", "youzan", "groups"}
    assert not private & {"tmall", "jd", "ad"}


def test_every_kind_of_channel_is_on_the_map(installed):
    assert set(Touchpoint.objects.values_list("kind", flat=True)) == set(Channel.Kind.values)


def test_the_statements_do_not_grow_with_the_map(installed, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        assert len(found(installed).places) == len(Channel.Kind.values) + 1


def text_of(client, nodes, part, permissions="members.view_reports"):
    client.force_login(factories.staff(organization=nodes["g"], permissions=permissions))
    return client.get(reverse("admin:report_datamap"), {"part": part}).text


def test_each_touchpoint_folds_its_signals_and_says_how_many_arrive(installed, client):
    fan = factories.account(channel=channel(installed, "service_account"), organization=installed["s1"])
    factories.event(account=fan, name="scan", at=NOW)
    places = {each["touchpoint"].code: each for each in mapping.datamap(found(installed))["places"]}
    assert (places["service_account"]["stored"], places["service_account"]["unused"]) == (1, 1)
    shown = text_of(client, installed, "signals")
    count = len(at("service_account").signals.all())
    assert f"1 of {count} signals arrive" in shown
    assert "stored, not used" in shown


def test_what_to_mend_stands_by_level_with_the_stage(installed, client):
    Signal.objects.filter(touchpoint__code="tmall", code="orders").update(first_party=False)
    levels = mapping.datamap(found(installed))["levels"]
    assert ("Orders", "purchase") in [
        (each["signal"].name, str(each["stage"]))
        for each in levels[0]["findings"]
        if each["signal"].touchpoint == at("tmall").name
    ]
    assert "core, but not stored first-party" in text_of(client, installed, "mend")


def test_a_pair_that_nothing_joins_can_be_planned_by_who_may(installed, client):
    left, right = sorted((at("douyin").pk, at("mini_program").pk))
    link = f"{reverse('admin:identity_gapplan_add')}?left={left}&amp;right={right}"
    TouchpointKey.objects.all().delete()
    assert link in text_of(client, installed, "gaps", "members.view_reports identity.add_gapplan")
    assert link not in text_of(client, installed, "gaps")


def test_a_planned_gap_shows_how_far_it_is(installed, client):
    left, right = sorted((at("pos"), at("service_account")), key=lambda each: each.pk)
    GapPlan.objects.create(left=left, right=right, action="scan the code at the till", target=4)
    shown = mapping.datamap(found(installed))["gaps"]
    assert [(row["gap"].plan.action, row["percent"]) for row in shown["planned"]] == [
        ("scan the code at the till", 0)
    ]
    assert "scan the code at the till" in text_of(client, installed, "gaps")


def test_a_tag_of_a_model_uses_the_events_that_the_model_reads(installed):
    factories.tag(
        organization=installed["g"], name="Fans", source="model", model="activeness", values=["low"]
    )
    factories.tag(organization=installed["g"], code="wrong", source="model", model="states", values=["new"],
                  parameters={"windows": 3})  # fmt: skip
    found = uses.by_event()
    assert "the tag “Fans”" in found["share"] & found["page_view"]
    assert "the tag “Fans”" not in found["order.paid"]
    assert found["referral"] >= {"the tag “Fans”", "the report “growth”"}
