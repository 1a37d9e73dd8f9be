"""What a return moves in the ledger, behind all its locks: what books paid, what was given, what budgets paid.

Locks: coupons, then what counts them; the hold of the sale, then every wallet and pot at once.
"""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from campaigns.actions import budgets
from campaigns.actions.till import taking_back
from campaigns.actions.till.taking_back import Taken
from campaigns.offers.quote import Part
from campaigns.queries import budgets as standing
from members import sets
from members.actions import points, wallets
from members.models import Posting
from members.queries import holds

if TYPE_CHECKING:
    from campaigns.actions.till.returning import PaidBack
    from campaigns.actions.till.undoing import Undoing

COUPONS = "SELECT id FROM campaigns_coupon WHERE code = ANY(%s::text[]) OR id = ANY(%s::bigint[]) ORDER BY id FOR UPDATE"
COUNTERS = """
SELECT n.template_id FROM campaigns_couponcounter n WHERE n.template_id IN (
    SELECT template_id FROM campaigns_coupon WHERE code = ANY(%s::text[])
    UNION SELECT t.id FROM campaigns_reward r JOIN campaigns_coupontemplate t ON t.code = r.what WHERE r.sale_id = %s AND r.kind = 'voucher')
ORDER BY n.template_id FOR UPDATE
"""
HOLD = "SELECT id FROM members_hold WHERE id = %s FOR UPDATE"
WALLETS = """
SELECT DISTINCT l.wallet_id FROM members_posting p JOIN members_lotuse u ON u.posting_id = p.id JOIN members_lot l ON l.id = u.lot_id
WHERE p.hold_id = %s
"""


def lock_coupons(*, undoing: "Undoing") -> None:
    """Those that were used and those that were given, in one order, and then what counts them."""
    codes, sale = sets.array(undoing.refund.coupons), undoing.sold.id
    given = taking_back.coupons_of(sale=sale) if undoing.quote.rewards else []
    if undoing.refund.coupons or given:
        sets.prepared(COUPONS, codes, sets.array(given))
    if undoing.refund.coupons or undoing.quote.rewards:
        sets.prepared(COUNTERS, codes, sale)


def give_back(
    *, undoing: "Undoing", paid_back: Sequence["PaidBack"], key: str, now: dt.datetime
) -> list[Taken]:
    """What books paid goes back into the lots it came from, rewards are taken back, what offers cost goes back into budgets."""
    sale, hold = undoing.sold.id, undoing.sold.hold
    locked = taking_back.wallets_of(sale=sale) if undoing.quote.rewards else set()
    if hold is not None:
        sets.prepared(HOLD, hold)
        locked |= {wallet for (wallet,) in sets.prepared(WALLETS, hold)}
    wallets.lock(wallets=locked)
    if hold is not None:
        _books(hold, paid_back, key, now)
        _budgets(undoing, key, now)
    rewards = msgspec.structs.replace(undoing.refund, costs=tuple(_costs(undoing, rewards=True)))
    return taking_back.take_back(sale=sale, refund=rewards, key=key, now=now)


def _books(hold: int, paid_back: Sequence["PaidBack"], key: str, now: dt.datetime) -> None:
    wanted = {each.payment.book: each.steps for each in paid_back if each.steps}
    if not wanted:
        return
    ended = [part.ending for part in holds.parts(holds=[hold]) if part.account is not None]
    postings = Posting.objects.select_related("book", "account", "corrects").filter(pk__in=ended)
    for posting in postings.order_by("pk"):
        if steps := wanted.get(posting.book.code):
            amount = posting.book.shown(steps)
            points.reverse(posting=posting, key=f"{key}:book:{posting.book.code}", amount=amount, now=now)


def _budgets(undoing: "Undoing", key: str, now: dt.datetime) -> None:
    """What was taken off, and what goods cost that are back themselves; the rest goes with its rewards."""
    hold = undoing.sold.hold_key
    for offer, steps in ((part.offer, part.amount) for part in _costs(undoing, rewards=False)):
        room = sum(draw.room for draw in standing.drawn(hold=hold, offer=offer))
        if back := min(steps, room):
            budgets.give_back(hold=hold, offer=offer, steps=back, key=f"{key}:{offer}:budget", now=now)


def _costs(undoing: "Undoing", *, rewards: bool) -> list[Part]:
    """Of the offers that `taking_back` takes something back of, or of the others."""
    ungiven = {offer for offer, quantity in undoing.handed.items() if not quantity}
    theirs = {each.offer for each in undoing.quote.rewards} | ungiven
    return [part for part in undoing.refund.costs if (part.offer in theirs) == rewards]
