"""What a member holds: the sums over the wallets of all his accounts. Nothing of it is stored with the member."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from members import sets
from members.ledger import amounts

BALANCES = """
SELECT a.member_id, b.id, b.code, b.name, b.unit, b.scale, b.organization_id, coalesce(sum(w.balance), 0),
       coalesce(sum(l.ready), 0), coalesce(sum(l.waiting), 0), coalesce(sum(l.owed), 0)
FROM unnest(%s::bigint[]) AS m (id)
JOIN members_account a ON a.member_id = m.id
JOIN members_wallet w ON w.account_id = a.id
JOIN members_book b ON b.id = w.book_id
CROSS JOIN LATERAL (
    SELECT sum(l.remaining) FILTER (WHERE l.remaining > 0 AND l.available_from <= moment.now) AS ready,
           sum(l.remaining) FILTER (WHERE l.remaining > 0 AND l.available_from > moment.now) AS waiting,
           -sum(l.remaining) FILTER (WHERE l.remaining < 0) AS owed
    FROM members_lot l, (SELECT %s::timestamptz AS now) moment
    WHERE l.wallet_id = w.id AND l.remaining <> 0 AND (l.expires_at IS NULL OR l.expires_at > moment.now)
) l
GROUP BY a.member_id, b.id ORDER BY a.member_id, b.organization_id, b.kind, b.code
"""

NEXT = """
SELECT a.member_id, w.book_id, l.expires_at, sum(l.remaining)
FROM unnest(%s::bigint[]) AS m (id)
JOIN members_account a ON a.member_id = m.id
JOIN members_wallet w ON w.account_id = a.id
JOIN members_lot l ON l.wallet_id = w.id AND l.remaining > 0 AND l.expires_at > %s
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

# By what was taken from whose wallets: after an undo, what one hold took is held for several people.
HELD = """
SELECT a.member_id, w.book_id, -sum(e.amount)
FROM members_hold h
JOIN members_posting p ON p.hold_id = h.id AND p.verb = 'hold'
JOIN members_entry e ON e.posting_id = p.id
JOIN members_wallet w ON w.id = e.wallet_id
JOIN members_account a ON a.id = w.account_id
JOIN unnest(%s::bigint[]) AS m (id) ON m.id = a.member_id
WHERE h.state = 'open'
GROUP BY 1, 2
"""

AS_OF = """
SELECT a.member_id, b.id, b.code, b.name, b.unit, b.scale, b.organization_id, sum(e.amount)
FROM unnest(%s::bigint[]) AS m (id)
JOIN members_account a ON a.member_id = m.id
JOIN members_wallet w ON w.account_id = a.id
JOIN members_book b ON b.id = w.book_id
JOIN members_entry e ON e.wallet_id = w.id
JOIN members_posting p ON p.id = e.posting_id
WHERE p.occurred_at <= %s AND p.recorded_at <= coalesce(%s::timestamptz, 'infinity')
GROUP BY a.member_id, b.id ORDER BY a.member_id, b.organization_id, b.kind, b.code
"""


@dataclass(frozen=True)
class Balance:
    """In the book's unit. ``available`` can be spent now, ``waiting`` later; ``owed`` is what is owed beyond it.
    ``booked`` is what the postings sum to: it still holds what has expired and was not taken out yet.
    ``expiring``: (first instant at which it is gone, how much), the soonest first. ``held``: reserved by holds that are
    open; it has left the balance, and comes back unless they are committed."""

    member: int
    book: int
    code: str
    name: str
    unit: str
    organization: int
    booked: Decimal
    available: Decimal
    waiting: Decimal
    owed: Decimal
    expiring: tuple[tuple[dt.datetime, Decimal], ...] = ()
    held: Decimal = Decimal(0)


@dataclass(frozen=True)
class Booked:
    """What the postings of a time sum to, in the book's unit."""

    member: int
    book: int
    code: str
    name: str
    unit: str
    organization: int
    booked: Decimal


def of(*, members: Collection[int], now: dt.datetime) -> list[Balance]:
    """One row for each member (id) and each book that an account of his has a wallet in. Three statements, sent
    together, for any number."""
    if not members:
        return []
    ids = sorted(set(members))
    ends, taken, rows = sets.pipelined((NEXT, ids, now), (HELD, ids), (BALANCES, ids, now))
    ending: dict[tuple[int, int], list] = {}
    for member, book, at, steps in ends:
        ending.setdefault((member, book), []).append((at, steps))
    held = {(member, book): steps for member, book, steps in taken}
    return [_balance(row, ending.get(row[:2], ()), held.get(row[:2], 0)) for row in rows]


def as_of(*, members: Collection[int], at: dt.datetime, known_at: dt.datetime | None = None) -> list[Booked]:
    """What the accounts that are these members now had at an instant: all that had happened by ``at``, as it is known
    today, or as it was recorded by ``known_at``. Books in which nothing had happened are left out. One statement."""
    rows = [(id,) for id in sorted(set(members))]
    return [
        Booked(*named, organization, amounts.shown(int(steps), scale=scale))
        for *named, scale, organization, steps in (sets.run(AS_OF, rows, 1, at, known_at) if rows else ())
    ]


def _balance(row, ending, held) -> Balance:
    member, book, code, name, unit, scale, organization, booked, ready, waiting, owed = row
    shown = [
        amounts.shown(each, scale=scale)
        for each in (booked, max(0, ready - owed), waiting, max(0, owed - ready))
    ]
    expiring = tuple((at, amounts.shown(steps, scale=scale)) for at, steps in ending)
    return Balance(
        member, book, code, name, unit, organization, *shown, expiring,
        amounts.shown(held, scale=scale),
    )  # fmt: skip
