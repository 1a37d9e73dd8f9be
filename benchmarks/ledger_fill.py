"""Fills a book with wallets, lots and postings of any number by SQL: what the ledger's own statements would have written."""

import datetime as dt

from benchmarks import fixtures
from members.actions import books
from members.models import Book, Organization

STEPS = 100  # of each earning and each spending

OF = """
CREATE TEMP TABLE filled ON COMMIT DROP AS
SELECT w.id AS wallet_id, w.account_id, row_number() OVER (ORDER BY w.id) - 1 AS place
FROM members_wallet w WHERE w.book_id = %(book)s AND w.account_id IS NOT NULL
"""
WALLETS = """
INSERT INTO members_wallet (book_id, account_id, role, below_zero, balance)
SELECT %(book)s, id, '', false, %(steps)s * (%(earned)s - %(spent)s) FROM members_account WHERE id <= %(members)s ORDER BY id
"""
# Each account earns first and then spends, one lot whole at a time: the oldest.
BASES = """
CREATE TEMP TABLE base ON COMMIT DROP AS
SELECT (SELECT coalesce(max(id), 0) + 1 FROM members_posting) AS posting,
       (SELECT coalesce(max(id), 0) + 1 FROM members_lot) AS lot,
       (SELECT id FROM members_wallet WHERE book_id = %(book)s AND role = 'issued') AS issued,
       (SELECT id FROM members_wallet WHERE book_id = %(book)s AND role = 'spent') AS spent
"""
MOVED = """
CREATE TEMP TABLE moved ON COMMIT DROP AS
SELECT b.posting + f.place * (%(earned)s + %(spent)s) + n AS id, f.wallet_id, f.account_id, f.place, n,
       CASE WHEN n < %(earned)s THEN %(steps)s ELSE -%(steps)s END AS amount,
       %(begin)s::timestamptz + n * interval '1 hour' AS at
FROM base b, filled f, generate_series(0, %(earned)s + %(spent)s - 1) n
"""
POSTINGS = """
INSERT INTO members_posting (id, book_id, account_id, verb, key, content, amount, occurred_at, recorded_at)
SELECT id, %(book)s, account_id, CASE WHEN amount > 0 THEN 'earn' ELSE 'spend' END, 'filled:' || id,
       '00000000-0000-0000-0000-000000000000', amount, at, at
FROM moved
"""
ENTRIES = """
INSERT INTO members_entry (posting_id, wallet_id, amount)
SELECT id, wallet_id, amount FROM moved
UNION ALL SELECT m.id, CASE WHEN m.amount > 0 THEN b.issued ELSE b.spent END, -m.amount FROM moved m, base b
"""
LOTS = """
INSERT INTO members_lot (id, wallet_id, posting_id, amount, remaining, available_from, expires_at)
SELECT b.lot + m.place * %(earned)s + m.n, m.wallet_id, m.id, m.amount,
       CASE WHEN m.n < %(spent)s THEN 0 ELSE m.amount END, m.at, %(ends)s::timestamptz
FROM moved m, base b WHERE m.amount > 0
"""
USES = """
INSERT INTO members_lotuse (posting_id, lot_id, amount)
SELECT m.id, b.lot + m.place * %(earned)s + m.n - %(earned)s, -m.amount FROM moved m, base b WHERE m.amount < 0
"""


def book(
    *, code: str, members: int, earned: int, spent: int = 0, begin: dt.datetime, ends: dt.datetime | None = None,
    kind: str = "points",
) -> Book:  # fmt: skip
    """A book in which each of the first ``members`` accounts has earned ``earned`` times, from ``begin`` on, and spent
    ``spent`` of these lots; those left end at ``ends``. 2 × (earned + spent) entries an account."""
    made = books.create(
        organization=Organization.objects.earliest("id"),
        code=code,
        name=code.title(),
        kind=kind,
        unit=kind,
    )
    asked = {
        "book": made.pk, "members": members, "earned": earned, "spent": spent, "steps": STEPS, "begin": begin,
        "ends": ends,
    }  # fmt: skip
    with fixtures.filling() as cursor:
        for statement in (WALLETS, OF, BASES, MOVED, POSTINGS, ENTRIES, LOTS, USES):
            cursor.execute(statement, asked)
        fixtures.restart(cursor, "members_posting", "members_lot")
    fixtures.settle()
    return made
