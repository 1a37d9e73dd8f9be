"""Goods of a sale are back, by whichever door: what its offers gave for them is undone, each piece once.

What was undone is counted by line, apart from the returns: a till and a file may tell of one return, in any order. Called behind
the lock of the sale and of its rewards. Locks: coupons, counters of uses, the hold, wallets and pots.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from campaigns.actions import coupon_uses
from campaigns.actions.till import returning_value, uses
from campaigns.actions.till.taking_back import Taken
from campaigns.offers import returning
from campaigns.offers.quote import Quote
from campaigns.offers.returning import Refund
from campaigns.queries.till import returns as read
from campaigns.queries.till.returns import Sold
from members import sets
from members.models import Channel, Organization

if TYPE_CHECKING:
    from campaigns.actions.till.returning import PaidBack

LINES = """
INSERT INTO campaigns_undoneline (sale_id, returned_id, told_id, line, sold, before, quantity)
SELECT %s, %s, %s, n.* FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::bigint[]) AS n (line, sold, before, quantity)
RETURNING id
"""


class Undoing(NamedTuple):
    """``refund``: what is still to be undone, of all that is back; ``coupons``: codes that can be used again; ``handed``: thousandths by
    offer of goods that were not handed over as promised."""

    sold: Sold
    quote: Quote
    handed: dict[str, int]
    refund: Refund
    coupons: list[str]

    @property
    def store(self) -> Organization:
        return Organization(pk=self.sold.store, code=self.sold.store_code)


def plan(*, channel: Channel, number: str, sold: Sold, quote: Quote, back: Counter[int]) -> Undoing:
    """``back``: thousandths by line, whoever took them. What was undone for them before is left out."""
    handed, done = read.handed(sale=sold.id), read.undone(sale=sold.id)
    every = returning.lines(quote, handed=handed)
    left = {line: min(each.quantity, back[line]) - done[line] for line, each in every.items()}
    now = {line: count for line, count in left.items() if count > 0}
    refund = returning.refund(sold=quote, before=done, now=now, handed=handed)
    codes = () if sold.erased else refund.coupons
    coupons = read.coupons(channel=channel, number=number, codes=codes)
    return Undoing(sold, quote, handed, refund, coupons)


def note(*, undoing: Undoing, returned: int | None = None, told: int | None = None) -> int | None:
    """Count it, once; the id of the first of the counted lines, None if all was undone before."""
    every = returning.lines(undoing.quote, handed=undoing.handed)
    done = read.undone(sale=undoing.sold.id)
    rows = [
        (line.number, every[line.number].quantity, done[line.number], line.quantity)
        for line in undoing.refund.lines
    ]
    if not rows:
        return None
    made = sets.prepared(LINES, undoing.sold.id, returned, told, *sets.columns(rows, 4))
    return min(id for (id,) in made)


def undo(
    *, undoing: Undoing, key: str, now: dt.datetime, paid_back: Sequence["PaidBack"] = ()
) -> list[Taken]:
    """Coupons, caps, rewards, budgets, and what books paid if it is to go back. ``key``: of its postings, never used before."""
    returning_value.lock_coupons(undoing=undoing)
    if undoing.coupons:
        coupon_uses.give_back(codes=undoing.coupons, now=now)
    if undoing.refund.uses:
        uses.give_back(sale=undoing.sold.id, store=undoing.store, now=now, offers=undoing.refund.uses)
    return returning_value.give_back(undoing=undoing, paid_back=paid_back, key=key, now=now)
