"""Promises of the ledger that are proved together, since they need the same rows: each statement reads them once.

It gives rows (promise, what, how). One that is ``ranged`` is asked for the postings of one range of ids after the other:
what it holds in memory is one range's, however large the ledger is.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scan:
    promises: tuple[str, ...]
    statement: str
    ranged: bool = False


BALANCED = "the entries of a posting sum to zero"
ENTERED = "every posting has entries, unless nothing could be taken back"
ONE_BOOK = "an entry stands between a posting and a wallet of its book"
SAID = "the amount of a posting is what its accounts gained or lost"
IN_LOTS = "each movement of a wallet stands in its lots"
LOT_BOOK = "a lot is in the book of the posting that made it"
SUMMED = "a balance is the sum of its entries"
LEFT = "a balance is what is left in its lots"
FLOOR = "nothing is below zero unless the book allows it"
USED = "what is left of a lot is its amount less its uses"
WITHIN = "no more is left of a lot than it had"

# Books are compared by their least and greatest: 0 stands for a wallet that is not there. What a posting moves of one
# wallet alone is compared with its lots as a sum; where several are moved (``near``), or a wallet of the house has lots,
# each wallet is looked at. A lot is looked up by OFFSET 0, for ranges have few uses and the ledger many lots.
POSTINGS = f"""
WITH part AS (
    SELECT posting_id, wallet_id, amount AS entered, NULL::bigint AS lots, NULL::bigint AS made FROM members_entry
    WHERE posting_id BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT posting_id, wallet_id, NULL, amount, wallet_id FROM members_lot WHERE posting_id BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT u.posting_id, l.wallet_id, NULL, -u.amount, NULL
    FROM members_lotuse u CROSS JOIN LATERAL (SELECT wallet_id FROM members_lot WHERE id = u.lot_id OFFSET 0) l
    WHERE u.posting_id BETWEEN %(first)s AND %(last)s
), summed AS (
    SELECT p.posting_id, sum(p.entered) AS total, count(p.entered) AS entries,
           sum(p.entered) FILTER (WHERE w.role = '')::bigint AS gained, sum(p.lots) AS lots,
           min(coalesce(w.book_id, 0)) FILTER (WHERE p.entered IS NOT NULL) AS least,
           max(coalesce(w.book_id, 0)) FILTER (WHERE p.entered IS NOT NULL) AS most,
           min(coalesce(w.book_id, 0)) FILTER (WHERE p.made IS NOT NULL) AS least_made,
           max(coalesce(w.book_id, 0)) FILTER (WHERE p.made IS NOT NULL) AS most_made,
           min(p.wallet_id) FILTER (WHERE w.role = '' OR p.lots IS NOT NULL) AS near,
           max(p.wallet_id) FILTER (WHERE w.role = '' OR p.lots IS NOT NULL) AS far,
           coalesce(bool_and(w.role = '') FILTER (WHERE p.lots IS NOT NULL), true) AS is_of_accounts
    FROM part p LEFT JOIN members_wallet w ON w.id = p.wallet_id GROUP BY p.posting_id
), moved AS (
    SELECT s.*, CASE
        WHEN s.near = s.far AND s.is_of_accounts THEN CASE WHEN coalesce(s.gained, 0) <> coalesce(s.lots, 0) THEN s.near END
        WHEN s.near IS NOT NULL THEN (
            SELECT min(x.wallet_id)
            FROM (
                SELECT d.wallet_id, sum(d.amount) AS amount
                FROM (
                    SELECT e.wallet_id, -e.amount AS amount
                    FROM members_entry e JOIN members_wallet w ON w.id = e.wallet_id AND w.role = ''
                    WHERE e.posting_id = s.posting_id
                    UNION ALL
                    SELECT wallet_id, amount FROM members_lot WHERE posting_id = s.posting_id
                    UNION ALL
                    SELECT l.wallet_id, -u.amount FROM members_lotuse u JOIN members_lot l ON l.id = u.lot_id
                    WHERE u.posting_id = s.posting_id
                ) d GROUP BY d.wallet_id
            ) x WHERE x.amount <> 0)
        END AS apart
    FROM summed s
), looked AS (
    SELECT coalesce(p.id, m.posting_id) AS id, p.amount, m.*,
           coalesce(m.entries, 0) AS counted,
           coalesce(m.entries, 0) = 0 AND coalesce(p.short, 1) = 0 AS is_empty,
           m.least <> coalesce(p.book_id, 0) OR m.most <> coalesce(p.book_id, 0) OR m.least = 0 AS is_elsewhere,
           m.least_made <> coalesce(p.book_id, 0) OR m.most_made <> coalesce(p.book_id, 0) OR m.least_made = 0 AS is_strange
    FROM (SELECT * FROM members_posting WHERE id BETWEEN %(first)s AND %(last)s) p FULL JOIN moved m ON m.posting_id = p.id
)
SELECT found.promise, 'posting ' || l.id, found.how
FROM looked l CROSS JOIN LATERAL (VALUES
    ('{BALANCED}', l.total <> 0 OR l.counted = 1, 'sums to ' || l.total),
    ('{ENTERED}', l.is_empty, 'has none'),
    ('{ONE_BOOK}', l.is_elsewhere, 'its entries are in other books'),
    ('{SAID}', l.amount <> coalesce(l.gained, 0), 'says ' || l.amount || ', its accounts moved by ' || coalesce(l.gained, 0)),
    ('{IN_LOTS}', l.apart IS NOT NULL, 'its entries and lots differ in wallet ' || l.apart),
    ('{LOT_BOOK}', l.is_strange, 'its lots are in other books')
) AS found (promise, broken, how)
WHERE (l.total <> 0 OR l.counted = 1 OR l.is_empty OR l.is_elsewhere OR l.amount <> coalesce(l.gained, 0)
       OR l.apart IS NOT NULL OR l.is_strange) AND found.broken
