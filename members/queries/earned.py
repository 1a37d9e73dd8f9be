"""What one order earns by the plans as things stand, before and after their worker has posted it."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import NamedTuple

from members import sets
from members.ledger import expiry
from members.models import Book
from members.queries import earnings, rulebooks
from members.queries.earnings import Sold


class Earned(NamedTuple):
    """In one book, in its unit: ``amount`` by all plans together, less what came back; ``given``: what of it is posted.
    ``ready_at``: from when on it can be spent, None: not before the order is completed; ``ends_at``: None if it never ends."""

    book: Book
    amount: Decimal
    given: Decimal
    ready_at: dt.datetime | None
    ends_at: dt.datetime | None


def of_order(*, channel: int, number: str) -> list[Earned]:
    """Of an order that may earn; nothing of any other. By the codes of the books. Writes nothing."""
    keys = [(channel, number)]
    rulebook = rulebooks.published()
    reckoned = earnings.reckoned(sales=earnings.sales(keys=keys, rulebook=rulebook), rulebook=rulebook)
    if not reckoned.dues:
        return []
    [(sold, dues)] = reckoned.dues
    steps, posted = Counter[int](), _posted(keys, sold)
    for due in dues:
        steps[due.book] += due.steps
    books = Book.objects.in_bulk(steps.keys() | posted.keys())
    found = (_earned(books[id], steps[id], posted[id], sold) for id in books if steps[id] or posted[id])
    return sorted(found, key=lambda each: each.book.code)


def _posted(keys: list[earnings.Key], sold: Sold) -> Counter[int]:
    found = Counter[int]()
    for _channel, _number, book, account, _plan, amount, *_more in sets.run(earnings.STANDING, keys, 2):
        if account == sold.account:
            found[book] += amount
    return found


def _earned(book: Book, steps: int, posted: int, sold: Sold) -> Earned:
    ready = book.ready_of_order(sold.occurred_at, sold.completed_at)
    return Earned(
        book=book,
        amount=book.shown(steps),
        given=book.shown(posted),
        ready_at=None if ready == expiry.NOT_YET else ready,
        ends_at=book.ends(sold.occurred_at),
    )
