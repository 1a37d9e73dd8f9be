"""The wheel of windows of days: one column of a scan tells when the next of its facts leaves a window."""

import datetime as dt
from random import Random

import pytest
from django.db import connection

from members.models import Return
from tags.actions import compute, turning
from tags.conditions import moments
from tags.conditions import turning as turns
from tags.conditions.sql import build
from tags.models import MemberTags, MemberTurn
from tests import factories
from tests.tags import world
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db


def counted(town, code: str, days: int, figure: str = "count", more: int = 1):
    test = {"aggregate": figure, "window": {"days": days}, "op": ">=", "value": more}
    return factories.tag(organization=town.group, code=code, values=[("yes", {"orders": test})])


def midnight_of(days_from_now: int) -> dt.datetime:
    return moments.start_of(moments.day_of(NOW) + dt.timedelta(days=days_from_now))


@pytest.mark.parametrize("restricted", [False, True])
def test_of_several_windows_the_next_one_counts(town, restricted):
    tags = [counted(town, f"last_{days}", days) for days in (7, 30, 90)]
    member = world.person(town)
    factories.order(account=member.account, at=world.days_ago(5))
    compute.compute(now=NOW, members=[member.pk] if restricted else None)
    for left, day in ((2, 3), (1, 26), (0, 86)):
        assert MemberTurn.objects.get(member=member).due_at == midnight_of(day)
        assert turning.turn(now=midnight_of(day)) == 1
        assert len(MemberTags.objects.get(member=member).values) == left
    assert not MemberTurn.objects.filter(member=member).exists()
    assert [tag.code for tag in tags] == ["last_7", "last_30", "last_90"]


@pytest.mark.parametrize("restricted", [False, True])
def test_a_return_without_a_sale_leaves_its_window_too(town, restricted):
    counted(town, "spends", 30, "amount", 100)
    member = world.person(town)
    factories.order(account=member.account, amount=120, at=world.days_ago(1))
    back = factories.returned(
        order=factories.order(account=member.account, at=world.days_ago(60)), amount=50, at=world.days_ago(28)
    )
    Return.objects.filter(pk=back.pk).update(order=None)
    compute.compute(now=NOW, members=[member.pk] if restricted else None)
    assert not MemberTags.objects.filter(member=member).exclude(values=[]).exists()
    assert turning.turn(now=midnight_of(3)) == 1
    assert MemberTags.objects.exclude(values=[]).get().member == member


@pytest.mark.parametrize(
    "zone", ["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]
)
def test_leaving_is_never_too_late_nor_a_day_too_early_and_always_to_come(settings, zone):
    settings.TIME_ZONE = zone
    rng = Random(zone)
    for _round in range(300):
        as_of = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=rng.randrange(400 * 86_400))
        days = rng.choice([0, 1, 7, 30, 180])
        since = moments.start_of(moments.day_of(as_of) - dt.timedelta(days=days))
        fact = since + dt.timedelta(seconds=rng.randrange(int((as_of - since).total_seconds()) + 1))
        leaves = moments.start_of(moments.day_of(fact) + dt.timedelta(days=days + 1))
        aged = build("{at}::timestamptz", at=fact + dt.timedelta(hours=24 * (days + 1)))
        with connection.cursor() as cursor:
            statement = turns.due([turns.Turn(aged, by_day=True)], as_of)
            cursor.execute(f"SELECT {statement.text}", statement.params)
            (told,) = cursor.fetchone()
        assert as_of < told <= leaves
        assert leaves - told <= dt.timedelta(hours=25)
