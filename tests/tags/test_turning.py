"""The wheel: time alone changes an answer, and only those are computed whose turn it is."""

import datetime as dt

import pytest

from tags.actions import compute, turning
from tags.models import MemberTags, MemberTurn, TagRun
from tests import factories
from tests.tags import world
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


def held(member) -> bool:
    return MemberTags.objects.filter(member=member).exclude(values=[]).exists()


def recent(town, days=30):
    return factories.tag(
        organization=town.group,
        code="recent",
        values=[("yes", {"orders": {"aggregate": "count", "window": {"days": days}}})],
    )


@pytest.mark.parametrize("restricted", [False, True])
def test_an_order_leaves_the_window_and_its_member_is_computed_then(town, restricted):
    recent(town)
    early, late = world.person(town), world.person(town)
    factories.order(account=early.account, at=world.days_ago(29.7))
    factories.order(account=late.account, at=world.days_ago(10))
    compute.compute(now=NOW, members=[early.pk, late.pk] if restricted else None)
    assert held(early)
    turns = dict(MemberTurn.objects.values_list("member", "due_at"))
    assert turns[early.pk] < turns[late.pk]
    assert turning.turn(now=turns[early.pk] - HOUR) == 0
    assert turning.turn(now=turns[early.pk]) == 1
    assert not held(early)
    assert held(late)
    assert TagRun.objects.latest("id").members == 1
    assert turning.turn(now=turns[early.pk]) == 0


def test_a_turn_that_changes_nothing_comes_once(town):
    recent(town)
    member = world.person(town)
    factories.order(account=member.account, at=world.days_ago(29.7))
    factories.order(account=member.account, at=world.days_ago(1))
    compute.compute(now=NOW)
    first = MemberTurn.objects.get(member=member).due_at
    assert turning.turn(now=first) == 1
    assert held(member)
    assert MemberTurn.objects.get(member=member).due_at > first


def test_who_has_nothing_to_wait_for_has_no_turn(town):
    recent(town)
    member = world.person(town)
    compute.compute(now=NOW)
    assert not MemberTurn.objects.filter(member=member).exists()


def test_a_tag_given_until_an_hour_ends_at_that_hour(town):
    from members.models import LabelStatement

    tag = factories.tag(organization=town.group, code="target", source="strategy", values=["618"])
    member = world.person(town)
    LabelStatement.objects.create(
        account=member.account, source=f"tag:{tag.code}", labels=["618"], stated_at=NOW, expires_at=NOW + HOUR
    )
    compute.compute(now=NOW, members=[member.pk])
    assert held(member)
    assert turning.turn(now=NOW + HOUR / 2) == 0
    assert turning.turn(now=NOW + HOUR) == 1
    assert not held(member)


def test_a_birthday_changes_the_age_and_nobody_else_is_looked_at(town):
    factories.tag(
        organization=town.group,
        code="adult",
        values=[("yes", {"profile": {"field": "age", "op": ">=", "value": 18}})],
    )
    today = NOW.date()
    child = world.person(town, birth_date=today.replace(year=today.year - 18) + dt.timedelta(days=1))
    world.person(town, birth_date=today.replace(year=today.year - 30) + dt.timedelta(days=100))
    compute.compute(now=NOW)
    assert not held(child)
    assert turning.turn(now=NOW) == 0
    assert turning.turn(now=NOW + dt.timedelta(days=1)) == 1
    assert held(child)
