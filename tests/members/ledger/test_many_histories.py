"""Three connections play histories of their own over the same people at once: whatever they do beside each other, every
receipt is one posting, everything adds up, and joining and parting changes nothing."""

import datetime as dt
import itertools

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from members.actions import adjustments, conversions, holds, points, purses, reversals
from members.ledger.amounts import Unfit
from members.models import Hold, Lot, Posting, Purse, Wallet
from members.queries import balances
from tests import factories
from tests.connections import at_once
from tests.members.ledger.purses import DAY, NOW, accounts, book, faults, key, merge, split

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = 3
REFUSALS = (
    points.NotEnough, reversals.NotReversible, holds.HoldOver, holds.HoldEnded, Unfit, points.Closed,
)  # fmt: skip
NAMES = (
    "earn", "earn", "spend", "reverse", "hold", "hold", "commit", "cancel", "lapse", "expire", "give", "convert", "adjust",
    "top_up", "pay", "refund", "pay_out", "merge", "split", "wait",
)  # fmt: skip
STEPS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.integers(0, NUMBER - 1), st.integers(1, 12)), min_size=8, max_size=20
)


class World:
    """What the connections share; `told`: every posting of which somebody has a receipt."""

    def __init__(self) -> None:
        group = factories.organization()
        made = {"organization": group, "expiry": "months_after", "expiry_months": 1}
        self.points, self.stars, self.paid_in, self.on_top = (
            book(code=f"{group.code}-{name}", worth=worth, kind=kind, **made)
            for name, worth, kind in (
                ("points", 2, "points"), ("stars", 3, "points"), ("paid-in", None, "stored_value_principal"),
                ("on-top", None, "stored_value_bonus"),
            )
        )  # fmt: skip
        self.purse = Purse.objects.create(
            organization=group, code=group.code, name="Card", principal=self.paid_in, bonus=self.on_top
        )
        self.place, self.accounts = group, accounts(NUMBER, organization=group)
        self.clerk = factories.staff()
        self.told, self.holds, self.payments = [], [], []
        for account in self.accounts:
            self.tell(points.earn(account=account, book=self.points, amount=15, key=key(), now=NOW))

    def tell(self, *receipts) -> None:
        self.told += [each.posting for each in receipts if each]

    def snapshot(self) -> list:
        models = (Wallet, Lot, Hold, Posting)
        return [list(model.objects.order_by("pk").values_list()) for model in models]


class Till:
    """One connection, with a clock of its own."""

    def __init__(self, world: World) -> None:
        self.world, self.now = world, NOW

    def play(self, steps) -> None:
        for name, number, size in steps:
            try:
                getattr(self, name)(self.world.accounts[number], size)
            except REFUSALS:
                continue

    def _asked(self, account, size, **more):
        return {
            "account": account,
            "book": self.world.points,
            "amount": size,
            "key": key(),
            "now": self.now,
        } | more

    def earn(self, account, size):
        self.world.tell(points.earn(**self._asked(account, size)))

    def spend(self, account, size):
        self.world.tell(points.spend(**self._asked(account, size)))

    def reverse(self, _account, size):
        told = self.world.told
        posting = Posting.objects.select_related("book", "corrects").get(pk=told[-1 - size % len(told)])
        self.world.tell(points.reverse(posting=posting, amount=size, key=key(), now=self.now))

    def hold(self, account, size):
        parts = [holds.Part(self.world.points, size), holds.Part(self.world.stars, 1)][: 1 + size % 2]
        until = self.now + 5 * DAY
        held = holds.place(account=account, parts=parts, key=key(), until=until, now=self.now)
        self.world.tell(*held.receipts)
        self.world.holds.append(held.key)

    def commit(self, _account, size):
        self._end(size, holds.commit)

    def cancel(self, _account, size):
        self._end(size, holds.cancel)

    def _end(self, size, verb):
        if held := self.world.holds:
            self.world.tell(*verb(key=held[-1 - size % len(held)], now=self.now).receipts)

    def lapse(self, _account, _size):
        holds.lapse(now=self.now)

    def expire(self, _account, _size):
        points.expire(now=self.now)

    def give(self, account, size):
        to = self.world.accounts[(self.world.accounts.index(account) + 1) % NUMBER]
        self.world.tell(points.give(**self._asked(account, size), to=to))

    def convert(self, account, size):
        there, back = self.world.points, self.world.stars
        if size % 3 == 0:
            there, back = back, there
        done = conversions.convert(**self._asked(account, size, book=there), into=back)
        self.world.tell(done.out, done.into)

    def adjust(self, account, size):
        by = {"by": self.world.clerk, "reason": "counted again"}
        done = adjustments.ask(**self._asked(account, -size if size % 2 else size), **by)
        self.world.tell(done if hasattr(done, "posting") else None)

    def _card(self, verb, account, **more):
        own = {"account": account, "purse": self.world.purse, "organization": self.world.place}
        done = verb(**own, key=key(), now=self.now, **more)
        self.world.tell(done.principal, done.bonus)

    def top_up(self, account, size):
        self._card(purses.top_up, account, principal=size, bonus=size % 4)

    def pay(self, account, size):
        name = key()
        own = {"account": account, "purse": self.world.purse, "organization": self.world.place}
        done = purses.spend(**own, amount=size, key=name, now=self.now)
        self.world.tell(done.principal, done.bonus)
        self.world.payments.append(name)

    def refund(self, _account, size):
        if paid := self.world.payments:
            name = paid[-1 - size % len(paid)]
            done = purses.refund(
                purse=self.world.purse, key_of_spend=name, amount=size, key=key(), now=self.now
            )
            self.world.tell(done.principal, done.bonus)

    def pay_out(self, account, size):
        self._card(purses.pay_out, account, amount=size)

    def merge(self, account, size):
        merge(account, self.world.accounts[size % NUMBER])

    def split(self, account, _size):
        split(account)

    def wait(self, _account, size):
        self.now += dt.timedelta(days=size)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)  # fmt: skip
@given(histories=st.tuples(STEPS, STEPS, STEPS))
def test_three_connections_at_once_leave_a_ledger_that_adds_up(transactional_db, histories):
    world = World()
    found = at_once(*(lambda steps=steps: Till(world).play(steps) for steps in histories))
    assert found == [None] * 3
    assert faults() == []
    mine = Posting.objects.filter(book__organization=world.place)
    silent = set(mine.exclude(pk__in=world.told).values_list("verb", "hold__state"))
    assert silent <= {("expire", None), ("release", "lapsed")}
    everybody_alone(world)
    before = world.snapshot()
    alone = of_each(world)
    for pair in itertools.combinations(world.accounts, 2):
        merge(*pair)
    merge(*world.accounts)
    assert of_all(world) == total(alone)
    everybody_alone(world)
    assert (world.snapshot(), of_each(world)) == (before, alone)


def everybody_alone(world):
    split(*world.accounts)


def of_each(world) -> list[dict]:
    """What each account's own person has, by book: booked, available, held."""
    later = NOW + 20 * DAY
    return [
        {each.code: (each.booked, each.available, each.waiting, each.held)
         for each in balances.of(members=[account.minted_id], now=later)}
        for account in world.accounts
    ]  # fmt: skip


def of_all(world) -> dict:
    return of_each(world)[0]


def total(each: list[dict]) -> dict:
    books = {code for held in each for code in held}
    nothing = (0, 0, 0, 0)
    return {
        code: tuple(map(sum, zip(*(held.get(code, nothing) for held in each), strict=True))) for code in books
    }
