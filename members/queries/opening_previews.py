"""What an opening rule would take over, or back, before it does."""

from dataclasses import dataclass
from decimal import Decimal

from members.models import Account, Book, Member, OpeningRule
from members.queries import openings

MOST = 100_000
SHOWN = 10


@dataclass(frozen=True)
class Sum:
    """In one book, in its unit; ``lost`` is what rounding down leaves over."""

    book: Book
    accounts: int
    given: Decimal
    taken: Decimal
    lost: Decimal


@dataclass(frozen=True)
class Largest:
    member: Member
    book: Book
    asked: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Preview:
    """``accounts``: how many of the channel were looked at; ``all_of_them``: false if there were more than are."""

    accounts: int
    all_of_them: bool
    sums: list[Sum]
    largest: list[Largest]


def begun(*, rule: OpeningRule) -> Preview:
    """As if it were running."""
    return _of(rule, [rule.pk])


def withdrawn(*, rule: OpeningRule) -> Preview:
    return _of(rule, [])


def _of(rule, rules) -> Preview:
    accounts = openings.of_channel(channel=rule.channel_id, after=0, limit=MOST + 1)
    everything = openings.differences(accounts=accounts[:MOST], rules=rules)
    found = [each for each in everything if each.rule == rule.pk]
    books = Book.objects.in_bulk({each.book for each in found})
    sums = [_sum(book, [each for each in found if each.book == pk]) for pk, book in sorted(books.items())]
    return Preview(len(accounts[:MOST]), len(accounts) <= MOST, sums, _largest(found, books))


def _sum(book, found) -> Sum:
    given = sum(each.steps for each in found if each.steps > 0)
    taken = -sum(each.steps for each in found if each.steps < 0)
    lost = sum((each.lost for each in found), Decimal(0))
    return Sum(book, len(found), book.shown(given), book.shown(taken), lost)


def _largest(found, books) -> list[Largest]:
    most = sorted(found, key=lambda each: (-abs(books[each.book].shown(each.steps)), each.account))[:SHOWN]
    of = Account.objects.select_related("member").in_bulk({each.account for each in most})
    return [
        Largest(of[each.account].member, books[each.book], each.asked, books[each.book].shown(each.steps))
        for each in most
        if each.account in of
    ]
