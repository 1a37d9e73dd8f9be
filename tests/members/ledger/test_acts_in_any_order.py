"""Whatever order actions arrive in, and however many at once, they earn the same."""

import datetime as dt
import io
from collections import Counter
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.actions import acts
from members.models import Event
from tests.identity.company import NOW, accept, account, event
from tests.members.ledger import deeds
from tests.members.ledger.deeds import again, earned, follow, plan, short, signed
from tests.members.ledger.purses import DAY
from tests.members.plans import action

pytestmark = pytest.mark.usefixtures("within_its_transaction")


@pytest.fixture
def house(db):
    return deeds.house()


def test_actions_before_the_first_plan_earn_when_all_are_looked_at(house):
    accept(signed(1), signed(2), signed(2, "u2"))
    follow()
    plan(house, action(house["book"], 5, per="once"), now=NOW)
    call_command("earn_points", every_action=True, stdout=io.StringIO())
    assert (earned(house), earned(house, "u2")) == (5, 5)
    call_command("earn_points", every_action=True, stdout=io.StringIO())
    again()


def test_many_actions_ask_as_many_questions_as_a_few(house, django_assert_max_num_queries):
    plan(house, action(house["book"], 5, per="day"))
    accept(*(account(f"n{each}") for each in range(90)))
    accept(*(signed(1, f"n{each}") for each in range(90)))
    told = list(Event.objects.filter(name="sign_in").order_by("id"))
    with CaptureQueriesContext(connection) as few:
        assert acts.settle(told=told[:25], now=NOW) == 25
    with django_assert_max_num_queries(len(few)):
        assert acts.settle(told=told[25:], now=NOW) == 65


HISTORY = [
    signed(1), signed(1, hour=12), signed(2, "u2"), signed(3, "u2", hour=3), signed(3, "u2", hour=20), signed(150),
    signed(151, hour=8), signed(151, hour=11), signed(151, "u2", hour=11), event("share", "u1", on=151, external_id="s1"),
    event("share", "u1", on=4, external_id="s1"), account("u3"), signed(6, "u3"), signed(151, "u3", hour=11),
]  # fmt: skip


DOUBLE = dt.datetime(2026, 6, 1, 10, tzinfo=dt.UTC)


def oracle() -> dict[str, int]:
    """What the actions of the history earn, reckoned from the rules of the test below."""
    found, had, zone = Counter(), set(), timezone.get_default_timezone()
    for each in sorted(
        (each for each in HISTORY if each["type"] == "event"), key=lambda each: each["occurred_at"]
    ):
        who, at = each["account"], dt.datetime.fromisoformat(each["occurred_at"])
        if each["name"] == "share":
            gains = {(who, each["external_id"]): 7}
        else:
            gains = {(who, at): 2, (who, at.astimezone(zone).date()): 5, who: 50}
        times = 2 if at >= DOUBLE and each["name"] == "sign_in" else 1
        found[who] += times * sum(gain for what, gain in gains.items() if what not in had)
        had |= gains.keys()
    return dict(found)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(HISTORY), st.lists(st.integers(0, 2), min_size=len(HISTORY), max_size=len(HISTORY)))
def test_any_order_of_arrival_earns_the_same(house, facts, follows):
    with transaction.atomic():
        plan(
            house, action(house["book"], 5, per="day"), action(house["book"], 2), action(house["book"], 50, per="once"),
            action(house["book"], 7, event="share"),
        )  # fmt: skip
        double = action(house["book"], times=Decimal(2), channels=["app"])
        short(house, double, starts_at=DOUBLE, ends_at=DOUBLE + DAY)
        for record, times in zip(facts, follows, strict=True):
            for _ in range(max(1, times)):
                accept(record)
            if times:
                follow()
        found = {each: earned(house, each) for each in ("u1", "u2", "u3")}
        transaction.set_rollback(True)
    assert found == oracle()
