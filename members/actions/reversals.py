"""How a movement is reversed: what was spent goes back into its lots, what was earned is taken back."""

import datetime as dt

from django.utils.translation import gettext as _

from members import sets
from members.actions import wallets
from members.actions.postings import Draft, Verb
from members.ledger import drawing
from members.ledger.drawing import Lot
from members.models import Posting

USED = "SELECT lot_id, sum(amount)::bigint FROM members_lotuse WHERE posting_id = ANY(%s::bigint[]) GROUP BY lot_id"
LOTS = """
SELECT id, wallet_id, remaining, available_from, expires_at FROM members_lot WHERE id = ANY(%s::bigint[])
"""
TOUCHED = """
SELECT wallet_id FROM members_lot WHERE posting_id = ANY(%s::bigint[])
UNION
SELECT l.wallet_id FROM members_lotuse u JOIN members_lot l ON l.id = u.lot_id WHERE u.posting_id = ANY(%s::bigint[])
"""
MADE = "SELECT id FROM members_lot WHERE posting_id = %s"
EXPIRED = """
SELECT coalesce(sum(u.amount), 0)::bigint FROM members_lotuse u JOIN members_posting p ON p.id = u.posting_id
WHERE u.lot_id = ANY(%s::bigint[]) AND p.verb = 'expire'
"""
REVIVE = "UPDATE members_lot SET expires_at = %s WHERE id = ANY(%s::bigint[])"


class NotReversible(ValueError):
    """This movement cannot be reversed, or not by so much. The message says why."""


def check(posting: Posting) -> None:
    """Raises NotReversible."""
    if posting.order_key:
        raise NotReversible(_("The points of an order follow the order: correct, cancel or return it."))
    if posting.verb in (Verb.HOLD, Verb.RELEASE):
        raise NotReversible(_("Nothing was spent: cancel the hold to end it."))
    if posting.verb not in (Verb.EARN, Verb.SPEND, Verb.COMMIT):
        raise NotReversible(
            _("What was %(verb)s cannot be reversed; adjust the balance instead.")
            % {"verb": posting.get_verb_display()}
        )


def hold(posting: Posting) -> wallets.Locked:
    """Lock the wallets it touched, and all of the person's if something may be taken back from them."""
    rows = sets.array(family(posting))
    wanted = {row[0] for row in sets.run(TOUCHED, [], 0, rows, rows)}
    if posting.verb == Verb.EARN:
        wanted |= wallets.mates(pairs=[(posting.book_id, posting.account_id)])
    return wallets.lock(wallets=wanted)


def moved(posting: Posting) -> int:
    """The steps that it earned or spent; a commit: what was held less what it gave back."""
    if posting.verb == Verb.COMMIT:
        return -posting.corrects.amount - posting.amount
    return abs(posting.amount)


def family(posting: Posting) -> list[int]:
    """It, what was held before it, and what has corrected it: their lot uses are what is used of it now."""
    before = [posting.corrects_id] if posting.corrects_id else []
    return [*before, posting.pk, *posting.corrections.values_list("pk", flat=True)]


def still_open(posting: Posting, asked: int | None) -> int:
    """How many steps are reversed now: all that were not yet, or as many as ``asked``. Raises NotReversible."""
    left = moved(posting) - _done(posting)
    if left <= 0 or (asked or 0) > left:
        raise NotReversible(
            _("Of it, %(left)s can still be reversed.") % {"left": posting.book.shown(max(0, left))}
        )
    return left if asked is None else asked


def give_back(draft: Draft, posting: Posting, steps: int, now: dt.datetime) -> None:
    """Into the lots it came from."""
    used = dict(sets.run(USED, [], 0, sets.array(family(posting))))
    lots = [Lot(*row) for row in sets.run(LOTS, [(id,) for id in used], 1)]
    restore(draft, used, steps, lots, now)


def restore(draft: Draft, used: drawing.Draws, steps: int, lots: list[Lot], now: dt.datetime) -> None:
    """What was ``used``, or so many steps of it, the last lot to expire first. A lot that has expired meanwhile lasts
    as many days more as the book gives grace: with none, it comes back and is over at once, not before it came."""
    draws = drawing.give_back(used, steps, lots=lots)
    draft.draw(draws, {lot.id: lot.wallet for lot in lots})
    gone = [lot.id for lot in lots if lot.id in draws and lot.is_over(now)]
    if gone:
        until = now + dt.timedelta(days=draft.book.grace_days)
        sets.run(REVIVE, [], 0, until, sets.array(gone))


def take_back_earned(
    draft: Draft, posting: Posting, steps: int, held: wallets.Locked, now: dt.datetime
) -> None:
    """Of an earning that is no order's."""
    made = {row[0] for row in sets.run(MADE, [], 0, posting.pk)}
    lots = wallets.lots(wallets=held)
    own = [lot for lot in lots if lot.id in made]
    expired = sets.run(EXPIRED, [(id,) for id in sorted(made)], 1)[0][0]
    spent = posting.amount - expired - _done(posting) - sum(lot.remaining for lot in own)
    wallet = next(wallet for wallet, pair in held.items() if pair[1] == posting.account_id)
    others = [lot for lot in lots if lot.id not in made and not lot.is_over(now)]
    take_back(draft, steps, own=own, others=others, spent=spent, wallet=wallet)


def take_back(
    draft: Draft, steps: int, *, own: list[Lot], others: list[Lot], spent: int, wallet: int
) -> None:
    """``spent``: how much of what is no longer in its ``own`` lots was spent, not expired. That much comes from the
    person's ``others``; what they lack is owed by ``wallet`` if the book allows it, else it is ``draft.short``."""
    mine = drawing.take(own, steps)
    theirs = drawing.take(others, min(steps - sum(mine.values()), max(0, spent)))
    draft.draw(mine | theirs, {lot.id: lot.wallet for lot in (*own, *others)})
    missing = steps - sum(mine.values()) - sum(theirs.values())
    debt = min(missing, max(0, spent) - sum(theirs.values())) if draft.book.below_zero else 0
    if debt:
        draft.bring(wallet, -debt, ready=draft.occurred_at, ends=None)
    draft.short = missing - debt


def _done(posting):
    corrections = posting.corrections.values_list("amount", "short")
    return sum(abs(amount) + short for amount, short in corrections)
