"""Any history of earning, spending, reversing, expiring, joining and parting leaves what a ledger of coins leaves."""

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.actions import points, reversals
from members.models import Posting, Wallet
from members.queries import proofs
from tests import factories
from tests.members.ledger import purses
from tests.members.ledger.coins import Coins, Refused
from tests.members.ledger.purses import NOW

NUMBER = 3
few = st.integers(0, NUMBER - 1)
STEPS = st.one_of(
    st.tuples(st.just("earn"), few, st.integers(1, 9)),
    st.tuples(st.just("earn"), few, st.integers(1, 9)),
    st.tuples(st.just("spend"), few, st.integers(1, 12)),
    st.tuples(st.just("reverse"), st.integers(0, 20), st.integers(1, 9)),
    st.tuples(st.just("merge"), few, few),
    st.tuples(st.just("split"), few, few),
    st.tuples(st.just("expire"), few, few),
    st.tuples(st.just("wait"), st.integers(1, 40), few),
)


class World:
    """The same history in the ledger and in coins."""

    def __init__(self, book, accounts) -> None:
        self.book, self.accounts = book, accounts
        self.now, self.coins, self.postings = NOW, Coins(NUMBER), []

    def play(self, step, one, other) -> None:
        try:
            getattr(self, step)(one, other)
        except (points.NotEnough, reversals.NotReversible):
            raise AssertionError(f"refused: {step} {one} {other}") from None

    def earn(self, account, size):
        receipt = purses.earn(self.accounts[account], self.book, size, at=self.now)
        self.coins.earn(account, size, ready=self.book.ready(self.now), ends=self.book.ends(self.now))
        self.postings.append(receipt.posting)

    def spend(self, account, size):
        asked = {"account": self.accounts[account], "book": self.book, "amount": size, "now": self.now}
        try:
            self.coins.spend(account, size, self.now)
        except Refused:
            with pytest.raises(points.NotEnough):
                points.spend(key=purses.key(), **asked)
        else:
            self.postings.append(points.spend(key=purses.key(), **asked).posting)

    def reverse(self, number, size):
        if not self.postings:
            return
        number %= len(self.postings)
        posting = Posting.objects.get(pk=self.postings[number])
        asked = {"posting": posting, "amount": size, "key": purses.key(), "now": self.now}
        try:
            done = self.coins.reverse(number, size, self.now)
        except Refused:
            with pytest.raises(reversals.NotReversible):
                points.reverse(**asked)
        else:
            receipt = points.reverse(**asked)
            assert (abs(receipt.amount), receipt.short) == (done, size - done)

    def merge(self, one, other):
        mates = self.coins.mates(one) | self.coins.mates(other)
        purses.merge(*(self.accounts[each] for each in sorted(mates)))
        self.coins.person |= dict.fromkeys(mates, min(mates))

    def split(self, one, _other):
        mates = self.coins.mates(one)
        purses.split(*(self.accounts[each] for each in mates))
        self.coins.person |= {each: each for each in mates}

    def expire(self, _one, _other):
        points.expire(now=self.now)
        self.coins.expire(self.now)

    def wait(self, days, _other):
        self.now += dt.timedelta(days=days)

    def check(self) -> None:
        balances = dict(Wallet.objects.filter(role="").values_list("account", "balance"))
        for number, account in enumerate(self.accounts):
            assert balances.get(account.pk, 0) == self.coins.booked(number)
            assert purses.available(account, self.book, at=self.now) == self.coins.available(number, self.now)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=3, max_size=14))
def test_the_ledger_does_what_coins_do(db, steps):
    with transaction.atomic():
        group = factories.organization()
        book = purses.book(
            organization=group, expiry="months_after", expiry_months=1, pending_days=1, code=group.code
        )
        world = World(book, purses.accounts(NUMBER, organization=group))
        for step in steps:
            world.play(*step)
            world.check()
        assert [each for each in proofs.findings() if each.count] == []
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_joining_and_parting_changes_nothing():
    group = factories.organization()
    book = purses.book(organization=group)
    one, other = purses.accounts(2, organization=group)
    purses.earn(one, book, 5)
    purses.earn(other, book, 7)
    before = list(Wallet.objects.order_by("id").values())
    purses.merge(one, other)
    assert purses.available(one, book) == 12
    purses.split(one, other)
    assert list(Wallet.objects.order_by("id").values()) == before
    assert (purses.available(one, book), purses.available(other, book)) == (5, 7)
