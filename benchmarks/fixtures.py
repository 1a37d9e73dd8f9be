"""Fills the tables of a fresh database with members, accounts, identifiers and orders of any number, by SQL.

Rows are a function of their number, so that every run measures the same data. Foreign keys are not checked while
filling (they hold by construction), and statistics are brought up to date at the end.
"""

from contextlib import contextmanager

from django.db import connection, transaction

from members.models import Channel, Organization

BEGIN = "timestamptz '2024-01-01 00:00+08'"


@contextmanager
def filling():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser') = 'on'")
        if cursor.fetchone()[0]:
            cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
    analyze()


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def settle() -> None:
    """Statistics, and the rows on disk: commits that follow wait for their own writes alone."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def _places() -> dict[str, int]:
    return {"channel": Channel.objects.earliest("id").pk, "group": Organization.objects.earliest("id").pk}


def people(*, count: int) -> None:
    """`count` members, each with one account and a consent to everything."""
    with filling() as cursor:
        cursor.execute(MEMBERS, {"count": count})
        cursor.execute(ACCOUNTS, {"count": count, **_places()})
        cursor.execute(MEMBERSHIPS, _places())
        cursor.execute(PROFILES)
        cursor.execute(CONSENTS)
        restart(cursor, "members_member", "members_account")


def identifiers(*, count: int) -> None:
    """A phone and a mailbox that two of three accounts have in common, a unionid for each third, a card for the next:
    five links for two accounts."""
    _carry(IDENTIFIERS, count=count)


def phones(*, count: int) -> None:
    """A phone of its own for each account."""
    _carry({"phone": OWN_PHONE}, count=count)


def _carry(selects: dict[str, str], *, count: int) -> None:
    with filling() as cursor:
        for kind, select in selects.items():
            cursor.execute(f"CREATE TEMP TABLE carried ON COMMIT DROP AS {select}", {"count": count})
            cursor.execute(NAMED, {"kind": kind})
            cursor.execute(BOUND, {"kind": kind})
            cursor.execute("DROP TABLE carried")


def orders(*, count: int, members: int) -> None:
    """`count` orders over two years shared by `members` accounts, some much busier; one in fifty comes back."""
    with filling() as cursor:
        cursor.execute(ORDERS, {"count": count, "members": members, **_places()})
        cursor.execute(RETURNS)


def restart(cursor, *tables: str) -> None:
    for table in tables:
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")


MEMBERS = """
INSERT INTO members_member (id, oneid)
SELECT i, lpad(upper(to_hex(i)), 13, '0') FROM generate_series(1, %(count)s) AS i
"""

ACCOUNTS = f"""
INSERT INTO members_account
    (id, channel_id, external_id, is_contact, organization_id, minted_id, member_id, first_seen_at, last_seen_at)
SELECT i, %(channel)s, 'a' || i, false, %(group)s, i, i,
       {BEGIN} + i * interval '1 second', {BEGIN} + i * interval '1 second' + i %% 700 * interval '1 day'
FROM generate_series(1, %(count)s) AS i
"""

MEMBERSHIPS = """
INSERT INTO members_membership (account_id, organization_id, known_at)
SELECT id, %(group)s, first_seen_at FROM members_account
"""

PROFILES = """
INSERT INTO members_memberprofile
    (member_id, name, gender, birth_date, city, account_count, first_seen_at, last_seen_at)
SELECT member_id, 'Name ' || id, CASE id %% 2 WHEN 0 THEN 'female' ELSE 'male' END,
       date '1950-01-01' + (id * 7919 %% 20000)::int, CASE id %% 3 WHEN 0 THEN 'Jinan' ELSE 'Qingdao' END,
       1, first_seen_at, last_seen_at
