"""Tags that are numbers: computed, kept, compared, and told since when."""

import datetime as dt

import pytest
from django.db import connection

from tags.actions import compute
from tags.conditions.faults import Fault
from tags.models import MemberTags, Tag, TagChange
from tags.queries import at_moment, histories
from tests import factories
from tests.tags import world
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db

ORDERS = {"orders": {"aggregate": "count", "window": {"days": 365}}}
AMOUNT = {"orders": {"aggregate": "amount"}}


def number(town, code, measure, **fields) -> Tag:
    return factories.tag(organization=town.group, code=code, shape="number", measure=measure, **fields)


def held(tag: Tag) -> dict[int, float | None]:
    rows = MemberTags.objects.values_list("member", "numbers")
    return {member: numbers[tag.slot - 1] if len(numbers) >= tag.slot else None for member, numbers in rows}


def buyer(town, *, orders: int, amount: int = 100):
    member = world.person(town)
    for day in range(orders):
        factories.order(account=member.account, amount=amount, at=world.days_ago(day + 1))
    return member


@pytest.mark.requirement("TAG-005")
@pytest.mark.parametrize("restricted", [False, True])
def test_orders_of_a_year_net_of_what_came_back(town, restricted):
    tag = number(town, "order_count_365d", ORDERS)
    member = buyer(town, orders=4)
    only = [member.pk] if restricted else None
    compute.compute(now=NOW, members=only)
    assert held(tag) == {member.pk: 4}
    factories.returned(order=member.account.orders.first(), amount="100", at=NOW)
    compute.compute(now=NOW, members=only)
    assert held(tag) == {member.pk: 3}
    assert [said for _at, said in histories.numbers(member=member.pk, slot=tag.slot)] == [4, 3]


def test_numbers_stand_side_by_side_and_a_new_one_disturbs_none(town):
    orders = number(town, "orders", ORDERS)
    member = buyer(town, orders=2)
    compute.compute(now=NOW)
    amount = number(town, "amount", AMOUNT)
    compute.compute(now=NOW, tags=["amount"])
    assert (held(orders), held(amount)) == ({member.pk: 2}, {member.pk: 200})
    assert list(TagChange.objects.order_by("id").values_list("slots", "numbers")) == [
        ([1], [2]),
        ([2], [200]),
    ]
    before = TagChange.objects.count()
    compute.compute(now=NOW)
    compute.compute(now=NOW, members=[member.pk])
    assert TagChange.objects.count() == before


def at(days: int) -> dt.datetime:
    return NOW + dt.timedelta(days=days)


def on(tag: Tag, days: int) -> dict[int, float | None]:
    query = at_moment.numbers(tag=tag, at=at(days))
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.params)
        return dict(cursor.fetchall())


@pytest.mark.parametrize("restricted", [False, True])
def test_days_that_only_pass_are_kept_and_are_no_change(town, restricted):
    since = number(town, "since", {"orders": {"aggregate": "days_since_last"}})
    orders = number(town, "orders", ORDERS)
    member, idle = buyer(town, orders=2), world.person(town)
    only = [member.pk, idle.pk] if restricted else None

    def computed(days: int, **which) -> float:
        compute.compute(now=at(days), members=only, **which)
        return held(since)[member.pk]

    assert [computed(days) for days in (0, 1, 4)] == [1, 2, 5]
    assert TagChange.objects.filter(member=member).count() == 1
    factories.order(account=member.account, at=at(5))
    assert [computed(days) for days in (5, 6)] == [0, 1]
    factories.order(account=member.account, at=at(7))
    assert [computed(days) for days in (7, 8)] == [0, 1]
    assert computed(9, tags=["orders"]) == 1
    assert computed(11) == 4
    assert [on(since, days)[member.pk] for days in (0, 1, 3, 4, 5, 6, 7, 8, 10)] == [
        1,
        2,
        4,
        5,
        0,
        1,
        0,
        1,
        3,
    ]
    assert on(orders, 6)[member.pk] == 3
    told = TagChange.objects.filter(member=member).order_by("id").values_list("slots", "numbers")
    assert list(told)[:2] == [([1, 2], [1, 2]), ([1, 2], [0, 3])]
    factories.returned(order=member.account.orders.latest("occurred_at"), amount="100", at=at(12))
    assert computed(12) == 7
    assert on(since, 12)[member.pk] == 7


