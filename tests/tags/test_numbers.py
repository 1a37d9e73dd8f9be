"""Tags that are numbers: computed, kept, compared, and told since when."""

import datetime as dt

import pytest

from tags.actions import compute
from tags.conditions.faults import Fault
from tags.models import MemberTags, Tag, TagChange
from tags.queries import histories
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
