"""Many accounts at once, straight into the tables: what a bad identifier can be carried by."""

from django.db import connection

from identity.models import Identifier
from members.models import Channel

PEOPLE = """
WITH minted AS (
    INSERT INTO members_member (oneid)
    SELECT lpad(upper(to_hex(i)), 13, 'M') FROM generate_series(1, %(count)s) AS i RETURNING id
), numbered AS (
    SELECT id, row_number() OVER (ORDER BY id) AS i FROM minted
)
INSERT INTO members_account
    (channel_id, external_id, is_contact, organization_id, minted_id, member_id, first_seen_at, last_seen_at)
SELECT %(channel)s, 'm' || i, false, %(organization)s, id, id, at, at
FROM numbered, LATERAL (SELECT timestamptz '2026-01-01 00:00Z' + i * interval '1 second' AS at) told
"""

CARRY = """
INSERT INTO identity_binding (account_id, identifier_id, role, first_at, last_at)
SELECT id, %s, 'holder', first_seen_at, first_seen_at FROM members_account WHERE external_id ~ '^m[0-9]+$'
"""

# The phone of every `size` accounts that follow each other.
NAME = """
INSERT INTO identity_identifier (kind_id, value)
SELECT 'phone', '+86139' || lpad(i::text, 8, '0') FROM generate_series(0, %(count)s / %(size)s) AS i
"""
GROUP = """
INSERT INTO identity_binding (account_id, identifier_id, role, first_at, last_at)
SELECT a.id, i.id, 'holder', a.first_seen_at, a.first_seen_at
FROM members_account a JOIN identity_identifier i
     ON i.kind_id = 'phone' AND i.value = '+86139' || lpad((substr(a.external_id, 2)::int / %(size)s)::text, 8, '0')
WHERE a.external_id ~ '^m[0-9]+$'
"""

ANALYZE = "ANALYZE identity_binding, identity_identifier, members_account"


def people(*, channel: Channel, count: int) -> None:
    """Accounts m1 … of people of their own."""
    with connection.cursor() as cursor:
        cursor.execute(
            PEOPLE, {"count": count, "channel": channel.pk, "organization": channel.organization_id}
        )


def carry(*, kind: str, value: str) -> Identifier:
    """One identifier on all of them."""
    made = Identifier.objects.create(kind_id=kind, value=value)
    with connection.cursor() as cursor:
        cursor.execute(CARRY, [made.pk])
        cursor.execute(ANALYZE)
    return made


def phones(*, count: int, size: int) -> None:
    """A phone for every `size` of them."""
    with connection.cursor() as cursor:
        for statement in (NAME, ANALYZE, GROUP):
            cursor.execute(statement, {"count": count, "size": size})