"""  # noqa: S608
BALANCES = f"""
SELECT found.promise, 'wallet ' || w.id, found.how
FROM members_wallet w JOIN members_book b ON b.id = w.book_id
LEFT JOIN (SELECT wallet_id, sum(amount) AS amount FROM members_entry GROUP BY 1) e ON e.wallet_id = w.id
LEFT JOIN (SELECT wallet_id, sum(remaining) AS remaining, min(remaining) AS least FROM members_lot GROUP BY 1) l
     ON l.wallet_id = w.id
CROSS JOIN LATERAL (VALUES
    ('{SUMMED}', w.role = '' AND w.balance <> coalesce(e.amount, 0),
     'balance ' || w.balance || ', entries ' || coalesce(e.amount, 0)),
    ('{LEFT}', w.role = '' AND w.balance <> coalesce(l.remaining, 0),
     'balance ' || w.balance || ', lots ' || coalesce(l.remaining, 0)),
    ('{FLOOR}', NOT b.below_zero AND (w.balance < 0 OR l.least < 0), 'balance ' || w.balance)
) AS found (promise, broken, how)
WHERE (w.balance <> coalesce(e.amount, 0) OR w.balance <> coalesce(l.remaining, 0) OR w.balance < 0 OR l.least < 0) AND found.broken
"""  # noqa: S608
LOTS = f"""
SELECT found.promise, 'lot ' || l.id, found.how
FROM members_lot l LEFT JOIN (SELECT lot_id, sum(amount) AS amount FROM members_lotuse GROUP BY 1) s ON s.lot_id = l.id
CROSS JOIN LATERAL (VALUES
    ('{USED}', l.remaining <> l.amount - coalesce(s.amount, 0),
     'left ' || l.remaining || ' of ' || l.amount || ', used ' || coalesce(s.amount, 0)),
    ('{WITHIN}', l.remaining NOT BETWEEN least(l.amount, 0) AND greatest(l.amount, 0),
     'left ' || l.remaining || ' of ' || l.amount)
) AS found (promise, broken, how)
WHERE (l.remaining <> l.amount - coalesce(s.amount, 0) OR l.remaining NOT BETWEEN least(l.amount, 0) AND greatest(l.amount, 0))
      AND found.broken
"""  # noqa: S608
MERGED = (
    Scan((BALANCED, ENTERED, ONE_BOOK, SAID, IN_LOTS, LOT_BOOK), POSTINGS, ranged=True),
    Scan((SUMMED, LEFT, FLOOR), BALANCES),
    Scan((USED, WITHIN), LOTS),
)
