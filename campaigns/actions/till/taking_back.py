"""Goods came back, and with them what the sale gave for them: by the shares of the quote, exactly, whatever the parts.

What is only due comes to less. Value goes back into the lots it came from, as far as it is there; coupons that were not used
are withdrawn, the others told; a multiple of points follows what the order earns; budgets get back what it no longer costs.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from campaigns.actions import budgets, coupons
from campaigns.actions.till import giving, multiplying, setting_aside
from campaigns.models import Coupon
from campaigns.offers.returning import Refund, TakenBack
from campaigns.queries import budgets as costs
from members import sets
from members.actions import points, reversals
from members.models import Posting

READ = """
SELECT r.id, r.offer, r.kind, r.what, r.amount, r.given, r.whole, r.back, r.short, r.state, r.posting_id, r.coupons, coalesce(h.key, '')
FROM campaigns_reward r JOIN campaigns_tillorder s ON s.id = r.sale_id LEFT JOIN members_hold h ON h.id = s.hold_id
WHERE r.sale_id = %s AND r.state <> 'missed' ORDER BY r.id FOR UPDATE OF r
"""
CHANGE = """
UPDATE campaigns_reward r SET state = n.state, back = n.back, given = n.given, short = n.short,
    ended_at = CASE n.state WHEN 'withdrawn' THEN coalesce(r.ended_at, %s) END
FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[]) AS n (id, state, back, given, short) WHERE r.id = n.id
"""
LOCK = "SELECT id FROM campaigns_reward WHERE sale_id = %s ORDER BY id FOR UPDATE"
COUPONS = "SELECT unnest(coupons) FROM campaigns_reward WHERE sale_id = %s AND kind = 'voucher' AND state IN ('given', 'part')"
# Where rewards of a sale went to, and the pots that they cost.
TOUCHED = """
SELECT l.wallet_id FROM campaigns_reward r JOIN members_lot l ON l.posting_id = r.posting_id WHERE r.sale_id = %(sale)s
UNION
SELECT w.id FROM campaigns_reward r JOIN members_posting p ON p.id = r.posting_id JOIN members_account a ON a.id = p.account_id
JOIN members_account mate ON mate.member_id = a.member_id JOIN members_wallet w ON w.book_id = p.book_id AND w.account_id = mate.id
WHERE r.sale_id = %(sale)s
UNION
SELECT l.wallet_id FROM campaigns_reward r JOIN campaigns_tillorder s ON s.id = r.sale_id
JOIN members_posting p ON p.hold_id = s.hold_id AND p.verb = 'hold' AND p.account_id IS NULL
JOIN members_lotuse u ON u.posting_id = p.id JOIN members_lot l ON l.id = u.lot_id WHERE r.sale_id = %(sale)s
"""
DUE, PART, WITHDRAWN = "due", "part", "withdrawn"


class Taken(NamedTuple):
    """In the units of the reward: ``asked`` for, ``back`` now, ``short``: spent or used already. ``coupons``: codes withdrawn,
    ``used``: codes that could not be. Goods that were given are asked for only: they come back as lines of their own."""

    offer: str
    kind: str
    what: str
    asked: int
    back: int
    short: int
    state: str
    coupons: tuple[str, ...] = ()
    used: tuple[str, ...] = ()


class Row(NamedTuple):
    id: int
    offer: str
    kind: str
    what: str
    amount: int
    given: int
    whole: int
    back: int
    short: int
    state: str
    posting: int | None
    coupons: list[int]
    hold: str

    def after(self, taken: TakenBack) -> int:
        """How much of the whole is back with this."""
        return self.whole if taken.whole else min(self.whole, self.back + taken.amount)

    def part(self, back: int) -> int:
        """So much of what it comes to."""
        return giving.part(self.kind, self.amount, back, self.whole)


def take_back(*, sale: int, refund: Refund, key: str, now: dt.datetime) -> list[Taken]:
    """Once a return, in its transaction, behind the locks of the sale, of its rewards (`lock`), of `coupons_of` and of `wallets_of`. ``key``: of its
    postings, followed by the offer. Exchanged goods were no reward and are left out."""
    asked = {each.offer: each for each in refund.rewards}
    if not asked:
        return []
    rows = [Row(*row) for row in sets.prepared(READ, sale)]
    rows = [row for row in rows if row.offer in asked]
    taken = [_take(row, asked[row.offer], f"{key}:{row.offer}", now) for row in rows]
    changes = [_change(row, asked[row.offer], done) for row, done in zip(rows, taken, strict=True)]
    if changes:
        sets.prepared(CHANGE, now, *sets.columns(changes, 5))
    _unreserve(rows, taken)
    _give_budgets_back(rows, {part.offer: part.amount for part in refund.costs}, key, now)
    return taken


def lock(*, sale: int) -> None:
    """The rewards of a locked sale, before anything that they went into: no worker gives them meanwhile."""
    sets.prepared(LOCK, sale)


def coupons_of(*, sale: int) -> list[int]:
    """Ids of the coupons that the sale gave, to be locked in one order with those that it used."""
    return [id for (id,) in sets.prepared(COUPONS, sale)]


def wallets_of(*, sale: int) -> set[int]:
    """Every wallet and pot that taking back may write, to be locked in one order with those of the return."""
    return {id for (id,) in sets.named(TOUCHED, sale=sale)}


def _take(row: Row, taken: TakenBack, key: str, now: dt.datetime) -> Taken:
    after = row.after(taken)
    asked = row.part(after) - row.part(row.back)
    told = row.offer, row.kind, row.what
    state = WITHDRAWN if after == row.whole else DUE if row.state == DUE else PART
    if row.kind == multiplying.KIND:
        return Taken(*told, 0, 0, 0, state)
    if row.state == DUE:
        return Taken(*told, asked, asked, 0, state)
    if row.kind == "voucher":
        return _withdraw(row, told, asked, state, now)
    if row.kind in giving.VALUE and asked:
        return _reverse(row, told, asked, state, key, now)
    return Taken(*told, asked, 0, 0, state)


def _reverse(row: Row, told: tuple, asked: int, state: str, key: str, now: dt.datetime) -> Taken:
    posting = Posting.objects.select_related("book", "account").get(pk=row.posting)
    try:
        receipt = points.reverse(posting=posting, key=key, amount=posting.book.shown(asked), now=now)
    except reversals.NotReversible:
        return Taken(*told, asked, 0, asked, state)
    short = posting.book.steps(receipt.short)
    return Taken(*told, asked, asked - short, short, state)


def _withdraw(row: Row, told: tuple, asked: int, state: str, now: dt.datetime) -> Taken:
    """The unused first: as many as were asked for."""
    rows = Coupon.objects.filter(pk__in=row.coupons).order_by("-id")
    unused = [coupon.pk for coupon in rows if coupon.state == Coupon.State.CLAIMED][:asked]
    codes = coupons.withdraw_unused(ids=unused, reason="returned", now=now) if unused else []
    used = [coupon.code for coupon in rows if coupon.state in (Coupon.State.REDEEMED, Coupon.State.HELD)]
    missing = asked - len(codes)
    return Taken(*told, asked, len(codes), missing, state, tuple(codes), tuple(used[:missing]))


def _change(row: Row, taken: TakenBack, done: Taken) -> tuple:
    given = row.given - done.back if row.state != DUE and row.kind != multiplying.KIND else row.given
    return row.id, done.state, row.after(taken), max(0, given), row.short + done.short


def _unreserve(rows: Sequence[Row], taken: Sequence[Taken]) -> None:
    """Coupons that were only due leave their place in the quota, and packets of which nothing is due lie with the others."""
    due = [(row, done) for row, done in zip(rows, taken, strict=True) if row.state == DUE]
    setting_aside.unreserve(rewards=[(row.kind, row.what, done.back) for row, done in due])
    over = [row.id for row, done in due if row.kind == "packet" and done.state == WITHDRAWN]
    setting_aside.put_packets_back(rewards=over)


def _give_budgets_back(rows: Sequence[Row], amounts: Mapping[str, int], key: str, now: dt.datetime) -> None:
    for row in rows:
        if row.hold and (steps := amounts.get(row.offer)):
            room = sum(draw.room for draw in costs.drawn(hold=row.hold, offer=row.offer))
            if part := min(steps, room):
                budgets.give_back(
                    hold=row.hold, offer=row.offer, steps=part, key=f"{key}:{row.offer}:budget", now=now
                )
