"""Visitors before they are known: ads, live streams, the own mall and the website, and what it brings later."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from identity.queries import touches
from members.models import Account, Event, Member, Order
from members.queries import histories, scopes
from tags.queries import audiences
from tests import factories
from tests.identity import company
from tests.identity.company import NOW, accept, account, day, event, order

DEVICE = {"kind": "device", "value": "A1-1234567890"}
COOKIE = {"kind": "cookie", "value": "ck-1234567890"}
MONTH = dt.timedelta(days=30)
CLICK = event(
    "ad_click", channel="ad", on=1, identifiers=[DEVICE],
    properties={"url": "https://shop.cn/?utm_source=douyin&utm_campaign=SUMMER&clickid=c-77&name=Li"},
)  # fmt: skip
LOGIN = account("u1", on=2, phone="13812341234", identifiers=[DEVICE])
SALE = order("o1", "u1", on=4)


@pytest.fixture
def house(db):
    return company.build()


def person(external_id="u1"):
    return Account.objects.get(external_id=external_id).member


def timeline(member):
    return {
        each.name
        for each in Event.objects.filter(
            account__in=histories.accounts(member=member, reach=scopes.EVERYTHING)
        )
    }


def brought(number="o1", *, window=MONTH, reach=scopes.EVERYTHING):
    orders = Order.objects.filter(external_id=number).select_related("account", "channel")
    return touches.of_orders(orders=orders, window=window, reach=reach)[orders[0].pk]


@pytest.mark.requirement("IDN-010")
def test_an_anonymous_visit_moves_to_the_member_who_logs_in_on_the_same_device(house):
    accept(CLICK, event("product_view", channel="app", on=1, identifiers=[DEVICE], properties={"sku": "S1"}))
    assert Member.objects.active().count() == 1
    assert not Account.objects.filter(channel__code="ad").get().channel.named

    accept(LOGIN)

    assert {"ad_click", "product_view"} <= timeline(person())
    assert Member.objects.active().count() == 1


@pytest.mark.requirement("IDN-052")
def test_the_click_of_the_ad_is_on_the_order_three_days_later(house):
    accept(CLICK, LOGIN, SALE)
    found = brought()
    assert found.first.attribution == {"utm_source": "douyin", "utm_campaign": "SUMMER", "clickid": "c-77"}
    assert (found.first.platform, found.first.channel, found.first.event) == (
        "Ocean Engine",
        "ad",
        "ad_click",
    )
    assert found.order.occurred_at - found.first.at == dt.timedelta(days=3)


def test_first_and_last_touch_and_the_window(house):
    later = event("landing", "u1", on=3, attribution={"gclid": "g-2"})
    late = event("landing", "u1", on=5, attribution={"gclid": "g-3"})
    accept(CLICK, LOGIN, SALE, later, late)
    assert [each.attribution.get("gclid") for each in brought().touches] == [None, "g-2"]
    assert [each.attribution.get("gclid") for each in brought(window=dt.timedelta(days=3)).touches] == ["g-2"]


def test_what_the_order_was_sent_with_is_its_last_touch(house):
    accept(CLICK, LOGIN, SALE | {"attribution": {"campaign": "AUTUMN"}})
    assert (brought().first.event, brought().last.event) == ("ad_click", "order")
    accept(order("o2", attribution={"note": "gift"}))
    assert brought("o2").touches == []


def test_a_store_sees_no_click_of_another_branch(house):
    there = factories.channel(organization=house["b2"], code="site-b2", kind="website")
    accept(CLICK, LOGIN, SALE)
    accept(event("landing", channel=there.code, on=3, identifiers=[DEVICE], attribution={"gclid": "g"}))
    assert len(brought().touches) == 2
    [seen] = brought(reach=scopes.of_node(house["b1"])).touches
    assert seen.event == "ad_click"


def test_many_orders_ask_once(house, django_assert_num_queries):
    accept(CLICK, LOGIN, *(order(f"o{n}", "u1", on=4) for n in range(3)))
    orders = list(Order.objects.select_related("account", "channel"))
    with django_assert_num_queries(1):
        found = touches.of_orders(orders=orders, window=MONTH)
    assert [len(each.touches) for each in found.values()] == [1, 1, 1]


FACTS = [
    CLICK,
    LOGIN,
    SALE,
    event("landing", "u1", on=3, attribution={"gclid": "g-2"}),
    event("landing", "u1", on=3, attribution={"gclid": "g-1"}),
    event("page_view", channel="mall", on=2, identifiers=[DEVICE], attribution={"bd_vid": "b"}),
]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(FACTS), st.booleans())
def test_any_order_of_arrival_brings_the_same(house, facts, at_once):
    from django.db import transaction  # the savepoint of one example

    with transaction.atomic():
        for batch in [facts] if at_once else [[fact] for fact in facts]:
            accept(*batch)
        accept(*facts)
        found = [(each.event, each.attribution) for each in brought().touches]
        transaction.set_rollback(True)
    assert [told for _event, told in found] == [
        {"utm_source": "douyin", "utm_campaign": "SUMMER", "clickid": "c-77"},
        {"bd_vid": "b"},
        {"gclid": "g-1"},
        {"gclid": "g-2"},
    ]


NOT_BOUGHT = {
    "all": [
        {"events": {"name": "watch_live", "window": {"days": 7},
                    "where": {"properties": {"room": "R1", "seconds": {"op": ">=", "value": 300}}}}},
        {"not": {"orders": {"aggregate": "count", "window": {"days": 7}}}},
    ]
}  # fmt: skip


@pytest.mark.requirement("IDN-011")
def test_who_watched_the_stream_and_bought_nothing_is_in_the_audience(house):
    now = dt.datetime.fromisoformat(day(3))
    watched = {"room": "R1", "seconds": 320}
    accept(
        *(account(f"u{n}", channel="app") for n in range(4)),
        *(event("watch_live", f"u{n}", on=1, properties=watched) for n in range(2)),
        event("watch_live", "u2", on=1, properties=watched | {"seconds": 20}),
        event("watch_live", "u3", on=1, properties=watched | {"room": "R2"}),
        order("o1", "u1", on=1),
        now=now,
    )
    seen = audiences.preview(condition=NOT_BOUGHT, node=house["g"], as_of=now, size=10)
    assert (seen.count, list(seen.sample)) == (1, [person("u0").pk])

    accept(order("o2", "u0", on=2), now=now)
    assert audiences.preview(condition=NOT_BOUGHT, node=house["g"], as_of=now, size=10).count == 0


@pytest.mark.requirement("IDN-015")
def test_a_form_with_an_e_mail_joins_the_anonymous_views_to_it(house):
    site = factories.channel(organization=house["b1"], code="site", kind="website").code
    views = [event("page_view", channel=site, on=n, identifiers=[COOKIE]) for n in (1, 2)]
    mail = {"kind": "email", "value": "Li.Lei@example.com"}
    form = event("form_submit", channel=site, on=3, identifiers=[COOKIE, mail], properties={"form": "trial"})
    accept(*views, form)
    assert Member.objects.active().count() == 1

    accept(account("u1", on=4, identifiers=[mail | {"value": "li.lei@example.com"}]))
    assert {"page_view", "form_submit"} <= timeline(person())


def test_events_of_the_own_mall_and_the_order_that_they_lead_to(house):
    steps = ("product_view", "add_to_cart", "checkout")
    accept(
        account("m1", channel="mall"),
        *(event(name, "m1", channel="mall", properties={"sku": "S1"}) for name in steps),
        order("SO-1", "m1", channel="mall", status="created"),
        order("SO-1", "m1", channel="mall", on=2, status="paid"),
    )
    assert {*steps, "order.created", "order.paid"} <= timeline(person("m1"))
    assert person("m1").profile.account_count == 1
    assert Order.objects.get().status == "paid"
    assert Order.objects.get().occurred_at < NOW
