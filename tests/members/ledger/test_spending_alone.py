"""A spending that is one call: the database draws what `drawing` would; whom it would wait for, it waits for under the locks."""

import datetime as dt
import threading

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from members.actions import points, postings, wallets
from members.ledger import drawing
from members.models import Lot, Wallet
from tests import factories
from tests.connections import Side, at_once
from tests.members.ledger.purses import DAY, NOW, accounts, available, book, earn, faults, merge

DRAW = "SELECT _wallets, _moves, _lots, _taken FROM members_draw(%s, %s, %s, %s)"
FIRST = 20  # lots that are looked at


@pytest.fixture
def people(transactional_db):
    group = factories.organization()
    one, other = accounts(2, organization=group)
    ours = book(organization=group)
    for account in (one, other):
        earn(account, ours, 100)
    merge(one, other)
    return one, other, ours


def drawn(account, ours, steps) -> tuple[dict, dict]:
    """{wallet: steps}, {lot: steps}."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(DRAW, [ours.pk, account.pk, steps, NOW])
        moved, moves, lots, taken = cursor.fetchone()
    return (dict(zip(moved, moves, strict=True)), dict(zip(lots, taken, strict=True))) if lots else ({}, {})


def chosen(lots, steps) -> tuple[dict, dict]:
    """The same by the rules in memory."""
    draft = postings.Draft(None, None, "", "", "", NOW, None)
    try:
        draft.draw(drawing.spend(lots, steps, now=NOW), {lot.id: lot.wallet for lot in lots})
    except drawing.NotEnough:
        return {}, {}
    return draft.moves, draft.uses


days = st.integers(-2, 2)
a_lot = st.tuples(st.integers(0, 1), st.integers(1, 9), st.integers(0, 9), days, st.none() | days)


@settings(max_examples=60, deadline=None)
@given(given=st.lists(a_lot, max_size=8), steps=st.integers(1, 40))
def test_the_database_draws_what_would_be_chosen_in_memory(django_db_setup, django_db_blocker, given, steps):
    with django_db_blocker.unblock(), transaction.atomic():
        group = factories.organization()
        pair, ours = accounts(2, organization=group), book(organization=group)
        merge(*pair)
        wallets.make(pairs=[(ours.pk, each.pk) for each in pair])
        own = {each.account_id: each.pk for each in Wallet.objects.filter(book=ours, account__in=pair)}
        for which, amount, left, ready, ends in given:
            Lot.objects.create(
                wallet_id=own[pair[which].pk], posting_id=0, amount=amount, remaining=min(left, amount),
                available_from=NOW + ready * DAY, expires_at=None if ends is None else NOW + ends * DAY,
            )  # fmt: skip
        expected = chosen(wallets.lots(wallets=own.values()), steps)
        assert drawn(pair[0], ours, steps) == drawn(pair[1], ours, steps) == expected
        transaction.set_rollback(True)


def test_many_lots_are_spent_though_only_the_first_are_looked_at(people):
    one, _other, ours = people
    for each in range(3 * FIRST):
        earn(one, ours, 1, at=NOW - dt.timedelta(seconds=each))
    assert len(drawn(one, ours, 100 + FIRST - 1)[1]) <= FIRST
    assert drawn(one, ours, 200 + 2 * FIRST) == ({}, {})
    spent = points.spend(account=one, book=ours, amount=200 + 2 * FIRST, key="many", now=NOW)
    assert spent.amount == -200 - 2 * FIRST
    assert available(one, ours) == FIRST


def overtaken(quick, slow) -> Side:
    """``slow`` begins while what ``quick`` wrote is not committed, waits for that, and ends."""
    written, end = threading.Event(), threading.Event()

    def first():
        with transaction.atomic():
            quick()
            written.set()
            assert end.wait(timeout=60)

    holding = Side(first)
    assert written.wait(timeout=60)
    waiting = Side(slow)
    assert waiting.waits()
    end.set()
    holding.ended()
    waiting.join(timeout=60)
    return waiting


def test_who_was_overtaken_spends_what_is_left(people):
    one, other, ours = people
    slow = overtaken(
        lambda: points.spend(account=other, book=ours, amount=150, key="quick", now=NOW),
        lambda: points.spend(account=one, book=ours, amount=50, key="slow", now=NOW),
    )
    assert slow.found.amount == -50
    assert available(one, ours) == 0
    assert faults() == []


def test_who_was_overtaken_and_lacks_some_is_refused(people):
    one, other, ours = people
    slow = overtaken(
        lambda: points.spend(account=other, book=ours, amount=150, key="quick", now=NOW),
        lambda: points.spend(account=one, book=ours, amount=51, key="slow", now=NOW),
    )
    assert isinstance(slow.error, points.NotEnough)
    assert available(one, ours) == 50


@pytest.mark.parametrize("amount", [30, 200])
def test_the_same_key_overtaken_by_itself_answers_the_same(people, amount):
    one, _other, ours = people
    asked = {"account": one, "book": ours, "amount": amount, "key": "once", "now": NOW}
    first = []
    slow = overtaken(lambda: first.append(points.spend(**asked)), lambda: points.spend(**asked))
    assert slow.found == first[0]
    assert available(one, ours) == 200 - amount


def test_nothing_is_drawn_while_somebody_is_at_a_wallet_of_the_person(people):
    one, other, ours = people
    held, end = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            wallets.lock_own(pairs=[(ours.pk, other.pk)])
            held.set()
            assert end.wait(timeout=60)

    holding = Side(hold)
    assert held.wait(timeout=60)
    assert drawn(one, ours, 1) == ({}, {})
    end.set()
    holding.ended()
    assert sum(drawn(one, ours, 1)[1].values()) == 1


def test_spendings_over_both_accounts_at_once_end_without_a_deadlock(people):
    one, other, ours = people
    asked = [
        lambda account=account, amount=amount: points.spend(
            account=account, book=ours, amount=amount, key=f"{account.pk}-{amount}", now=NOW
        )
        for account in (one, other)
        for amount in (101, 60, 30)
    ]
    found = at_once(*asked)
    assert {type(each) for each in found} <= {postings.Receipt, points.NotEnough}
    spent = -sum(each.amount for each in found if isinstance(each, postings.Receipt))
    assert available(one, ours) == 200 - spent
    assert faults() == []
