"""Accounts are looked at again after every change: by the worker, by the command, in any order and portion."""

import datetime as dt
import io
import itertools
from decimal import Decimal

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members import tasks
from members.actions import opening_rules, openings
from members.models import Account, OpeningRule
from tests import statements
from tests.identity import company
from tests.identity.company import NOW, accept
from tests.members.ledger.purses import available, faults
from tests.members.stating import begun, follow, holder, house, look, postings, rule, stated

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("within_its_transaction")]
_numbers = itertools.count(1)


@pytest.fixture
def club(db):
    return house()


def said(**options) -> str:
    out = io.StringIO()
    call_command("open_balances", stdout=out, **options)
    return out.getvalue()


def test_the_command_does_what_the_worker_does_and_a_second_run_nothing(club):
    opening_rules.begin(rule=rule(club), now=NOW)
    opening_rules.begin(rule=rule(club, "pos"), now=NOW)
    accept(stated("A", points="500"), stated("B", points="70"), stated("M", channel="mall", points="9"))
    assert said().startswith("2 accounts and ")
    assert said() == "0 accounts and 0 events looked at.\n"
    assert tasks.open_balances() == 0
    assert said(every_account=True) == "2 accounts and 0 events looked at.\n"
    accept(stated("A", on=1, points="501"))
    assert tasks.open_balances() > 0
    assert [row[1] for row in postings()] == [500, 70, 1]


def test_a_look_that_was_broken_off_goes_on_where_it_was(club):
    accept(*(stated(name, points="5") for name in "ABCDE"))
    opening_rules.begin(rule=rule(club), now=NOW)
    assert opening_rules.go_on(now=NOW, batch=2) == 2
    looked = OpeningRule.objects.get()
    assert (looked.looked_to, looked.looked_at) == (holder("B").pk, None)
    assert opening_rules.go_on(now=NOW, batch=2) == 2
    assert len(postings()) == 4
    look()
    assert OpeningRule.objects.get().looked_at == NOW
    assert len(postings()) == 5


def test_settling_takes_the_same_statements_for_one_account_and_for_many(club):
    begun(club)
    accept(stated("A", points="5"))
    one = settled()
    accept(*(stated(f"N{number}", points="5") for number in range(30)))
    many = settled()
    accept(*(stated(f"M{number}", points="5") for number in range(90)))
    assert len(settled()) == len(many) == len(one) + 1  # many are planned by index
    assert len(postings()) == 121


def settled() -> list[str]:
    accounts = list(Account.objects.values_list("pk", flat=True))
    with statements.counted() as sent:
        openings.settle(accounts=accounts, now=NOW)
    return sent


amounts = st.sampled_from([None, "0", "30", "45.5", "100"])


facts = st.lists(
    st.tuples(st.sampled_from("ABC"), st.integers(0, 6), amounts, st.booleans()), min_size=1, max_size=7
)


by_hand = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@by_hand
@given(facts, st.data())
def test_any_order_and_any_looks_give_what_was_stated_last(facts_club, said, data):
    """Against the latest statement of each account up to day 4, times 0.5, rounded down."""
    club = facts_club
    names = {name: f"{name}{next(_numbers)}" for name in "ABC"}
    for name, day, amount, later in data.draw(st.permutations(said)):
        said_of = {"points": amount} if amount is not None else {"tier": "gold"}
        accept(stated(names[name], on=day, **said_of))
        if later:
            follow()
    follow()
    for name in {each[0] for each in said}:
        known = [
            (day, Decimal(amount)) for who, day, amount, _later in said if who == name and amount and day <= 4
        ]
        expected = int(max(known)[1] / 2) if known else 0
        assert available(holder(names[name]), club["points"], at=NOW) == expected
    assert faults() == []


@pytest.fixture
def facts_club(club):
    begun(club, rate="0.5", until=dt.datetime.fromisoformat(company.day(4)))
    return club
