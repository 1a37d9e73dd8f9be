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
    "the house holds what open holds have": """
        SELECT 'book ' || b.id, 'the house holds ' || coalesce(h.amount, 0) || ', open holds have ' || coalesce(o.amount, 0)
        FROM members_book b
        LEFT JOIN (
            SELECT w.book_id, sum(e.amount) AS amount FROM members_wallet w JOIN members_entry e ON e.wallet_id = w.id
            WHERE w.role = 'held' GROUP BY 1
        ) h ON h.book_id = b.id
        LEFT JOIN (
            SELECT p.book_id, -sum(p.amount) AS amount FROM members_hold h
            JOIN members_posting p ON p.hold_id = h.id AND p.verb = 'hold' WHERE h.state = 'open' GROUP BY 1
        ) o ON o.book_id = b.id WHERE coalesce(h.amount, 0) <> coalesce(o.amount, 0)""",
    "each posting of a hold has one ending when the hold ended, none before": """
        SELECT 'hold ' || h.id, h.state || ', posting ' || coalesce(p.id::text, 'none') || ' has endings: ' || count(c.id)
        FROM members_hold h LEFT JOIN members_posting p ON p.hold_id = h.id AND p.verb = 'hold'
        LEFT JOIN members_posting c ON c.corrects_id = p.id AND c.verb IN ('commit', 'release') AND c.hold_id = h.id
        GROUP BY h.id, h.state, p.id
        HAVING p.id IS NULL OR count(c.id) <> (h.state <> 'open')::int
            OR (h.state IN ('cancelled', 'lapsed') AND count(*) FILTER (WHERE c.verb = 'commit') > 0)""",
    "what a hold spent and what it gave back is what was held": """
        SELECT 'posting ' || c.id, 'gives back ' || c.amount || ' and takes ' || coalesce(-s.amount, 0)
               || ' out of what was held, which was ' || -p.amount
        FROM members_posting c JOIN members_posting p ON p.id = c.corrects_id
        LEFT JOIN (
            SELECT e.posting_id, sum(e.amount) AS amount FROM members_wallet w JOIN members_entry e ON e.wallet_id = w.id
            WHERE w.role = 'held' GROUP BY 1
        ) s ON s.posting_id = c.id
        WHERE c.verb IN ('commit', 'release') AND (p.verb <> 'hold' OR coalesce(s.amount, 0) <> p.amount
            OR c.amount NOT BETWEEN 0 AND -p.amount OR c.verb = 'release' AND c.amount <> -p.amount)""",
    "no more of a commit is reversed than was committed": """
        SELECT 'posting ' || c.id, 'committed ' || -h.amount - c.amount || ', reversed ' || sum(abs(r.amount) + r.short)
        FROM members_posting c JOIN members_posting h ON h.id = c.corrects_id
        JOIN members_posting r ON r.corrects_id = c.id AND r.verb = 'reverse' WHERE c.verb = 'commit'
        GROUP BY c.id, h.amount, c.amount HAVING sum(abs(r.amount) + r.short) > -h.amount - c.amount""",
    "a conversion brings what left the other book, at its rate and less what was lost": """
        SELECT 'posting ' || i.id, 'asked ' || v.asked || ' × ' || v.rate || ', lost ' || v.lost || ', posted '
               || i.amount * 10::numeric ^ -b.scale || ', out ' || coalesce(o.amount * 10::numeric ^ -ob.scale, 0)
        FROM members_conversion v JOIN members_posting i ON i.id = v.posting_id JOIN members_book b ON b.id = i.book_id
        LEFT JOIN members_posting o ON o.id = v.source_id LEFT JOIN members_book ob ON ob.id = o.book_id
        WHERE i.verb = 'convert' AND (
            o.verb IS DISTINCT FROM 'convert' OR v.asked <> -o.amount * 10::numeric ^ -ob.scale
            OR abs(v.asked * v.rate - v.lost - i.amount * 10::numeric ^ -b.scale) > v.asked * 1e-12 + 1e-8
            OR v.lost >= 10::numeric ^ -b.scale)
        UNION ALL
        SELECT 'posting ' || p.id, 'belongs to no conversion' FROM members_posting p
        WHERE p.verb = 'convert' AND NOT EXISTS (SELECT FROM members_conversion v WHERE v.posting_id = p.id)
          AND NOT EXISTS (SELECT FROM members_conversion v WHERE v.source_id = p.id)""",
    "what was taken over is what was stated, at its rate and less what was lost": """
        SELECT 'posting ' || id, 'stated ' || asked || ' × ' || rate || ', lost ' || lost || ', stands at ' || stands
        FROM (
            SELECT p.id, v.asked, v.rate, v.lost, b.scale,
                   sum(p.amount - p.short) OVER (PARTITION BY p.account_id, p.book_id, v.opening_id ORDER BY p.id)
                   * 10::numeric ^ -b.scale AS stands
            FROM members_conversion v JOIN members_posting p ON p.id = v.posting_id JOIN members_book b ON b.id = p.book_id
            WHERE v.opening_id IS NOT NULL
        ) o WHERE stands < 0 OR abs(asked * rate - lost - stands) > asked * 1e-12 + 1e-8 OR lost >= 10::numeric ^ -scale
        UNION ALL
        SELECT 'posting ' || p.id, 'belongs to no statement' FROM members_posting p
        WHERE p.verb = 'open' AND NOT EXISTS (
            SELECT FROM members_conversion v WHERE v.posting_id = p.id AND v.opening_id IS NOT NULL)""",
    "the pot of a gift card holds its value until it is activated": """
        SELECT 'gift card ' || g.number, g.state || ' with ' || g.amount || ', its pot has ' || w.balance
        FROM members_giftcard g JOIN members_wallet w ON w.id = g.pot_id
        LEFT JOIN LATERAL (
            SELECT sum(e.amount) AS amount FROM members_entry e JOIN members_posting p ON p.id = e.posting_id
            WHERE e.wallet_id = g.pot_id AND p.verb = 'expire'
        ) x ON true
        WHERE w.balance <> CASE WHEN g.state IN ('issued', 'given') THEN g.amount + coalesce(x.amount, 0) ELSE 0 END""",
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
