"""Value that is over leaves the wallets: what is left in lots whose last day has passed."""

import datetime as dt

from django.db import connection, transaction

from members import sets
from members.actions import wallets

EXPIRING = """
SELECT DISTINCT wallet_id FROM (
    SELECT wallet_id FROM members_lot WHERE remaining > 0 AND expires_at <= %s ORDER BY expires_at LIMIT %s
) l
"""
# One posting a wallet and end, at that end: however late it is taken out, the balance of any instant is right. What
# expired is what is found under the wallets' locks, so a second run finds nothing.
EXPIRE = """
WITH gone AS MATERIALIZED (
    SELECT id, wallet_id, remaining, expires_at FROM members_lot
    WHERE wallet_id = ANY(%(wallets)s::bigint[]) AND remaining > 0 AND expires_at <= %(now)s
), sums AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('members_posting', 'id')) AS id, g.* FROM (
        SELECT l.wallet_id, w.book_id, w.account_id, l.amount, l.expires_at
        FROM (SELECT wallet_id, expires_at, sum(remaining)::bigint AS amount FROM gone GROUP BY 1, 2) l
        JOIN members_wallet w ON w.id = l.wallet_id ORDER BY l.expires_at, l.wallet_id
    ) g
), posted AS (
    INSERT INTO members_posting (id, book_id, account_id, verb, key, content, amount, occurred_at, recorded_at)
    SELECT id, book_id, account_id, 'expire', 'expire:' || id, gen_random_uuid(), -amount, expires_at, %(now)s FROM sums
), entered AS (
    INSERT INTO members_entry (posting_id, wallet_id, amount)
    SELECT id, wallet_id, -amount FROM sums
    UNION ALL
    SELECT s.id, w.id, s.amount FROM sums s JOIN members_wallet w ON w.book_id = s.book_id AND w.role = 'expired'
), kept AS (
    UPDATE members_wallet w SET balance = w.balance - s.amount
    FROM (SELECT wallet_id, sum(amount)::bigint AS amount FROM sums GROUP BY 1) s WHERE w.id = s.wallet_id
), drawn AS (
    UPDATE members_lot l SET remaining = 0 FROM gone g WHERE l.id = g.id
), used AS (
    INSERT INTO members_lotuse (posting_id, lot_id, amount)
    SELECT s.id, g.id, g.remaining FROM gone g JOIN sums s USING (wallet_id, expires_at)
), told AS (
    INSERT INTO members_event (account_id, channel_id, organization_id, name, occurred_at, properties)
    SELECT a.id, a.channel_id, b.organization_id, b.kind || '.expired', s.expires_at,
           jsonb_build_object('book', b.code, 'amount', round(-s.amount * 10::numeric ^ -b.scale, b.scale)::text)
    FROM sums s JOIN members_account a ON a.id = s.account_id JOIN members_book b ON b.id = s.book_id
)
SELECT count(*) FROM gone
"""
BATCH = 5_000


def some(*, now: dt.datetime, batch: int = BATCH) -> int:
    """Take out one batch; how many lots it was."""
    with transaction.atomic():
        found = sets.run(EXPIRING, [], 0, now, batch)
        return take_out(wallets.lock(wallets=[row[0] for row in found]), now=now)


def take_out(held: wallets.Locked, *, now: dt.datetime) -> int:
    """All that is over in these locked wallets; how many lots it was."""
    if not held:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE, {"wallets": list(held), "now": now})
        return cursor.fetchone()[0]
