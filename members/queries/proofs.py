"""What must always be true of the ledger, each as one statement that finds what breaks it.

The database refuses most of it when it is written; this proves it of everything that stands there, whoever wrote it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

SHOWN = 20

ENTRIES = "SELECT posting_id, wallet_id, sum(amount) AS amount FROM members_entry GROUP BY 1, 2"
MADE = "SELECT posting_id, wallet_id, sum(amount) AS amount FROM members_lot GROUP BY 1, 2"
DRAWN = """
    SELECT u.posting_id, l.wallet_id, sum(u.amount) AS amount FROM members_lotuse u JOIN members_lot l ON l.id = u.lot_id
    GROUP BY 1, 2
"""

PROOFS = {
    "the entries of a posting sum to zero": """
        SELECT 'posting ' || e.posting_id, 'sums to ' || sum(e.amount)
        FROM members_entry e GROUP BY e.posting_id HAVING sum(e.amount) <> 0 OR count(*) < 2""",
    "every posting has entries, unless nothing could be taken back": """
        SELECT 'posting ' || p.id, 'has none' FROM members_posting p
        WHERE p.short = 0 AND NOT EXISTS (SELECT FROM members_entry e WHERE e.posting_id = p.id)""",
    "an entry stands between a posting and a wallet of its book": """
        SELECT 'entry ' || e.id, 'posting ' || e.posting_id || ', wallet ' || e.wallet_id
        FROM members_entry e LEFT JOIN members_posting p ON p.id = e.posting_id
        LEFT JOIN members_wallet w ON w.id = e.wallet_id WHERE p.book_id IS DISTINCT FROM w.book_id OR p.id IS NULL""",
    "the amount of a posting is what its accounts gained or lost": """
        SELECT 'posting ' || p.id, 'says ' || p.amount || ', its accounts moved by ' || coalesce(s.amount, 0)
        FROM members_posting p LEFT JOIN (
            SELECT e.posting_id, sum(e.amount) AS amount FROM members_entry e
            JOIN members_wallet w ON w.id = e.wallet_id AND w.role = '' GROUP BY 1
        ) s ON s.posting_id = p.id WHERE p.amount <> coalesce(s.amount, 0)""",
    "a balance is the sum of its entries": """
        SELECT 'wallet ' || w.id, 'balance ' || w.balance || ', entries ' || coalesce(s.amount, 0)
        FROM members_wallet w LEFT JOIN (SELECT wallet_id, sum(amount) AS amount FROM members_entry GROUP BY 1) s
             ON s.wallet_id = w.id
        WHERE w.role = '' AND w.balance <> coalesce(s.amount, 0)""",
    "a balance is what is left in its lots": """
        SELECT 'wallet ' || w.id, 'balance ' || w.balance || ', lots ' || coalesce(s.remaining, 0)
        FROM members_wallet w LEFT JOIN (SELECT wallet_id, sum(remaining) AS remaining FROM members_lot GROUP BY 1) s
             ON s.wallet_id = w.id
        WHERE w.role = '' AND w.balance <> coalesce(s.remaining, 0)""",
    "what is left of a lot is its amount less its uses": """
        SELECT 'lot ' || l.id, 'left ' || l.remaining || ' of ' || l.amount || ', used ' || coalesce(s.amount, 0)
        FROM members_lot l LEFT JOIN (SELECT lot_id, sum(amount) AS amount FROM members_lotuse GROUP BY 1) s
             ON s.lot_id = l.id
        WHERE l.remaining <> l.amount - coalesce(s.amount, 0)""",
    "each movement of a wallet stands in its lots": f"""
        SELECT 'posting ' || coalesce(e.posting_id, m.posting_id, d.posting_id),
               'entries ' || coalesce(e.amount, 0) || ', lots ' || coalesce(m.amount, 0) - coalesce(d.amount, 0)
        FROM (SELECT e.* FROM ({ENTRIES}) e JOIN members_wallet w ON w.id = e.wallet_id AND w.role = '') e
        FULL JOIN ({MADE}) m USING (posting_id, wallet_id) FULL JOIN ({DRAWN}) d USING (posting_id, wallet_id)
        WHERE coalesce(e.amount, 0) <> coalesce(m.amount, 0) - coalesce(d.amount, 0)""",  # noqa: S608
    "a lot is in the book of the posting that made it": """
        SELECT 'lot ' || l.id, 'posting ' || l.posting_id || ', wallet ' || l.wallet_id
        FROM members_lot l LEFT JOIN members_posting p ON p.id = l.posting_id
        LEFT JOIN members_wallet w ON w.id = l.wallet_id WHERE p.book_id IS DISTINCT FROM w.book_id OR p.id IS NULL""",
    "nothing is below zero unless the book allows it": """
        SELECT 'wallet ' || w.id, 'balance ' || w.balance FROM members_wallet w JOIN members_book b ON b.id = w.book_id
        WHERE NOT b.below_zero AND (w.balance < 0 OR EXISTS (
            SELECT FROM members_lot l WHERE l.wallet_id = w.id AND l.remaining < 0))""",
    "no more is left of a lot than it had": """
        SELECT 'lot ' || id, 'left ' || remaining || ' of ' || amount FROM members_lot
        WHERE remaining NOT BETWEEN least(amount, 0) AND greatest(amount, 0)""",
    "no more is reversed than was moved": """
        SELECT 'posting ' || p.id, 'moved ' || p.amount || ', reversed ' || sum(abs(c.amount) + c.short)
        FROM members_posting p JOIN members_posting c ON c.corrects_id = p.id AND c.verb = 'reverse'
        WHERE p.verb IN ('earn', 'spend') AND p.order_key = ''
        GROUP BY p.id HAVING sum(abs(c.amount) + c.short) > abs(p.amount)""",
    "no more of an order is taken back than it earned": """
        SELECT 'order ' || order_key, 'stands at ' || sum(amount - short) FROM members_posting WHERE order_key <> ''
        GROUP BY channel_id, order_key, book_id, account_id HAVING sum(amount - short) < 0""",
    "a key is used once": """
        SELECT 'key ' || key, count(*) || ' postings' FROM members_posting GROUP BY key HAVING count(*) > 1""",
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """``rows``: the first offending rows (what, how), of ``count``."""

    proof: str
    count: int
    rows: tuple[tuple[str, str], ...]


def findings() -> Iterator[Finding]:
    """Every proof in turn, with what breaks it. One statement each, and a few rows of memory."""
    with connection.cursor() as cursor:
        for proof, statement in PROOFS.items():
            cursor.execute(
                f"SELECT found.*, count(*) OVER () FROM ({statement}) found ORDER BY 1 LIMIT {SHOWN}"  # noqa: S608
            )
            rows = cursor.fetchall()
            yield Finding(proof, rows[0][2] if rows else 0, tuple(row[:2] for row in rows))
