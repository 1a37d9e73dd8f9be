import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.api import callers

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    nodes = factories.tree()
    here = factories.channel(organization=nodes["s1"], code="pos-s1")
    there = factories.channel(organization=nodes["s3"], code="pos-s3")
    member = callers.person(channel=here, name="王小明")
    mine = member.accounts.get()
    theirs = factories.account(channel=there, member=member)
    return nodes, here, member, mine, theirs


def test_orders_made_elsewhere_stay_there(story):
    _nodes, here, member, mine, theirs = story
    bought = factories.order(account=mine, amount="199.10")
    factories.returned(order=bought, amount="19.10")
    factories.order(account=theirs)
    rows = (
        callers.client(channel=here, scopes="query")
        .get(f"/api/v1/members/{member.oneid}/orders")
        .data["results"]
    )
    [row] = rows
    assert (row["external_id"], row["amount"], row["lines"][0]["sku"]) == (
        bought.external_id,
        "199.1000",
        "S1",
    )
    assert [returned["amount"] for returned in row["returns"]] == ["19.1000"]


def test_the_brand_sees_the_orders_of_both_dealers_newest_first(story):
    nodes, here, member, mine, theirs = story
    old = factories.order(account=mine)
    new = factories.order(account=theirs, at=factories.NOW + dt.timedelta(days=1))
    brand = callers.client(channel=here, scopes="query", organization=nodes["b1"])
    rows = brand.get(f"/api/v1/members/{member.oneid}/orders").data["results"]
    assert [row["external_id"] for row in rows] == [new.external_id, old.external_id]


def test_orders_of_one_moment_are_paged_without_loss(story):
    _nodes, here, member, mine, _theirs = story
    made = {factories.order(account=mine).external_id for _ in range(5)}
    till, address, seen = callers.client(channel=here, scopes="query"), "?page_size=2", []
    address = f"/api/v1/members/{member.oneid}/orders?page_size=2"
    while address:
        page = till.get(address).data
        seen += [row["external_id"] for row in page["results"]]
        address = page["next"]
    assert set(seen) == made
    assert len(seen) == 5


def test_of_events_the_own_channels_words_are_shown_and_of_others_only_that_they_happened(story):
    nodes, here, member, mine, theirs = story
    factories.event(account=mine, name="visit", phone="13812341234")
    factories.event(account=theirs, name="visit", phone="13900000000")
    brand = callers.client(channel=here, scopes="query", organization=nodes["b1"])
    rows = brand.get(f"/api/v1/members/{member.oneid}/events").data["results"]
    assert {row["channel"]: row["properties"] for row in rows} == {
        "pos-s1": {"phone": "13812341234"},
        "pos-s3": None,
    }
    store = callers.client(channel=here, scopes="query")
    assert len(store.get(f"/api/v1/members/{member.oneid}/events").data["results"]) == 1


def test_memberships_are_those_of_the_node_above_it_and_below_it(story):
    _nodes, here, member, mine, theirs = story
    mine.memberships.update(
        joined_at=factories.NOW, first_visited_at=factories.NOW, last_visited_at=factories.NOW
    )
    theirs.memberships.update(
        first_visited_at=factories.NOW, last_visited_at=factories.NOW + dt.timedelta(days=3)
    )
    till = callers.client(channel=here, scopes="query")
    rows = {row["organization"]: row for row in till.get(f"/api/v1/members/{member.oneid}/memberships").data}
    assert set(rows) == {"g", "b1", "d1", "s1"}
    assert rows["s1"]["last_visited_at"] is not None
    assert rows["b1"]["last_visited_at"] is None  # it was at the other dealer's


@pytest.mark.parametrize("orders", [1, 4])
def test_orders_cost_the_same_queries_whatever_their_number(story, orders):
    _nodes, here, member, mine, _theirs = story
    for _ in range(orders):
        factories.returned(order=factories.order(account=mine), amount="1.00")
    till = callers.client(channel=here, scopes="query")
    with CaptureQueriesContext(connection) as captured:
        till.get(f"/api/v1/members/{member.oneid}/orders")
    assert len(captured) == 4  # member, orders, lines, returns; the key is read by a statement of its own
