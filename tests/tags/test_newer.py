"""What is known about a member never becomes older: while everybody is computed, and when a channel's clock is ahead."""

import datetime as dt
import time

import pytest
from django.db import connection, transaction

from members.models import Membership
from tags.actions import compute, everybody, follow, turning
from tags.models import MemberTurn, TagChange, TagRun
from tests import factories
from tests.connections import Side, together
from tests.tags import world
from tests.tags.test_compute import held, rule
from tests.tags.test_follow import bought
from tests.tags.world import NOW

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("alone_on_the_server")]
SECOND = dt.timedelta(seconds=1)
NO_ORDER = {"orders": {"aggregate": "count", "op": "=", "value": 0}}


@pytest.fixture
def town(transactional_db) -> world.World:
    return world.build()


@pytest.fixture
def before_merging(monkeypatch):
    """Do something on another connection once everything is computed and nothing is merged."""
    merge = everybody._merge

    def does(*works):
        def meanwhile(*given, **named):
            for work in works:
                together(work)
            return merge(*given, **named)

        monkeypatch.setattr(everybody, "_merge", meanwhile)

    return does


def test_a_fact_of_after_the_start_of_a_run_stays_known(town, before_merging):
    rule(town)
    buyer = world.person(town)
    before_merging(
        lambda: bought(buyer.account, at=NOW + 30 * SECOND),
        lambda: follow.follow(now=NOW + 31 * SECOND),
    )
    compute.compute(now=NOW)
    assert held() == {(buyer.pk, "buyer", "yes")}
    assert TagChange.objects.count() == 1


def test_what_time_ended_during_a_run_stays_ended(town, before_merging):
    recently = {"orders": {"aggregate": "count", "window": {"days": 30}}}
    rule(town, condition=recently)
    buyer = world.person(town)
    factories.order(account=buyer.account, at=world.days_ago(29.7))
    compute.compute(now=NOW)
    turn = MemberTurn.objects.get(member=buyer).due_at
    before_merging(lambda: time.sleep(0.2), lambda: turning.turn(now=turn))
    compute.compute(now=turn - SECOND / 10)
    assert (held(), TagChange.objects.count()) == (set(), 2)


def test_a_fact_of_a_clock_ahead_counts_on(town):
    rule(town)
    buyer = world.person(town)
    bought(buyer.account, at=NOW + 120 * SECOND)
    assert follow.follow(now=NOW)
    with transaction.atomic():
        factories.event(account=buyer.account, name="page.viewed", at=NOW + SECOND)
    assert follow.follow(now=NOW + 2 * SECOND)
    assert held() == {(buyer.pk, "buyer", "yes")}
    compute.compute(now=NOW + 3 * SECOND)
    assert held() == {(buyer.pk, "buyer", "yes")}
    assert TagChange.objects.count() == 1


def test_a_run_that_waited_for_another_reads_what_there_is_by_then(town):
    buyer = world.person(town)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [everybody.RUNNING])
    waiting = Side(lambda: compute.compute(now=NOW))
    assert waiting.waits()
    town.nodes["b3"] = factories.organization(kind="brand", code="b3", parent=town.group)
    Membership.objects.create(
        account=buyer.account, organization=town.nodes["b3"], known_at=world.days_ago(1)
    )
    rule(town, "late", condition=NO_ORDER, node="b3")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [everybody.RUNNING])
    waiting.ended()
    assert held() == {(buyer.pk, "late", "yes")}
    assert TagRun.objects.get().started_at > NOW + SECOND