def test_a_retired_number_is_forgotten(town):
    tag, other = number(town, "orders", ORDERS), number(town, "amount", AMOUNT)
    member = buyer(town, orders=1)
    compute.compute(now=NOW)
    Tag.objects.filter(pk=tag.pk).update(status="retired", retired_at=NOW)
    compute.compute(now=NOW, members=[member.pk])
    assert (held(tag)[member.pk], held(other)[member.pk]) == (None, 100)


@pytest.mark.parametrize("restricted", [False, True])
def test_conditions_compare_numbers(town, restricted):
    number(town, "orders", {"orders": {"aggregate": "average"}})
    big, small, none = buyer(town, orders=1, amount=900), buyer(town, orders=1), world.person(town)
    compute.compute(now=NOW)
    members = [big.pk, small.pk, none.pk] if restricted else None

    def who(**test):
        return world.chosen(town, {"tag": {"tag": "orders", **test}}, members=members)

    assert who(op=">=", value=900) == {big.pk}
    assert who(op="between", value=[50, 899]) == {small.pk}
    assert who() == who(op="known") == {big.pk, small.pk}
    assert who(op="unknown") == {none.pk}


def test_a_tag_that_asks_for_a_number_is_computed_after_it(town):
    number(town, "orders", ORDERS)
    factories.tag(
        organization=town.group,
        code="often",
        values=[("yes", {"tag": {"tag": "orders", "op": ">=", "value": 2}})],
    )
    often, once = buyer(town, orders=2), buyer(town, orders=1)
    compute.compute(now=NOW)
    compute.compute(now=NOW, members=[often.pk, once.pk])
    assert {row.member_id for row in MemberTags.objects.exclude(values=[])} == {often.pk}


@pytest.mark.parametrize(
    ("measure", "place"),
    [
        ({"orders": {"aggregate": "count", "op": ">=", "value": 1}}, "orders"),
        ({"profile": {"field": "age"}}, "profile.op"),
        ({"consent": {"purpose": "marketing", "touchpoint": "sms"}}, "consent"),
        ({"orders": 3}, "orders"),
    ],
)
def test_what_measures_nothing_is_refused(town, measure, place):
    from tags.conditions import parse
    from tags.queries import catalogue

    with pytest.raises(Fault) as fault:
        parse.measure(measure, catalogue=catalogue.at(node=town.group))
    assert fault.value.place.startswith(place.split(".")[0])


@pytest.mark.parametrize(
    ("tag", "fields", "place"),
    [("orders", {"value": 3}, "tag"), ("buyer", {"op": ">=", "value": 3}, "tag.op")],
)
def test_a_value_of_the_wrong_sort_is_refused_at_its_place(town, tag, fields, place):
    number(town, "orders", ORDERS)
    factories.tag(organization=town.group, code="buyer", values=[("yes", {"orders": {"aggregate": "count"}})])
    with pytest.raises(Fault) as fault:
        world.chosen(town, {"tag": {"tag": tag, **fields}})
    assert fault.value.place == place


def test_who_carried_what_on_a_day(town):
    tag = factories.tag(
        organization=town.group, code="buyer", values=[("yes", {"orders": {"aggregate": "count"}})]
    )
    (value,) = tag.values.all()
    member = world.person(town)
    order = factories.order(account=member.account, amount=100, at=world.days_ago(2))
    compute.compute(now=NOW)
    factories.returned(order=order, amount="100", at=NOW)
    compute.compute(now=NOW + dt.timedelta(days=3))
    moments = [NOW - dt.timedelta(days=1), NOW, NOW + dt.timedelta(days=2), NOW + dt.timedelta(days=3)]
    assert [histories.holders(value=value.pk, at=at) for at in moments] == [
        set(),
        {member.pk},
        {member.pk},
        set(),
    ]
