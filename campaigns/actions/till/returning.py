"""Goods of a sale come back: what the sale's record says of them is undone, line by line, in one transaction.

Nothing is priced anew. Locks: the sale, coupons, counters of uses, the hold, wallets and pots, the order.
"""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.actions.till import returning_facts, returning_money, sales, taking_back, undoing
from campaigns.actions.till.sales import Till
from campaigns.actions.till.taking_back import Taken
from campaigns.actions.till.undoing import Undoing
from campaigns.offers import returning
from campaigns.offers.amounts import whole_pieces
from campaigns.offers.quote import PricedLine, Quote
from campaigns.offers.returning import Refund
from campaigns.offers.scales import PIECE
from campaigns.queries.till import returns as read
from campaigns.queries.till.returns import Payment, Sold
from members import sets
from members.models import Book, Organization
from members.queries import books as kept

NOTE = """
INSERT INTO campaigns_tillreturn (sale_id, channel_id, number, store_id, total, paid_back, reason, cashier, at)
VALUES (%(sale)s, %(channel)s, %(number)s, %(store)s, %(total)s, %(paid_back)s, %(reason)s, %(cashier)s, %(now)s)
ON CONFLICT DO NOTHING RETURNING id
"""
LINES = """
INSERT INTO campaigns_tillreturnline (returned_id, sale_id, line, sold, before, quantity, refund)
SELECT %s, %s, n.* FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) AS n (line, sold, before, quantity, refund)
"""


class NotCommitted(ValueError):
    """Nothing was sold yet, or ever. ``state`` says why."""

    def __init__(self, state: str) -> None:
        said = {
            sales.OPENED: _("The sale is open: nothing was sold yet."),
            sales.HELD: _("The sale is held: cancel it instead."),
            sales.CANCELLED: _("The sale was cancelled: nothing was sold."),
        }
        super().__init__(said[state])
        self.state = state


class NumberTaken(ValueError):
    """Another return has this number. ``order``: of that sale."""

    def __init__(self, number: str, order: str) -> None:
        told = {"number": number, "order": order}
        super().__init__(_("The number %(number)s is of a return of the sale %(order)s.") % told)
        self.order = order


class LineUnknown(ValueError):
    """The sale has no such line."""

    def __init__(self, line: int, lines: Sequence[int]) -> None:
        super().__init__(
            _("The sale has no line %(line)d; it has %(lines)s.")
            % {"line": line, "lines": ", ".join(map(str, lines))}
        )
        self.line = line


class TooMany(ValueError):
    """More would come back of a line than was bought. In pieces."""

    def __init__(self, line: int, bought: int, before: int) -> None:
        self.line, self.bought, self.returned_before = line, _pieces(bought), _pieces(before)
        told = {"line": line, "left": _pieces(max(0, bought - before))}
        super().__init__(_("Of line %(line)d, %(left)s can still come back.") % told)


def _pieces(milli: int) -> str:
    return f"{Decimal(milli) / PIECE:f}"


class Asked(NamedTuple):
    """Goods by line and thousandths, taken back at ``store``."""

    number: str
    lines: dict[int, int]
    store: Organization
    reason: str = ""


class PaidBack(NamedTuple):
    """``minor`` units of the sale's currency on a payment; ``steps`` of its book, if it was one."""

    payment: Payment
    book: Book | None
    minor: int
    steps: int


class Kept(NamedTuple):
    """Goods that an offer gave for what is back now, and that are not back: thousandths."""

    line: int
    offer: str
    sku: str
    quantity: int


class Planned(NamedTuple):
    """``goods``: SKUs by line number; ``left``: thousandths by line that can still come back afterwards; ``undoing``: of this and of
    what came back before by other doors; ``taken``: what was given with the goods and is taken back."""

    sold: Sold
    quote: Quote
    goods: dict[int, str]
    left: dict[int, int]
    refund: Refund
    paid_back: list[PaidBack]
    undoing: Undoing
    kept: list[Kept]
    taken: Sequence[Taken] = ()


def plan(*, till: Till, asked: Asked) -> Planned:
    """What would come back. Raises sales.Unknown, sales.NumberTaken, NotCommitted, LineUnknown, TooMany."""
    sold = _sold(till)
    quote = sold.quoted()
    handed = read.handed(sale=sold.id)
    goods, every = read.goods(sold=sold, quote=quote), returning.lines(quote, handed=handed)
    before = _before(till, sold, goods, asked)
    refund = _refund(quote, before, asked.lines, handed)
    after = before + Counter(asked.lines)
    return Planned(
        sold,
        quote,
        goods,
        left={number: max(0, line.quantity - after[number]) for number, line in every.items()},
        refund=refund,
        paid_back=_paid_back(sold, refund.total),
        undoing=undoing.plan(channel=till.channel, number=till.number, sold=sold, quote=quote, back=after),
        kept=list(_kept(quote, every, after)),
    )