FROM members_account
""".replace("%%", "%")

CONSENTS = """
INSERT INTO members_consent (account_id, purpose, touchpoint, granted, stated_at)
SELECT id, 'marketing', '*', id % 10 > 0, first_seen_at FROM members_account
"""

IDENTIFIERS = {
    "phone": """
        SELECT i AS account_id, '+86138' || lpad((i * 2 / 3)::text, 8, '0') AS value
        FROM generate_series(1, %(count)s) AS i
    """,
    "unionid": """
        SELECT i AS account_id, 'u' || i * 2 / 3 AS value FROM generate_series(3, %(count)s, 3) AS i
    """,
    "email": """
        SELECT i AS account_id, 'e' || i * 2 / 3 || '@example.com' AS value
        FROM generate_series(1, %(count)s) AS i WHERE i %% 6 <> 5
    """,
    "card": """
        SELECT i AS account_id, 'c' || i AS value FROM generate_series(1, %(count)s, 3) AS i
    """,
}

OWN_PHONE = """
SELECT i AS account_id, '+86138' || lpad(i::text, 8, '0') AS value FROM generate_series(1, %(count)s) AS i
"""

NAMED = """
INSERT INTO identity_identifier (kind_id, value) SELECT DISTINCT %(kind)s, value FROM carried
"""

BOUND = f"""
INSERT INTO identity_binding (account_id, identifier_id, role, first_at, last_at)
SELECT carried.account_id, identity_identifier.id, 'holder',
       {BEGIN} + carried.account_id * interval '1 minute', {BEGIN} + carried.account_id * interval '1 minute'
FROM carried JOIN identity_identifier ON identity_identifier.value = carried.value AND kind_id = %(kind)s
"""

ORDERS = f"""
INSERT INTO members_order
    (channel_id, external_id, account_id, organization_id, occurred_at, status, currency, amount,
     version_at, version_digest)
SELECT %(channel)s, 'o' || i,
       1 + CASE i %% 2 WHEN 0 THEN i / 2 * 7919 %% %(members)s
           ELSE (i * 7919 %% %(members)s) * (i * 104729 %% %(members)s) / %(members)s END,
       %(group)s, {BEGIN} + i * 2654435761 %% 63072000 * interval '1 second',
       CASE WHEN i %% 25 = 0 THEN 'cancelled' ELSE 'completed' END, 'CNY', (100 + i * 7919 %% 49900) / 100.0,
       {BEGIN}, '00000000-0000-0000-0000-000000000000'
FROM generate_series(1::bigint, %(count)s) AS i
"""

RETURNS = """
INSERT INTO members_return
    (channel_id, external_id, order_id, account_id, organization_id, occurred_at, amount, version_at,
     version_digest)
SELECT channel_id, 'r' || id, id, account_id, organization_id, occurred_at + interval '3 days', amount / 2,
       version_at, version_digest
FROM members_order WHERE id % 50 = 0
"""


# Accounts that have nothing in common but one identifier, after those of `identifiers`.
CROWD = """
WITH minted AS (
    INSERT INTO members_member (oneid)
    SELECT lpad(i::text, 13, 'C') FROM generate_series(1, %(crowd)s) AS i RETURNING id
), numbered AS (
    SELECT id, row_number() OVER (ORDER BY id) AS i FROM minted
), made AS (
    INSERT INTO members_account
        (channel_id, external_id, is_contact, organization_id, minted_id, member_id, first_seen_at, last_seen_at)
    SELECT c.id, 'crowd-' || n.i, false, c.organization_id, n.id, n.id, at, at
    FROM numbered n CROSS JOIN (SELECT min(id) AS id, min(organization_id) AS organization_id FROM members_channel) c,
         LATERAL (SELECT timestamptz '2025-01-01 00:00Z' + n.i * interval '1 second' AS at) told
    RETURNING id, first_seen_at
)
INSERT INTO identity_binding (account_id, identifier_id, role, first_at, last_at)
SELECT id, %(identifier)s, 'holder', first_seen_at, first_seen_at FROM made
"""

ONE_PERSON = """
UPDATE members_account SET member_id = (SELECT min(minted_id) FROM members_account WHERE external_id LIKE 'crowd-%%')
WHERE external_id LIKE 'crowd-%%'
"""

ALONE = """
UPDATE members_member m SET retired_at = now()
WHERE retired_at IS NULL AND oneid LIKE 'C%%' AND NOT EXISTS (SELECT FROM members_account a WHERE a.member_id = m.id)
"""
