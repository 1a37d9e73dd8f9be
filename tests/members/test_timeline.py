"""One timeline over all accounts: order, filters, pages, reach, speed."""

import datetime as dt
import time

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.actions import points
from members.models import Event, Membership
from members.queries import scopes, timeline
from tests import factories, speed
from tests.api import callers
from tests.factories import NOW
from tests.members.ledger.purses import book

pytestmark = pytest.mark.django_db
EVERYTHING = scopes.EVERYTHING


def at_channels(tree, *codes):
    """A member with an account at each channel."""
    first, *others = [factories.channel(organization=tree["g"], code=code) for code in codes]
    accounts = [factories.account(channel=first)]
    return [*accounts, *(factories.account(channel=each, member=accounts[0].member) for each in others)]


@pytest.mark.requirement("MEM-056")
def test_twelve_events_of_four_accounts_stand_in_exact_order_with_their_channels(tree):
    accounts = at_channels(tree, "tmall", "jd", "mini", "pos")
    story = [
        (0, "visit"), (1, "visit"), (2, "sign_in"), (3, "visit"), (2, "search"), (2, "add_to_cart"),
        (0, "collect"), (3, "ask"), (1, "checkout"), (2, "share"), (3, "visit"), (0, "visit"),
    ]  # fmt: skip
    order = [7, 0, 11, 3, 5, 1, 9, 2, 10, 4, 8, 6]  # they arrive in any order
    for number in order:
        account, name = story[number]
        factories.event(account=accounts[account], name=name, at=NOW + dt.timedelta(minutes=number))

    found = timeline.of(member=accounts[0].member, reach=EVERYTHING)

    channels = ["tmall", "jd", "mini", "pos"]
    assert [(row.channel, row.name) for row in reversed(found)] == [
        (channels[account], name) for account, name in story
    ]
    assert len(found) == 12


@pytest.mark.requirement("MEM-056")
def test_it_is_filtered_by_channel_by_name_and_by_period(tree):
    one, two = at_channels(tree, "tmall", "mini")
    day = dt.timedelta(days=1)
    factories.event(account=one, name="visit", at=NOW)
    factories.event(account=two, name="visit", at=NOW + day)
    factories.event(account=two, name="share", at=NOW + 2 * day)

    def names(**filters):
        return [
            (row.channel, row.name) for row in timeline.of(member=one.member, reach=EVERYTHING, **filters)
        ]

    assert names(channel="mini") == [("mini", "share"), ("mini", "visit")]
    assert names(name="visit") == [("mini", "visit"), ("tmall", "visit")]
    assert names(since=NOW + day, until=NOW + 2 * day) == [("mini", "visit")]
    assert names(channel="mini", name="visit", until=NOW + day) == []
    assert names(channel="nowhere") == []


def test_what_can_be_filtered_by_is_what_there_is(tree):
    one, two = at_channels(tree, "tmall", "mini")
    for account, name in [(one, "visit"), (two, "visit"), (two, "share")]:
        factories.event(account=account, name=name)
    found = timeline.kinds(member=one.member, reach=EVERYTHING)
    assert (found.names, found.channels, found.count) == (
        ["share", "visit"],
        {"mini": "mini", "tmall": "tmall"},
        3,
    )


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4)), max_size=20), st.integers(1, 7))
def test_pages_lose_nothing_and_repeat_nothing_also_of_one_instant(tree, told, size):
    accounts = at_channels(tree, *(f"c{time.monotonic_ns()}-{each}" for each in range(3)))
    for account, minute in told:
        factories.event(account=accounts[account], name="visit", at=NOW + dt.timedelta(minutes=minute))
    seen, before = [], None
    while page := timeline.of(member=accounts[0].member, reach=EVERYTHING, before=before, limit=size):
        seen += [row.position for row in page]
        before = page[-1].position
    everything = Event.objects.filter(account__in=accounts).values_list("occurred_at", "id")
    assert seen == sorted(everything, reverse=True)


def test_events_of_other_dealers_stay_with_them(tree):
    channel = factories.channel(organization=tree["g"])
    here = factories.account(channel=channel, organization=tree["s1"])
    there = factories.account(channel=channel, organization=tree["s3"], member=here.member)
    factories.event(account=here, name="visit")
    factories.event(account=there, name="ask")

    def seen(reach):
        return [row.name for row in timeline.of(member=here.member, reach=reach)]

    assert seen(scopes.of_node(tree["d1"])) == ["visit"]
    assert seen(scopes.of_node(tree["b1"])) == ["ask", "visit"]
    assert seen(scopes.NOTHING) == []
    assert timeline.kinds(member=here.member, reach=scopes.of_node(tree["d1"])).names == ["visit"]


def test_what_a_till_moved_is_told_to_its_place_and_to_no_other(tree):
    """The points are the brand's: the brand's staff, and those of the till's store, see them earned."""
    tills = {
        code: factories.channel(organization=tree[code], code=f"pos-{code}", kind="pos")
        for code in ("s1", "s2")
    }
    account = factories.account(channel=tills["s1"])
    Membership.objects.create(account=account, organization=tree["s2"], known_at=NOW)
    ours = book(organization=tree["b1"])
    for till in ("s1", "s2"):
        client = callers.client(channel=tills[till], scopes="value")
        asked = {"key": "1", "book": "points", "amount": "5" if till == "s1" else "7"}
        answer = client.post(f"/api/v1/members/{account.member.oneid}/value/earn", asked, format="json")
        assert answer.status_code == 200, answer.json()
    points.earn(account=account, book=ours, amount=9, key="desk:1:a", now=NOW)
    told = {
        "account": account,
        "organization": tree["b2"],
        "occurred_at": NOW,
        "properties": {"till": "pos-s1"},
    }
    Event.objects.create(name="forged", **told)

    def amounts(node):
        reach = scopes.Reach(node=tree[node])
        found = timeline.of(member=account.member, reach=reach)
        assert timeline.kinds(member=account.member, reach=reach).names == sorted({row.name for row in found})
        return sorted(row.properties.get("amount", row.name) for row in found)

    assert {node: amounts(node) for node in ("g", "b1", "d1", "s1", "s2", "b2")} == {
        "g": ["5", "7", "9", "forged"], "b1": ["5", "7", "9"], "d1": ["5", "7"], "s1": ["5"], "s2": ["7"],
        "b2": ["forged"],
    }  # fmt: skip
    by_store = timeline.of(member=account.member, reach=scopes.Reach(node=tree["s1"]))
    assert [row.properties["till"] for row in by_store] == ["pos-s1"]


def test_the_first_page_of_ten_thousand_reads_no_more_than_a_page_of_each_account(tree):
    accounts = at_channels(tree, "tmall", "jd", "mini", "pos")
    Event.objects.bulk_create(
        Event(account=account, channel=account.channel, organization=tree["g"], name="visit",
              occurred_at=NOW - dt.timedelta(minutes=number))
        for account in accounts
        for number in range(2_500)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE members_event; ANALYZE members_account")
    reach = scopes.of_node(tree["g"])
    assert len(timeline.of(member=accounts[0].member, reach=reach)) == 50
    assert speed.is_once(
        lambda: speed.of(lambda: timeline.of(member=accounts[0].member, reach=reach)), within=0.05
    )
