"""What a sale brings besides its goods: promised when it is held, given with it or later, taken back with its goods.

``setting_aside`` keeps what is promised, ``giving`` gives it, ``following`` notices when it is due, ``taking_back`` takes it back.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from campaigns.actions.till import gifts, giving, multiplying, putting_back
from campaigns.actions.till.giving import Decided, Due, Given
from campaigns.models import Coupon
from campaigns.offers.quote import Quote
from campaigns.queries.till.pricing import Priced
from members import sets
from members.actions import wallets
from members.queries import books

PROMISED = f"{giving.READ} WHERE r.sale_id = %s AND r.state = 'held' ORDER BY r.id"
DUE = """
UPDATE campaigns_reward r SET state = 'due', due_at = n.due_at FROM unnest(%s::bigint[], %s::timestamptz[]) AS n (id, due_at)
WHERE r.id = n.id
"""
# In books that slide the end of a hold moves all that the person has. The hold is locked before that.
PARTS = """
WITH held AS MATERIALIZED (SELECT id FROM members_hold WHERE key = %s FOR UPDATE)
SELECT DISTINCT p.book_id, p.account_id FROM held h JOIN members_posting p ON p.hold_id = h.id
WHERE p.verb = 'hold' AND p.account_id IS NOT NULL
"""


class Told(NamedTuple):
    """What became of a promise. ``due_at``: None until the goods are received; ``order``: number of the order that a gift
    comes by."""

    reward: Due
    state: str
    due_at: dt.datetime | None
    coupons: tuple[str, ...] = ()
    order: str = ""
    why: str = ""


def wallets_of(*, priced: Priced) -> set[int]:
    """Those that what this quote gives at once goes into, made where they lack: a hold locks them with its own, so that
    whoever commits has all wallets in one order."""
    given = [
        each
        for each in priced.quote.rewards
        if each.kind in giving.VALUE and _is_at_once(each.when, each.days)
    ]
    if not given:
        return set()
    codes = {each.what or priced.purse for each in given}
    pairs = {(book.pk, priced.person.account) for book in books.of_codes(codes).values()}
    wallets.make(pairs=pairs)
    return wallets.mates(pairs=pairs)


def promised(*, sale: int, quote: Quote) -> list[Due]:
    """What the sale set aside; no statement where it is nothing."""
    if not (quote.rewards or quote.gifts):
        return []
    return giving.read(sets.prepared(PROMISED, sale))


def lock(*, rewards: Sequence[Due], hold: str, now: dt.datetime) -> Decided:
    """What of these is given at once, and all that they and the end of the hold will write is locked."""
    decided = giving.decide(rewards=[each for each in rewards if not _is_later(each)], now=now)
    pairs = decided.pairs
    if not (pairs or decided.lost):
        return decided
    putting_back.lock_counters(rewards=decided.lost)
    parts = set(sets.prepared(PARTS, hold))
    if parts or decided.lost:
        wallets.make(pairs=pairs)
        putting_back.lock(rewards=decided.lost, beside=wallets.mates(pairs=pairs | parts))
    return decided


def give(*, rewards: Sequence[Due], now: dt.datetime, decided: Decided | None = None) -> list[Told]:
    """The sale is committed: what is due now is given, the rest is noted as due. ``decided``: by `lock`."""
    if not rewards:
        return []
    due_at = {each.id: _due_at(each, now) for each in rewards}
    later = [each for each in rewards if _is_later(each)]
    if later:
        sets.prepared(DUE, *sets.columns([(each.id, due_at[each.id]) for each in later], 2))
    done = giving.give(rewards=[each for each in rewards if each not in later], now=now, decided=decided)
    codes, found = _codes(done), {each.id: each for each in done}
    return [_told(each, found.get(each.id), due_at[each.id], codes) for each in rewards]


def _is_at_once(when: str, days: int) -> bool:
    return when in ("", "paid") and not days


def _is_later(reward: Due) -> bool:
    """What nobody is to get any more is settled with the sale."""
    if reward.gone:
        return False
    return reward.kind == multiplying.KIND or not _is_at_once(reward.after, reward.days)


def _due_at(reward: Due, now: dt.datetime) -> dt.datetime | None:
    return None if reward.after == "received" else now + dt.timedelta(days=reward.days)


def _codes(done: Iterable[Given]) -> dict[int, str]:
    ids = [id for each in done for id in _ids(each)]
    return dict(Coupon.objects.filter(pk__in=ids).values_list("pk", "code")) if ids else {}


def _ids(given: Given) -> list[int]:
    return [int(id) for id in given.coupons.strip("{}").split(",") if id]


def _told(reward: Due, done: Given | None, due_at: dt.datetime | None, codes: dict[int, str]) -> Told:
    if done is None:
        return Told(reward, "due", due_at)
    order = gifts.number(reward) if done.order else ""
    return Told(reward, done.state, due_at, tuple(codes[id] for id in _ids(done)), order, done.why)
