"""Wallets of accounts: made when first needed, locked in the order of their ids, and only then read."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from members import sets
from members.ledger.drawing import Lot

MAKE = """
INSERT INTO members_wallet (book_id, account_id, role, below_zero, balance)
SELECT b.id, n.account_id, '', b.below_zero, 0
FROM (SELECT DISTINCT * FROM unnest(%s::bigint[], %s::bigint[]) AS n (book_id, account_id)) n
JOIN members_book b ON b.id = n.book_id
WHERE NOT EXISTS (SELECT FROM members_wallet w WHERE w.book_id = n.book_id AND w.account_id = n.account_id)
ORDER BY n.book_id, n.account_id
ON CONFLICT (book_id, account_id) WHERE account_id IS NOT NULL DO NOTHING
"""
LOCK = """
SELECT w.id, w.book_id, w.account_id
FROM members_wallet w
WHERE w.id IN ({wanted})
ORDER BY w.id FOR NO KEY UPDATE
"""
OWN = """
SELECT w.id FROM unnest(%s::bigint[], %s::bigint[]) AS n (book_id, account_id)
JOIN members_wallet w USING (book_id, account_id)
"""
# Of everybody who is the same person now: his accounts pay for one another.
MATES = """
SELECT w.id, n.book_id, n.account_id FROM unnest(%s::bigint[], %s::bigint[]) AS n (book_id, account_id)
JOIN members_account a ON a.id = n.account_id
JOIN members_account mate ON mate.member_id = a.member_id
JOIN members_wallet w ON w.book_id = n.book_id AND w.account_id = mate.id
"""
FEW = 20  # rows of a statement that is planned once a connection
FIRST = 20  # most spendings need no more lots than these; a spending alone looks at as many (migration 0006)
# What one person can spend first in one book.
FIRST_LOTS = f"""
SELECT l.id, l.wallet_id, l.remaining, l.expires_at
FROM members_account a JOIN members_account mate ON mate.member_id = a.member_id
JOIN members_wallet w ON w.book_id = %s::bigint AND w.account_id = mate.id
CROSS JOIN LATERAL (
    SELECT * FROM members_lot WHERE wallet_id = w.id AND remaining > 0 AND available_from <= %s::timestamptz
       AND (expires_at IS NULL OR expires_at > %s::timestamptz)
    ORDER BY expires_at, id LIMIT {FIRST}
) l
WHERE a.id = %s::bigint ORDER BY l.expires_at, l.id LIMIT {FIRST}
"""  # noqa: S608
# The same, and what the key did before.
READ = f"""
(SELECT f.*, NULL::bigint, NULL, NULL::bigint, NULL::bigint, NULL::uuid FROM ({FIRST_LOTS}) f)
UNION ALL
SELECT NULL, NULL, NULL, NULL, p.id, p.verb, p.amount, p.short, p.content FROM members_posting p WHERE p.key = %s
"""  # noqa: S608
IDS = "SELECT unnest(%s::bigint[])"
LOTS = """
SELECT l.id, l.wallet_id, l.remaining, l.available_from, l.expires_at
FROM members_lot l WHERE l.wallet_id = ANY(%s::bigint[]) AND l.remaining <> 0
"""
PROLONG = """
UPDATE members_lot l SET expires_at = n.ends
FROM unnest(%s::bigint[], %s::timestamptz[]) AS n (wallet_id, ends)
WHERE l.wallet_id = n.wallet_id AND l.remaining > 0 AND l.expires_at > %s AND l.expires_at < n.ends
"""

Pair = tuple[int, int]  # book, account
Locked = dict[int, Pair]  # wallet: its book and account


def make(*, pairs: Collection[Pair]) -> None:
    """The wallets of these books and accounts, as far as they are not there. Before anything is locked."""
    if pairs:
        _run(MAKE, sorted(pairs), 2)


def lock_own(*, pairs: Collection[Pair]) -> Locked:
    return _lock(OWN, sorted(pairs), 2)


def lock_mates(*, pairs: Collection[Pair]) -> Locked:
    """The wallets in the books of all accounts of those people."""
    return _lock(f"SELECT id FROM ({MATES}) mates", sorted(pairs), 2)  # noqa: S608


@dataclass(frozen=True)
class Read:
    """Locked wallets, the ``lots`` that are spent first (``whole``: there are no others that can be spent), and the
    posting of the key (id, verb, amount, short, content), if it was used."""

    held: Locked
    lots: list[Lot]
    whole: bool
    earlier: tuple | None


def lock_and_read(*, pair: Pair, key: str, now: dt.datetime) -> Read:
    """`lock_mates`, and what is there then, sent together."""
    books, accounts = sets.columns([pair], 2)
    locking = LOCK.format(wanted=f"SELECT id FROM ({MATES}) mates")  # noqa: S608
    locked, rows = sets.pipelined((locking, books, accounts), (READ, *_asked(pair, now), key))
    held = {row[0]: row[1:] for row in locked}
    earlier = next((row[4:] for row in rows if row[4] is not None), None)
    lots = [_ready(row, now) for row in rows if row[0] is not None]
    return Read(held, [lot for lot in lots if lot.wallet in held], len(lots) < FIRST, earlier)


def _ready(row, now) -> Lot:
    """What can be spent, since when does not matter."""
    return Lot(*row[:3], now, row[3])


def _asked(pair, now) -> tuple[str, ...]:
    book, account = map(str, pair)
    return book, now.isoformat(), now.isoformat(), account


def lock(*, wallets: Iterable[int]) -> Locked:
    return _lock(IDS, [(id,) for id in sorted(wallets)], 1)


def _lock(wanted, rows, width):
    found = _run(LOCK.format(wanted=wanted), rows, width) if rows else []
    return {row[0]: row[1:] for row in found}


def mates(*, pairs: Collection[Pair]) -> set[int]:
    """Ids only, to be locked together with others."""
    return {wallet for family in families(pairs=pairs).values() for wallet in family}


def families(*, pairs: Collection[Pair]) -> dict[Pair, set[int]]:
    """The wallets of each book and account's person."""
    found: dict[Pair, set[int]] = {pair: set() for pair in pairs}
    for wallet, *pair in _run(MATES, sorted(pairs), 2) if pairs else ():
        found[tuple(pair)].add(wallet)
    return found


def own(*, pairs: Collection[Pair]) -> set[int]:
    return {row[0] for row in _run(OWN, sorted(pairs), 2)} if pairs else set()


def lots(*, wallets: Iterable[int]) -> list[Lot]:
    """What is left, and what is owed, in locked wallets."""
    return [Lot(*row) for row in _run(LOTS, [(id,) for id in sorted(wallets)], 1)]


def prolong(*, ends: dict[int, dt.datetime], now: dt.datetime) -> None:
    """What is left in a wallet lasts at least to ``ends``: {wallet: time}."""
    if ends:
        _run(PROLONG, sorted(ends.items()), 2, now)


def _run(sql, rows, width, *more) -> list[tuple]:
    """Of few, as at a till, the server keeps the plan."""
    return sets.run(sql, rows, width, *more, planned_once=len(rows) <= FEW)
