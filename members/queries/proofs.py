"""What must always be true of the ledger: statements that find what breaks it.

The database refuses most of it when it is written; this proves it of everything that stands there, whoever wrote it.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from queue import SimpleQueue

import psycopg
from django.db import connection, transaction
from django.db.models import Max

from members.models import Posting
from members.queries import proof_scans
from members.queries.proof_scans import Scan

SHOWN = 20
RANGE = 200_000  # postings that one statement reads
MOST = 2**63 - 1
READERS = 2  # connections
ISOLATED = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
SETTINGS = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0"

ALONE = {
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


SCANS = (
    *proof_scans.MERGED,
    *(
        Scan((promise,), f"SELECT '{promise}', found.* FROM ({statement}) found")  # noqa: S608
        for promise, statement in ALONE.items()
    ),
)
PROOFS = {promise: scan.statement for scan in SCANS for promise in scan.promises}
FIRST_ROWS = f"""
SELECT promise, what, how, rows FROM (
    SELECT found.*, count(*) OVER (PARTITION BY promise) AS rows, row_number() OVER (PARTITION BY promise ORDER BY what) AS place
    FROM ({{}}) found (promise, what, how)
) found WHERE place <= {SHOWN}
"""  # noqa: S608


@dataclass(frozen=True)
class Finding:
    """``rows``: the first offending rows (what, how), of ``count``."""

    proof: str
    count: int
    rows: tuple[tuple[str, str], ...]


def findings() -> Iterator[Finding]:
    """Every proof in turn, with what breaks it: of one snapshot, asked by several connections, in a few rows of memory.

    Within a transaction by its own connection alone, for the others do not see what it wrote.
    """
    parts = {scan: _parts(scan) for scan in SCANS}
    asked = [(scan.statement, part) for scan in SCANS for part in parts[scan]]
    with _alone() if connection.in_atomic_block else _together() as answering:
        answers = iter(answering(asked))
        for scan in SCANS:
            yield from _findings(scan, list(islice(answers, len(parts[scan]))))


def _parts(scan) -> list[dict | None]:
    """The ranges of postings that a scan is asked for; the first and the last have no end, for what refers to nothing."""
    if not scan.ranged:
        return [None]
    newest = Posting.objects.aggregate(newest=Max("id"))["newest"] or 0
    ends = [*range(RANGE, newest, RANGE), MOST]
    return [{"first": first + 1, "last": last} for first, last in zip([-MOST, *ends], ends, strict=False)]


@contextmanager
def _alone() -> Iterator[Callable]:
    with connection.cursor() as cursor:
        cursor.execute(SETTINGS)
        yield partial(map, partial(_answer, cursor))


@contextmanager
def _together() -> Iterator[Callable]:
    with transaction.atomic(), connection.cursor() as cursor, ExitStack() as stack:
        cursor.execute(ISOLATED)
        cursor.execute("SELECT pg_export_snapshot()")
        [snapshot] = cursor.fetchone()
        free = SimpleQueue()
        for _reader in range(READERS):
            free.put(stack.enter_context(_reading(snapshot)))
        pool = stack.enter_context(ThreadPoolExecutor(READERS))
        stack.callback(pool.shutdown, cancel_futures=True)
        yield partial(pool.map, partial(_answer_by, free))


@contextmanager
def _reading(snapshot) -> Iterator[psycopg.Cursor]:
    raw = connection.get_new_connection(connection.get_connection_params())
    with closing(raw), raw.cursor() as cursor:
        cursor.execute(ISOLATED)
        cursor.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
        cursor.execute(SETTINGS)
        yield cursor


def _answer_by(free, asked) -> list[tuple]:
    cursor = free.get()
    try:
        return _answer(cursor, asked)
    finally:
        free.put(cursor)


def _answer(cursor, asked) -> list[tuple]:
    statement, part = asked
    cursor.execute(FIRST_ROWS.format(statement), part)
    return cursor.fetchall()


def _findings(scan, parts) -> Iterator[Finding]:
    for promise in scan.promises:
        found = [[row[1:] for row in rows if row[0] == promise] for rows in parts]
        shown = sorted(row[:2] for rows in found for row in rows)[:SHOWN]
        yield Finding(promise, sum(rows[0][2] for rows in found if rows), tuple(shown))
