"""Postings of what accounts lack or have too much by the plans: all of a batch at once, whatever it was earned with."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence

from members import sets
from members.actions import points, postings, reversals, settling, wallets
from members.actions.postings import Draft, Role, Verb
from members.ledger.drawing import Lot
from members.models import Book
from members.queries import act_postings, acts, earnings

ALONE = 7_765_020  # one at a time: two would compute the same difference
RELEASE = """
UPDATE members_lot l SET available_from = n.ready FROM unnest(%s::bigint[], %s::timestamptz[]) AS n (id, ready)
WHERE l.id = n.id
"""
Difference = earnings.Difference | acts.Difference
Waiting = tuple[int, int, dt.datetime]  # lot, its wallet, when it can be spent


def alone() -> None:
    """Wait until nobody else settles; held to the end of the transaction, taken before anything is read."""
    settling.alone(lock=ALONE)


def post(*, found: Sequence[Difference], now: dt.datetime, waiting: Collection[Waiting] = ()) -> int:
    """Give and take back; what waits no longer can be spent. How many postings that were.

    All wallets are locked at once, in the order of their ids, before anything of them is read.
    """
    if not found and not waiting:
        return 0
    given, taken = [each for each in found if each.steps > 0], [each for each in found if each.steps < 0]
    books = Book.objects.in_bulk({each.book for each in found})
    held = _hold(given, taken, books, {wallet for _lot, wallet, _ready in waiting})
    if waiting:
        sets.run(RELEASE, [(lot, ready) for lot, _wallet, ready in waiting], 2)
    return _give(given, held, books, now) + _take(taken, held, books, now)


def _hold(given, taken, books, waiting: set[int]) -> wallets.Locked:
    """Lock all that is needed at once: the accounts' own wallets, and everybody's who may have to give back."""
    pairs = {each.pair for each in given}
    wallets.make(pairs=pairs)
    sliding = {pair for pair in pairs if books[pair[0]].expiry == Book.Expiry.SLIDING}
    wanted = wallets.own(pairs=pairs) | wallets.mates(pairs={each.pair for each in taken} | sliding)
    return wallets.lock(wallets=wanted | waiting)


def _draft(each: Difference, books, verb, at) -> Draft:
    return Draft(
        book=books[each.book], account=each.account, verb=verb, key=each.key(), role=Role.ISSUED, occurred_at=at,
        content=postings.digest(each.key(), each.steps), order=each.order, plan=each.plan, reason=each.reason,
    )  # fmt: skip


def _give(given, held, books, now) -> int:
    wallet_of = {pair: wallet for wallet, pair in held.items()}
    owing = {wallet_of[each.pair] for each in given if books[each.book].below_zero}
    owed = defaultdict(list)
    for lot in wallets.lots(wallets=owing) if owing else ():
        owed[lot.wallet].append(lot)
    drafts = []
    for each in given:
        book, wallet = books[each.book], wallet_of[each.pair]
        draft = _draft(each, books, Verb.EARN, each.occurred_at)
        ends, ready = book.ends(each.occurred_at), book.ready_of_order(each.occurred_at, each.completed_at)
        points.bring(draft, wallet, each.steps, owed[wallet], ends=ends, ready=ready)
        drafts.append(draft)
    written = postings.write(drafts=drafts, now=now)
    _prolong(given, books, now)
    return len(written)


def _prolong(given, books, now) -> None:
    sliding = [each for each in given if books[each.book].expiry == Book.Expiry.SLIDING]
    families = wallets.families(pairs={each.pair for each in sliding})
    ends: dict[int, dt.datetime] = {}
    for each in sliding:
        until = books[each.book].ends(each.occurred_at)
        for wallet in families[each.pair]:
            ends[wallet] = max(until, ends.get(wallet, until))
    wallets.prolong(ends=ends, now=now)


def _take(taken, held, books, now) -> int:
    if not taken:
        return 0
    wallet_of = {pair: wallet for wallet, pair in held.items()}
    families = wallets.families(pairs={each.pair for each in taken})
    lots_of = defaultdict(list)
    for lot in wallets.lots(wallets=set().union(*families.values()) & held.keys()):
        lots_of[lot.wallet].append(lot)
    stories = _stories(taken)
    drafts = []
    for each in taken:
        lots = [lot for wallet in sorted(families[each.pair]) for lot in lots_of[wallet]]
        drafts.append(_taken_back(each, stories[each.share], lots, wallet_of[each.pair], books, now))
    return len(postings.write(drafts=drafts, now=now))


def _stories(taken) -> dict:
    """Of orders by their shares, of actions by what they gave."""
    keys = {each.order for each in taken if each.order}
    given = {each.share for each in taken if not each.order}
    return earnings.stories(keys=keys) | act_postings.stories(postings=given)


def _taken_back(each, story, lots: list[Lot], wallet, books, now) -> Draft:
    own = [lot for lot in lots if lot.id in story.lots]
    others = [lot for lot in lots if lot.id not in story.lots and not lot.is_over(now)]
    spent = story.earned - story.back - story.expired - sum(lot.remaining for lot in own)
    draft = _draft(each, books, Verb.REVERSE, each.changed_at or now)
    draft.corrects = each.first
    reversals.take_back(draft, -each.steps, own=own, others=others, spent=spent, wallet=wallet)
    for lot in lots:
        lot.remaining -= draft.uses.get(lot.id, 0)
    return draft
