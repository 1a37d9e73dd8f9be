"""Any history of earning, spending, holding, giving, reversing, expiring, joining and parting leaves what a ledger of coins leaves."""

import datetime as dt
from collections import Counter

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from members.actions import holds, points, reversals
from members.ledger.amounts import Unfit
from members.models import Entry, Lot, Posting, Wallet
from tests import factories
from tests.members.ledger import purses
from tests.members.ledger.coins import Coins, Refused
from tests.members.ledger.purses import NOW, faults

NUMBER = 3
few = st.integers(0, NUMBER - 1)
EARN, SPEND = (
    st.tuples(st.just("earn"), few, st.integers(1, 9)),
    st.tuples(st.just("spend"), few, st.integers(2, 12)),
)
REVERSE = st.tuples(st.just("reverse"), st.integers(0, 2), st.integers(1, 6))
WAIT = st.tuples(st.just("wait"), st.integers(1, 40), few)
HOLD = st.tuples(st.just("hold"), few, st.integers(2, 12))
COMMIT = st.tuples(st.just("commit"), st.integers(0, 2), st.integers(0, 12))
OTHERS = [
    st.tuples(st.just(name), few, few) for name in ("merge", "split", "expire", "lapse", "cancel", "give")
]
ADJUST = st.tuples(st.just("adjust"), few, st.integers(1, 6))
STEPS = st.one_of(EARN, WAIT, EARN, SPEND, REVERSE, SPEND, REVERSE, HOLD, COMMIT, HOLD, ADJUST, *OTHERS)
LASTS = dt.timedelta(days=10)


class World:
    """The same history in the ledger and in coins."""

    def __init__(self, book, accounts) -> None:
        self.book, self.accounts = book, accounts
        self.now, self.coins, self.postings = NOW, Coins(NUMBER), []
        self.keys, self.clerk = {}, factories.staff()

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
        self._both(
            lambda: self.coins.spend(account, size, self.now),
            lambda: points.spend(key=purses.key(), **asked).posting,
        )

    def adjust(self, account, size):
        asked = {"account": self.accounts[account], "book": self.book, "amount": -size, "now": self.now}
        asked |= {"by": self.clerk, "reason": "wrong", "key": purses.key()}
        self._both(
            lambda: self.coins.adjust_down(account, size, self.now), lambda: points.adjust(**asked).posting
        )

    def give(self, account, to):
        if to in self.coins.mates(account):
            return
        asked = {"account": self.accounts[account], "to": self.accounts[to], "book": self.book, "amount": 3}
        asked |= {"key": purses.key(), "now": self.now}
        self._both(lambda: self.coins.give(account, to, 3, self.now), lambda: points.give(**asked).posting)

    def hold(self, account, size):
        key, until = purses.key(), self.now + LASTS
        asked = {"account": self.accounts[account], "parts": [holds.Part(self.book, size)], "key": key}
        self.keys[len(self.postings)] = key
        self._both(
            lambda: self.coins.hold(account, size, self.now, until=until),
            lambda: holds.place(**asked, until=until, now=self.now).receipts[0].posting,
        )

    def commit(self, number, size):
        if not (still := self.coins.open_holds()):
            return
        number = still[number % len(still)]
        asked = {"key": self.keys[number], "amounts": {self.book.code: size}, "now": self.now}
        try:
            self.coins.commit(number, size, self.now)
        except Refused:
            with pytest.raises((holds.HoldOver, Unfit)):
                holds.commit(**asked)
        else:
            self._ended(holds.commit(**asked))

    def cancel(self, number, _other):
        if still := self.coins.open_holds():
            number = still[number % len(still)]
            self.coins.end(number, 0, self.now)
            self._ended(holds.cancel(key=self.keys[number], now=self.now))

    def lapse(self, _one, _other):
        self.coins.lapse(self.now)
        holds.lapse(now=self.now)

    def _ended(self, held):
        [receipt] = held.receipts
        if receipt.verb == "commit":
            self.postings.append(receipt.posting)

    def _both(self, play, post) -> None:
        try:
            play()
        except Refused:
            with pytest.raises(points.NotEnough):
                post()
        else:
            self.postings.append(post())

    def reverse(self, number, size):
        if not self.postings:
            return
        number = len(self.postings) - 1 - number % len(self.postings)
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

    def ends(self, account):
        left = Lot.objects.filter(wallet__account=account, remaining__gt=0)
        return dict(left.values_list("expires_at").annotate(Sum("remaining")))

    def check(self) -> None:
        balances = dict(Wallet.objects.filter(role="").values_list("account", "balance"))
        for number, account in enumerate(self.accounts):
            assert balances.get(account.pk, 0) == self.coins.booked(number)
            assert self.ends(account) == self.coins.ends(number)
            assert purses.available(account, self.book, at=self.now) == self.coins.available(number, self.now)

    def check_every_instant(self) -> None:
        """However late something was posted: nobody ever had less than nothing."""
        moved = Entry.objects.filter(wallet__account__isnull=False).values_list(
            "wallet", "posting__occurred_at"
        )
        standing = Counter()
        for wallet, _at, steps in sorted(moved.annotate(Sum("amount"))):
            standing[wallet] += steps
            assert standing[wallet] >= 0


@pytest.mark.django_db
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(
    steps=[
        *(("earn", 0, 5), ("wait", 3, 0), ("earn", 1, 5), ("wait", 3, 0), ("merge", 0, 1), ("spend", 1, 8)),
        *(("reverse", 0, 4), ("split", 0, 0), ("reverse", 1, 4), ("wait", 40, 0), ("reverse", 0, 2)),
    ]
)
@example(
    steps=[
        *(("earn", 0, 5), ("wait", 3, 0), ("earn", 1, 5), ("wait", 3, 0), ("merge", 0, 1), ("hold", 1, 8)),
        *(
            ("split", 0, 0),
            ("commit", 0, 6),
            ("reverse", 0, 3),
            ("hold", 1, 2),
            ("wait", 30, 0),
            ("lapse", 0, 0),
        ),
        *(
            ("reverse", 1, 2),
            ("earn", 2, 9),
            ("wait", 2, 0),
            ("give", 2, 0),
            ("adjust", 2, 4),
            ("cancel", 0, 0),
        ),
    ]
)
@example(
    steps=[
        *(
            ("earn", 0, 9),
            ("wait", 2, 0),
            ("spend", 0, 9),
            ("wait", 35, 0),
            ("earn", 0, 2),
            ("reverse", 1, 5),
        ),
        *(
            ("wait", 3, 0),
            ("reverse", 1, 2),
            ("wait", 5, 0),
            ("expire", 0, 0),
            ("wait", 40, 0),
            ("expire", 0, 0),
        ),
    ]
)
@given(steps=st.lists(STEPS, min_size=8, max_size=18))
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
        world.check_every_instant()
        assert faults() == []
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
