"""Balances and what is left of lots are kept beside the movements they sum up. Here they are summed up again."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection, transaction

from members.queries.proofs import SHOWN, Finding

BATCH = 5_000

NEXT = "SELECT id FROM members_wallet WHERE id > %s AND role = '' ORDER BY id LIMIT %s"
LOCK = "SELECT id FROM members_wallet WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
# What the database would refuse is shown, and left as it is: then the movements themselves are wrong.
WALLETS = """
SELECT w.id, w.balance, coalesce(s.amount, 0)::bigint, coalesce(s.amount, 0) >= 0 OR w.below_zero
FROM members_wallet w
LEFT JOIN (SELECT wallet_id, sum(amount) AS amount FROM members_entry WHERE wallet_id = ANY(%(wallets)s) GROUP BY 1) s
     ON s.wallet_id = w.id
WHERE w.id = ANY(%(wallets)s) AND w.balance <> coalesce(s.amount, 0) ORDER BY w.id
"""
LOTS = """
SELECT l.id, l.remaining, (l.amount - coalesce(s.amount, 0))::bigint,
       l.amount - coalesce(s.amount, 0) BETWEEN least(l.amount, 0) AND greatest(l.amount, 0)
FROM members_lot l
LEFT JOIN (
    SELECT u.lot_id, sum(u.amount) AS amount FROM members_lotuse u JOIN members_lot l ON l.id = u.lot_id
    WHERE l.wallet_id = ANY(%(wallets)s) GROUP BY 1
) s ON s.lot_id = l.id
WHERE l.wallet_id = ANY(%(wallets)s) AND l.remaining <> l.amount - coalesce(s.amount, 0) ORDER BY l.id
"""
SET_WALLETS = "UPDATE members_wallet w SET balance = n.amount FROM unnest(%s::bigint[], %s::bigint[]) AS n (id, amount) WHERE w.id = n.id"
SET_LOTS = "UPDATE members_lot l SET remaining = n.amount FROM unnest(%s::bigint[], %s::bigint[]) AS n (id, amount) WHERE l.id = n.id"


@dataclass
class Tally:
    """How many rows differ from their movements; the first of them are kept to be shown."""

    count: int = 0
    rows: list[tuple[str, str]] = field(default_factory=list)

    def add(self, what: str, found: list[tuple]) -> None:
        self.count += len(found)
        for id, stood, summed, fits in found[: SHOWN - len(self.rows)]:
            refused = "" if fits else ", which the book does not allow: left as it is"
            self.rows.append((f"{what} {id}", f"stood at {stood}, its movements sum to {summed}{refused}"))


def balances(*, dry_run: bool = False, batch: int = BATCH) -> list[Finding]:
    """Sum up every balance from its entries and every lot's rest from its uses, and put right what differs; with
    ``dry_run`` only say so. Each batch of wallets is a transaction under their locks, so tills go on meanwhile: stopped
    and started again, it does the rest. What was found, by promise; a second run finds nothing."""
    wallets, lots = Tally(), Tally()
    for ids in _batches(batch):
        with transaction.atomic():
            _run(LOCK, [ids])
            wallets.add("wallet", _put_right(WALLETS, SET_WALLETS, ids, dry_run))
            lots.add("lot", _put_right(LOTS, SET_LOTS, ids, dry_run))
    return [
        Finding("a balance is the sum of its entries", wallets.count, tuple(wallets.rows)),
        Finding("what is left of a lot is its amount less its uses", lots.count, tuple(lots.rows)),
    ]


def _batches(size) -> Iterator[list[int]]:
    last = 0
    while ids := [row[0] for row in _run(NEXT, [last, size])]:
        yield ids
        last = ids[-1]


def _put_right(differing, put, ids, dry_run):
    found = _run(differing, {"wallets": ids})
    fitting = [(row[0], row[2]) for row in found if row[3]]
    if fitting and not dry_run:
        _run(put, [list(column) for column in zip(*fitting, strict=True)])
    return found


def _run(statement, parameters) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []
