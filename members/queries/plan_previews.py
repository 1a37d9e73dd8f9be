"""What a draft would have made of the orders of the last days, beside what the plans in force made of them."""

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal

from members.models import Account, Book, Order, Plan
from members.queries import earnings, rulebooks

MOST = 20_000


@dataclass(frozen=True)
class Change:
    """In one book: what orders earned and would earn, in its unit, and how many people would have more or less."""

    book: Book
    before: Decimal
    after: Decimal
    gain: int
    lose: int

    @property
    def more(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True)
class Preview:
    """``orders``: how many were looked at; ``all_of_them``: false if there were more than are looked at."""

    days: int
    orders: int
    all_of_them: bool
    changes: list[Change]


def of(*, plan: Plan, now: dt.datetime, days: int = 30) -> Preview:
    """As if the draft had held all those days: a version in the place of the one that ruled, a short plan on top."""
    at_home = Order.objects.bought().filter(
        organization__path__startswith=plan.programme.organization.path,
        occurred_at__gt=now - dt.timedelta(days=days), occurred_at__lte=now, account__isnull=False,
    )  # fmt: skip
    keys = list(at_home.order_by("-occurred_at", "-pk").values_list("channel_id", "external_id")[: MOST + 1])
    return Preview(days, len(keys[:MOST]), len(keys) <= MOST, _changes(plan, set(keys[:MOST])))


def _changes(plan: Plan, keys) -> list[Change]:
    now, then = rulebooks.published(), rulebooks.with_draft(plan=plan)
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    shares: dict[tuple[int, int], int] = defaultdict(int)
    for sold in earnings.sales(keys=keys, rulebook=then):
        for place, rulebook in enumerate((now, then)):
            for due in earnings.dues(sold=sold, rulebook=rulebook):
                sums[due.book][place] += due.steps
                shares[due.book, sold.account] += due.steps if place else -due.steps
    return _summed(sums, shares)


def _summed(sums, shares) -> list[Change]:
    member_of = dict(
        Account.objects.filter(pk__in={account for _, account in shares}).values_list("pk", "member_id")
    )
    people: Counter[tuple[int, int]] = Counter()
    for (book, account), steps in shares.items():
        people[book, member_of[account]] += steps
    books = Book.objects.in_bulk(sums)
    return [
        Change(
            books[pk], books[pk].shown(before), books[pk].shown(after),
            sum(steps > 0 for (book, _), steps in people.items() if book == pk),
            sum(steps < 0 for (book, _), steps in people.items() if book == pk),
        )
        for pk, (before, after) in sorted(sums.items())
    ]  # fmt: skip
