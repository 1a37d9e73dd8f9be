"""Holds, conversions and what happens beside them, from connections of their own."""

import pytest

from members.actions import holds, points
from members.actions.holds import Held
from members.actions.postings import KeyReused, Receipt
from members.models import Hold, Posting, Wallet
from tests.connections import at_once
from tests.members.ledger.purses import (
    DAY,
    NOW,
    accounts,
    available,
    book,
    earn,
    key,
    merge,
    spend,
    split,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("everything_adds_up")]
UNTIL = NOW + DAY


@pytest.fixture
def ours(group):
    return book(organization=group, expiry="months_after", expiry_months=1)


@pytest.fixture
def account(group, ours):
    [account] = accounts(1, organization=group)
    earn(account, ours, 100)
    return account


def place(account, *parts, name="h", **more):
    given = {"until": UNTIL, "now": NOW} | more
    return holds.place(account=account, parts=[holds.Part(*part) for part in parts], key=name, **given)


def of(kind, found) -> int:
    return sum(isinstance(each, kind) for each in found)


def test_both_ends_of_a_hold_at_once_are_one_end(ours, account):
    for round in range(3):
        name = f"h{round}"
        before = available(account, ours)
        place(account, (ours, 10), name=name)
        found = at_once(
            lambda name=name: holds.commit(key=name, now=UNTIL - DAY / 2),
            lambda name=name: holds.cancel(key=name, now=UNTIL - DAY / 2),
            lambda: holds.lapse(now=UNTIL),
        )
        state = Hold.objects.get(key=name).state
        assert state != "open"
        assert of(Held, found) == (state != "lapsed")
        assert available(account, ours) == before - (10 if state == "committed" else 0)
        assert Posting.objects.filter(hold__key=name, verb__in=["commit", "release"]).count() == 1


def test_the_last_points_are_held_or_spent_but_not_both(ours, account):
    found = at_once(
        lambda: place(account, (ours, 70)),
        lambda: spend(account, ours, 70),
        lambda: place(account, (ours, 70), name="other"),
    )
    assert (of((Held, Receipt), found), of(points.NotEnough, found)) == (1, 2)
    assert available(account, ours) == 30


def test_the_same_hold_twice_at_once_is_one_and_for_two_people_one_is_refused(group, ours, account):
    found = at_once(*(lambda: place(account, (ours, 20)) for _ in range(3)))
    assert len(set(found)) == 1
    [other] = accounts(1, organization=group)
    earn(other, ours, 100)
    found = at_once(*(lambda each=each: place(each, (ours, 20), name="b") for each in (account, other)))
    assert (of(Held, found), of(KeyReused, found)) == (1, 1)
    assert available(account, ours) + available(other, ours) == 160


def test_holds_over_two_books_in_either_order_wait_for_each_other(group, ours, account):
    money = book(organization=group, code="money", kind="gift_card")
    earn(account, money, 100)
    both = [(ours, 10), (money, 10)]
    found = at_once(
        *(lambda n=n: place(account, *(both[:: 1 if n % 2 else -1]), name=str(n)) for n in range(6))
    )
    assert of(Held, found) == 6
    assert (available(account, ours), available(account, money)) == (40, 40)


def test_expiry_beside_a_hold_that_ends(ours, account):
    later = NOW + 60 * DAY
    place(account, (ours, 60), until=later)
    found = at_once(
        lambda: points.expire(now=later),
        lambda: holds.lapse(now=later),
        lambda: points.expire(now=later),
    )
    assert of(Exception, found) == 0
    while points.expire(now=later):
        pass
    assert Wallet.objects.get(account=account).balance == 0


def test_joining_and_parting_beside_holds(group, ours, account):
    [other] = accounts(1, organization=group)
    earn(other, ours, 100)
    pair = (account, other)

    def hold(n):
        place(pair[n % 2], (ours, 15), name=str(n))  # while joined, all six may take of the same account
        (holds.commit if n % 3 else holds.cancel)(key=str(n), now=NOW)

    moving = [lambda: merge(*pair), lambda: split(*pair)] * 2
    found = at_once(*moving, *(lambda n=n: hold(n) for n in range(6)))
    assert of(Exception, found) == 0
    assert sum(Wallet.objects.filter(role="").values_list("balance", flat=True)) == 200 - 60


def test_earning_needs_no_lock_and_loses_nothing(group, ours, account):
    [fresh] = accounts(1, organization=group)
    found = at_once(
        *(lambda: earn(fresh, ours, 10) for _ in range(4)),
        *(lambda: earn(account, ours, 10) for _ in range(2)),
        *(lambda: spend(account, ours, 10) for _ in range(2)),
    )
    assert of(Receipt, found) == 8
    assert (available(fresh, ours), available(account, ours)) == (40, 100)


def test_one_key_for_earning_and_spending_at_once_is_one_of_them(ours, account):
    for _ in range(4):
        name = key()
        found = at_once(
            lambda name=name: earn(account, ours, 10, key=name),
            lambda name=name: spend(account, ours, 10, key=name),
        )
        assert (of(Receipt, found), of(KeyReused, found)) == (1, 1)