def _refund(quote: Quote, before: Counter[int], now: dict[int, int], handed: dict[str, int]) -> Refund:
    try:
        return returning.refund(sold=quote, before=before, now=now, handed=handed)
    except returning.NotSold as fault:
        if not fault.sold:
            raise LineUnknown(fault.number, sorted(returning.lines(quote, handed=handed))) from None
        raise TooMany(fault.number, fault.sold, before[fault.number]) from None


@transaction.atomic
def take(*, till: Till, asked: Asked, now: dt.datetime) -> Planned:
    """Goods are back. Raises what `plan` does, NumberTaken, reversals.NotReversible, versions.Raced."""
    if sale := sales.lock(till=till):
        taking_back.lock(sale=sale.id)
    for order in read.named(channel=till.channel, number=asked.number):
        if order != till.number:
            raise NumberTaken(asked.number, order)
    planned = plan(till=till, asked=asked)
    returned = _note(till, asked, planned, now)
    undoing.note(undoing=planned.undoing, returned=returned)
    taken = undoing.undo(
        undoing=planned.undoing, paid_back=planned.paid_back, key=f"return:{returned}", now=now
    )
    returning_facts.record(till=till, told=_told(asked, planned), now=now)
    return planned._replace(taken=taken)


def _sold(till: Till) -> Sold:
    sold = read.sold(channel=till.channel, number=till.number)
    if sold is None:
        raise sales.Unknown(till.number)
    if sold.store != till.store.pk:
        raise sales.NumberTaken(till.number, sold.store_code)
    if sold.state != sales.COMMITTED:
        raise NotCommitted(sold.state)
    return sold


def _before(till: Till, sold: Sold, goods: dict[int, str], asked: Asked) -> Counter[int]:
    told = {"channel": till.channel, "number": till.number, "own": asked.number}
    return read.here(sale=sold.id) + read.elsewhere(**told, goods=goods.items())


def _paid_back(sold: Sold, total: int) -> list[PaidBack]:
    payments = sold.payments()
    known = kept.of_codes(each.book for each in payments)
    books = [known.get(each.book) for each in payments]
    parts = returning_money.split(
        payments=[
            returning_money.Payment(each.minor, book.steps(Decimal(each.amount)) if book else 0)
            for each, book in zip(payments, books, strict=True)
        ],
        back=[
            returning_money.Payment(*each) for each in read.paid_back(sale=sold.id, payments=len(payments))
        ],
        total=total,
    )
    return [PaidBack(*each, *part) for *each, part in zip(payments, books, parts, strict=True)]


def _kept(quote: Quote, every: dict[int, PricedLine], after: Counter[int]) -> Iterator[Kept]:
    for number, extra in returning.numbered(quote):
        if number not in every:
            continue
        due = sum(
            share.amount * after[share.number] // every[share.number].quantity for share in extra.shares
        )
        due = whole_pieces(due, of=extra.quantity) - (extra.quantity - every[number].quantity)
        if due > after[number]:
            yield Kept(number, extra.offer, extra.sku, due - after[number])


def _note(till: Till, asked: Asked, planned: Planned, now: dt.datetime) -> int:
    refund = planned.refund
    rows = sets.named(
        NOTE, sale=planned.sold.id, channel=till.channel.pk, number=asked.number, store=asked.store.pk,
        total=refund.total, paid_back=json.dumps([[each.minor, each.steps] for each in planned.paid_back]),
        reason=asked.reason, cashier=till.cashier, now=now,
    )  # fmt: skip
    if not rows:
        raise NumberTaken(asked.number, till.number)
    here = read.here(sale=planned.sold.id)
    every = returning.lines(planned.quote, handed=planned.undoing.handed)
    noted = [
        (line.number, every[line.number].quantity, here[line.number], line.quantity, line.net)
        for line in refund.lines
    ]
    sets.prepared(LINES, rows[0][0], planned.sold.id, *sets.columns(noted, 5))
    return rows[0][0]


def _told(asked: Asked, planned: Planned) -> returning_facts.Told:
    came = read.gifts(sale=planned.sold.id) if planned.quote.gifts else {}
    gifts = {
        number: came[each.offer] for number, each in returning.numbered(planned.quote) if each.offer in came
    }
    return returning_facts.Told(
        asked.number, asked.store, planned.sold.currency, planned.refund, planned.goods, gifts
    )
