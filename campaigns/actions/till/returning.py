"""Goods of a sale come back: what the sale's record says of them is undone, line by line, in one transaction.

Nothing is priced anew. Locks: the sale, coupons, counters of uses, the hold, wallets and pots, the order.
"""

import datetime as dt
import json
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.actions import budgets, coupon_uses
from campaigns.actions.till import returning_facts, returning_money, sales, uses
from campaigns.actions.till.sales import Till
from campaigns.offers import returning
from campaigns.offers.quote import Quote
from campaigns.offers.returning import Refund
from campaigns.queries.till import returns as read
from campaigns.queries.till.returns import Payment, Sold
from identity.actions import locks
from members import sets
from members.actions import points, wallets
from members.models import Book, Organization, Posting
from members.queries import holds

COUPONS = """
SELECT c.code FROM campaigns_coupon c WHERE c.code = ANY(%s::text[]) AND c.state = 'redeemed' AND c.channel_id = %s AND c.order_key = %s
ORDER BY c.id FOR UPDATE OF c
"""
HOLD = "SELECT id FROM members_hold WHERE id = %s FOR UPDATE"
WALLETS = """
SELECT DISTINCT l.wallet_id FROM members_posting p JOIN members_lotuse u ON u.posting_id = p.id JOIN members_lot l ON l.id = u.lot_id
WHERE p.hold_id = %s
"""
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
    """More would come back of a line than was bought. In thousandths."""

    def __init__(self, line: int, bought: int, before: int) -> None:
        left = {"line": line, "left": Decimal(max(0, bought - before)) / 1000}
        super().__init__(_("Of line %(line)d, %(left)s can still come back.") % left)
        self.line, self.bought, self.returned_before = line, bought, before


class Asked(NamedTuple):
    """Goods by line and thousandths, taken back at ``store``."""

    number: str
    lines: dict[int, int]
    store: Organization
    reason: str = ""


class PaidBack(NamedTuple):
    """``minor`` units of the sale's currency on a payment; ``steps`` of its book."""

    payment: Payment
    minor: int
    steps: int


class Kept(NamedTuple):
    """Goods that an offer gave for what is back now, and that are not back: thousandths."""

    line: int
    offer: str
    sku: str
    quantity: int


class Planned(NamedTuple):
    sold: Sold
    quote: Quote
    before: Counter[int]
    refund: Refund
    paid_back: list[PaidBack]
    kept: list[Kept]


class Done(NamedTuple):
    """``coupons``: those that can be used again, of those whose goods are all back."""

    planned: Planned
    coupons: list[str]


def plan(*, till: Till, asked: Asked) -> Planned:
    """What would come back. Raises sales.Unknown, sales.NumberTaken, NotCommitted, LineUnknown, TooMany."""
    sold = _sold(till)
    quote = sold.quoted()
    before = _before(till, sold, quote, asked)
    after = before + Counter(asked.lines)
    try:
        refund = returning.refund(sold=quote, before=before, now=asked.lines)
    except returning.NotSold as fault:
        if not fault.sold:
            raise LineUnknown(fault.number, sorted(returning.lines(quote))) from None
        raise TooMany(fault.number, fault.sold, before[fault.number]) from None
    return Planned(sold, quote, before, refund, _paid_back(sold, refund.total), list(_kept(quote, after)))


@transaction.atomic
def take(*, till: Till, asked: Asked, now: dt.datetime) -> Done:
    """Goods are back. Raises what `plan` does, NumberTaken, reversals.NotReversible, versions.Raced."""
    locks.shared()
    sales.lock(till=till)
    for order in read.named(channel=till.channel, number=asked.number):
        if order != till.number:
            raise NumberTaken(asked.number, order)
    planned = plan(till=till, asked=asked)
    _note(till, asked, planned, now)
    coupons = _coupons(till, planned, now)
    if planned.refund.uses:
        uses.give_back(sale=planned.sold.id, store=_store(planned), now=now, offers=planned.refund.uses)
    _value(till, asked, planned, now)
    returning_facts.record(
        till=till, number=asked.number, store=asked.store, currency=planned.sold.currency, refund=planned.refund,
        goods=_goods(planned.sold, planned.quote), now=now,
    )  # fmt: skip
    return Done(planned, coupons)


def _sold(till: Till) -> Sold:
    sold = read.sold(channel=till.channel, number=till.number)
    if sold is None:
        raise sales.Unknown(till.number)
    if sold.store != till.store.pk:
        raise sales.NumberTaken(till.number, sold.store_code)
    if sold.state != sales.COMMITTED:
        raise NotCommitted(sold.state)
    return sold


