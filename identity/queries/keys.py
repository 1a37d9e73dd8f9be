"""The keys of a person: the identifiers that stand for him, closest to the real person first.

The primary key is the best one there is; all others are secondary. A telephone is *ID-verified* when an account that
holds it holds a national ID as well: it then comes before everything else, also before the ID itself, by which
nobody can be reached. Blocked and shared identifiers, those of kinds that never link, hashed forms of another key
and those of revoked accounts are no keys.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from members import masking
from members.models import Member

# One row a key of a person: {people} narrows the members_account a.
HELD = """
WITH own AS (
    SELECT a.member_id, a.id AS account_id, i.id, i.kind_id, i.namespace, i.value, b.first_at, b.last_at,
           k.name, k.strength
    FROM members_account a
    JOIN identity_carried b ON b.account_id = a.id AND b.role IN ('holder', 'buyer') AND b.source_id IS NULL
    JOIN identity_identifier i ON i.id = b.identifier_id AND NOT i.blocked AND i.shared = ''
    JOIN identity_identifierkind k ON k.code = i.kind_id AND k.links
    WHERE a.revoked_at IS NULL {people}
), proven AS (
    SELECT DISTINCT account_id FROM own WHERE kind_id = 'national_id'
), held AS (
    SELECT own.member_id, own.id, own.kind_id, own.namespace, own.value, own.name, own.strength,
           own.kind_id = 'phone' AND bool_or(proven.account_id IS NOT NULL) AS verified,
           min(own.first_at) AS first_at, max(own.last_at) AS last_at, count(DISTINCT own.account_id) AS accounts
    FROM own LEFT JOIN proven USING (account_id)
    GROUP BY own.member_id, own.id, own.kind_id, own.namespace, own.value, own.name, own.strength
), ranked AS (
    SELECT held.*, CASE WHEN verified THEN 100 ELSE least(strength, 100) END AS closeness,
           row_number() OVER (
               PARTITION BY member_id
               ORDER BY verified DESC, strength DESC, first_at, kind_id, namespace, value
           ) AS place
    FROM held
)
"""
OF_ONE = """
SELECT id, kind_id, name, namespace, value, verified, closeness, first_at, last_at, accounts
FROM ranked ORDER BY place
"""


@dataclass(frozen=True)
class Key:
    """An identifier as a key: ``closeness`` to the real person from 0 to 100, on how many active ``accounts``."""

    id: int
    kind: str
    name: str
    namespace: str
    value: str
    verified: bool
    closeness: int
    first_at: dt.datetime
    last_at: dt.datetime
    accounts: int

    @property
    def masked(self) -> str:
        return masking.contact(kind=self.kind, value=self.value)


@dataclass(frozen=True)
class Keys:
    primary: Key | None
    secondary: list[Key]

    @property
    def variety(self) -> int:
        """How many kinds of secondary keys."""
        return len({key.kind for key in self.secondary})


def of(*, member: Member, accounts: Collection[int] | None = None) -> Keys:
    """The primary and the secondary keys of one person, in the order of their closeness; with ``accounts`` only what
    these of his carry."""
    people = "AND a.member_id = %s" + ("" if accounts is None else " AND a.id = ANY(%s)")
    given = [member.pk] if accounts is None else [member.pk, list(accounts)]
    with connection.cursor() as cursor:
        cursor.execute(HELD.format(people=people) + OF_ONE, given)
        found = [Key(*row) for row in cursor.fetchall()]
    return Keys(found[0] if found else None, found[1:])
