"""The ledger: tills against pgbench's TPC-B on the same server, expiry and tiers against one statement by hand, proofs."""

import datetime as dt
import functools
import itertools
import os
import random
import time
import uuid

from django.db import connection, transaction

from benchmarks import fixtures, house, ledger_fill, ledger_tiers, tills
from benchmarks.measures import Measure, at_most, shown, times_at_least, times_at_most
from members.actions import points
from members.models import Account, Book, Entry
from members.queries import proofs

PEOPLE = 1_000_000  # whose tiers are reviewed
MEMBERS = 100_000  # of them, who have points
ENTRIES = 10_000_000  # that are proved: all there are
EARNED, SPENT = 4, 1  # of five postings
CUSTOMERS = 5_000  # of each till
LOTS = 10  # of each member that expire: 1,000,000
NOW = dt.datetime(2026, 1, 15, 12, tzinfo=dt.UTC)
BEGIN = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)

# What expiry writes, for everybody at once: postings, both entries, balances, lots, their uses, events.
BY_HAND = """
WITH gone AS MATERIALIZED (
    SELECT id, wallet_id, remaining, expires_at FROM members_lot WHERE remaining > 0 AND expires_at <= %(now)s
), sums AS MATERIALIZED (
    SELECT nextval('members_posting_id_seq') AS id, w.id AS wallet_id, w.book_id, w.account_id, g.amount, g.at
    FROM (SELECT wallet_id, sum(remaining)::bigint AS amount, max(expires_at) AS at FROM gone GROUP BY 1) g
    JOIN members_wallet w ON w.id = g.wallet_id
), posted AS (
    INSERT INTO members_posting (id, book_id, account_id, verb, key, content, amount, occurred_at, recorded_at)
    SELECT id, book_id, account_id, 'expire', 'expire:' || id, gen_random_uuid(), -amount, at, %(now)s FROM sums
), entered AS (
    INSERT INTO members_entry (posting_id, wallet_id, amount)
    SELECT id, wallet_id, -amount FROM sums
    UNION ALL
    SELECT s.id, w.id, s.amount FROM sums s JOIN members_wallet w ON w.book_id = s.book_id AND w.role = 'expired'
), kept AS (
    UPDATE members_wallet w SET balance = w.balance - s.amount FROM sums s WHERE w.id = s.wallet_id
), drawn AS (
    UPDATE members_lot l SET remaining = 0 FROM gone g WHERE l.id = g.id
), used AS (
    INSERT INTO members_lotuse (posting_id, lot_id, amount) SELECT s.id, g.id, g.remaining FROM gone g JOIN sums s USING (wallet_id)
)
INSERT INTO members_event (account_id, channel_id, organization_id, name, occurred_at, properties)
SELECT a.id, a.channel_id, b.organization_id, b.kind || '.expired', s.at,
       jsonb_build_object('book', b.code, 'amount', (-s.amount)::text)
FROM sums s JOIN members_account a ON a.id = s.account_id JOIN members_book b ON b.id = s.book_id
"""


def run(*, scale: float) -> list[Measure]:
    people, count = max(1_000, int(PEOPLE * scale)), max(1_000, int(MEMBERS * scale))
    house.build(channels=["mini"])
    fixtures.people(count=people)
    book = ledger_fill.book(code="points", members=count, earned=3, begin=BEGIN)
    return [
        *_rates(book, count),
        *_expiry(count),
        *ledger_tiers.measure(members=people, begin=BEGIN, now=NOW),
        *_proofs(count, scale),
    ]


def _rates(book, count) -> list[Measure]:
    asked = [
        (f"earning of {count:,} members at 8 tills", 0.4, "earn", count),
        ("spending, the same", 0.4, "spend", count),
        ("earning of one member at 8 tills", 0.1, "earn", 1),
        ("spending, the same", 0.1, "spend", 1),
    ]
    works = [
        functools.partial(tills.rate, till=f"benchmarks.ledger:{verb}", book=book.pk, members=members)
        for _what, _limit, verb, members in asked
    ]
    measured = tills.beside_tpc_b(url=os.environ["DATABASE_URL"], works=works)
    return [
        times_at_least(what, ours, "/s", limit, yardstick=yardstick)
        for (what, limit, _verb, _members), (ours, yardstick) in zip(asked, measured, strict=True)
    ]


def earn(number: int, chance: random.Random, *, book: int, members: int) -> None:
    _move(points.earn, number, chance, book, members, 3)


def spend(number: int, chance: random.Random, *, book: int, members: int) -> None:
    """Where nothing is left any more, something is earned first: it counts as one."""
    try:
        _move(points.spend, number, chance, book, members, 1)
    except points.NotEnough:
        _move(points.earn, number, chance, book, members, 100_000)


def _move(verb, number, chance, book, members, amount):
    book, accounts = _known(number, book, members)
    verb(
        account=chance.choice(accounts),
        book=book,
        amount=amount,
        key=f"till-{number}:{uuid.uuid4()}",
        now=NOW,
    )


@functools.cache
def _known(number: int, book: int, members: int) -> tuple[Book, list[Account]]:
    """What a till knows are the book and its customers' accounts: neither is read anew for each sale."""
    chance = random.Random(number)
    accounts = [Account(pk=chance.randint(1, members)) for _customer in range(CUSTOMERS)]
    return Book.objects.get(pk=book), accounts


def _expiry(count) -> list[Measure]:
    ends = NOW - dt.timedelta(days=1)
    ledger_fill.book(code="old", members=count, earned=LOTS, begin=BEGIN, ends=ends)
    by_hand = _by_hand()
    fixtures.settle()
    begun = time.perf_counter()
    lots = sum(itertools.takewhile(bool, (points.expire(now=NOW) for _batch in itertools.count())))
    ours = time.perf_counter() - begun
    if lots != count * LOTS:
        raise RuntimeError(f"{lots:,} lots expired, not {count * LOTS:,}")
    return [times_at_most(f"expiry of {lots:,} lots", ours, "s", 2, yardstick=by_hand)]


def _by_hand() -> float:
    """Seconds, with the commit's share; then it is taken back."""
    with transaction.atomic():
        begun = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(BY_HAND, {"now": NOW})
        seconds = time.perf_counter() - begun
        transaction.set_rollback(True)
    return seconds


def _proofs(count, scale) -> list[Measure]:
    """Filled up to ten million entries: what was earned, spent, expired and reviewed before is of them."""
    lacking = max(0, int(ENTRIES * scale) - Entry.objects.count())
    times = max(1, -(-lacking // (2 * (EARNED + SPENT) * count)))
    ledger_fill.book(code="large", members=count, earned=EARNED * times, spent=SPENT * times, begin=BEGIN)
    entries = Entry.objects.count()
    begun, slowest = time.perf_counter(), (0.0, "")
    last = begun
    for finding in proofs.findings():
        if finding.count:
            raise RuntimeError(f"broken: {finding.proof}")
        slowest, last = max(slowest, (time.perf_counter() - last, finding.proof)), time.perf_counter()
    seconds = last - begun
    return [
        at_most(f"check_ledger over {entries:,} entries", seconds, "s", 60),
        shown(f"of it: {slowest[1]}", slowest[0], "s"),
    ]