def _store(planned: Planned) -> Organization:
    return Organization(pk=planned.sold.store, code=planned.sold.store_code)


def _goods(sold: Sold, quote: Quote) -> dict[int, str]:
    """SKUs by line number."""
    own = {line.number: line.sku for line in sold.asked().lines}
    return own | {number: extra.sku for number, extra in returning.numbered(quote)}


def _before(till: Till, sold: Sold, quote: Quote, asked: Asked) -> Counter[int]:
    goods = _goods(sold, quote).items()
    others = read.elsewhere(channel=till.channel, number=till.number, own=asked.number, goods=goods)
    return read.here(sale=sold.id) + others


def _paid_back(sold: Sold, total: int) -> list[PaidBack]:
    payments = sold.payments()
    books = {book.code: book for book in Book.objects.filter(code__in=[each.book for each in payments])}
    steps = [books[each.book].steps(Decimal(each.amount)) if each.book else 0 for each in payments]
    back = read.paid_back(sale=sold.id, payments=len(payments))
    parts = returning_money.split(
        payments=[returning_money.Payment(each.minor, of) for each, of in zip(payments, steps, strict=True)],
        back=[returning_money.Payment(*each) for each in back],
        total=total,
    )
    return [PaidBack(payment, *part) for payment, part in zip(payments, parts, strict=True)]


def _kept(quote: Quote, after: Counter[int]):
    lines = returning.lines(quote)
    for number, extra in returning.numbered(quote):
        due = sum(
            share.amount * after[share.number] // lines[share.number].quantity for share in extra.shares
        )
        if due > after[number]:
            yield Kept(number, extra.offer, extra.sku, due - after[number])


def _note(till: Till, asked: Asked, planned: Planned, now: dt.datetime) -> None:
    refund = planned.refund
    rows = sets.named(
        NOTE, sale=planned.sold.id, channel=till.channel.pk, number=asked.number, store=asked.store.pk,
        total=refund.total, paid_back=json.dumps([[each.minor, each.steps] for each in planned.paid_back]),
        reason=asked.reason, cashier=till.cashier, now=now,
    )  # fmt: skip
    if not rows:
        raise NumberTaken(asked.number, till.number)
    here, every = read.here(sale=planned.sold.id), returning.lines(planned.quote)
    noted = [
        (line.number, every[line.number].quantity, here[line.number], line.quantity, line.net)
        for line in refund.lines
    ]
    sets.prepared(LINES, rows[0][0], planned.sold.id, *sets.columns(noted, 5))


def _coupons(till: Till, planned: Planned, now: dt.datetime) -> list[str]:
    """Those of this sale only, and to nobody who was erased."""
    if not planned.refund.coupons or planned.sold.erased:
        return []
    codes = sets.array(sorted(planned.refund.coupons))
    found = [code for (code,) in sets.prepared(COUPONS, codes, till.channel.pk, till.number)]
    if found:
        coupon_uses.give_back(codes=found, now=now)
    return found


def _value(till: Till, asked: Asked, planned: Planned, now: dt.datetime) -> None:
    """What books paid goes back into the lots it came from, what offers cost into their budgets."""
    hold, key = planned.sold.hold, f"return:{till.channel.pk}:{asked.number}"
    if hold is None:
        return
    sets.prepared(HOLD, hold)
    wallets.lock(wallets=[wallet for (wallet,) in sets.prepared(WALLETS, hold)])
    _books(hold, planned.paid_back, key, now)
    for offer, steps in _costs(planned):
        if budgets.read.drawn(hold=planned.sold.hold_key, offer=offer):
            budgets.give_back(
                hold=planned.sold.hold_key, offer=offer, steps=steps, key=f"{key}:{offer}", now=now
            )


def _books(hold: int, paid_back: Sequence[PaidBack], key: str, now: dt.datetime) -> None:
    wanted = {each.payment.book: each.steps for each in paid_back if each.steps}
    if not wanted:
        return
    ended = [part.ending for part in holds.parts(holds=[hold]) if part.account is not None]
    postings = Posting.objects.select_related("book", "account", "corrects").filter(pk__in=ended)
    for posting in postings.order_by("pk"):
        if steps := wanted.get(posting.book.code):
            amount = posting.book.shown(steps)
            points.reverse(posting=posting, key=f"{key}:{posting.book.code}", amount=amount, now=now)


def _costs(planned: Planned) -> list[tuple[str, int]]:
    """Of offers whose cost is not that of a reward."""
    rewarding = {each.offer for each in (*planned.quote.rewards, *planned.quote.gifts)}
    return [(part.offer, part.amount) for part in planned.refund.costs if part.offer not in rewarding]
