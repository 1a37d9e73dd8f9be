"""What accounts carry by their orders, counted again from all orders."""

from django.db import connection, transaction

from identity.actions import bindings

BATCH = 20_000
PAIRS = """
SELECT o.account_id, c.identifier_id, c.role
FROM members_order o JOIN identity_ordercontact c ON c.order_id = o.id
WHERE o.account_id > %(after)s AND o.account_id <= %(until)s
UNION
SELECT account_id, identifier_id, role FROM identity_binding
WHERE account_id > %(after)s AND account_id <= %(until)s AND role <> 'holder' AND source_id IS NULL
"""


def everybody() -> int:
    """Derive every binding that orders made, in batches of accounts; how many there were to look at."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM members_account")
        last, count = cursor.fetchone()[0], 0
    for after in range(0, last, BATCH):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(PAIRS, {"after": after, "until": after + BATCH})
            pairs = set(cursor.fetchall())
            bindings.recount(pairs=pairs)
        count += len(pairs)
    return count
