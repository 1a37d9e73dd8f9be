"""What the search for candidates reads: what accounts say, which pairs it must not propose, what is known already."""

import json
from collections.abc import Iterable, Iterator
from itertools import combinations, product

import psycopg
from django.db import connection, transaction

from identity.candidates.people import Account
from identity.queries import prepared

CHUNK = 5_000

# Sorted by person. Receivers' telephones are nobody's; shared identifiers say little of one person.
SAID = """
SELECT a.id, a.member_id, a.channel_id,
       a.traits #>> '{name,value}', a.traits #>> '{birth_date,value}', a.traits #>> '{gender,value}',
       a.traits #>> '{province,value}', a.traits #>> '{city,value}', a.traits #>> '{address,value}',
       a.traits #>> '{postcode,value}', a.traits #>> '{phone_masked,value}',
       c.phones, c.emails, c.numbers, r.receivers
FROM members_account a
LEFT JOIN (
    SELECT b.account_id,
           array_agg(DISTINCT i.value) FILTER (WHERE i.kind_id = 'phone') AS phones,
           array_agg(DISTINCT i.value) FILTER (WHERE i.kind_id = 'email') AS emails,
           array_agg(DISTINCT i.value) FILTER (WHERE i.kind_id = 'national_id') AS numbers
    FROM identity_binding b JOIN identity_identifier i ON i.id = b.identifier_id
    WHERE i.kind_id IN ('phone', 'email', 'national_id') AND b.role <> 'receiver'
      AND NOT i.blocked AND i.shared = ''
    GROUP BY b.account_id
) c ON c.account_id = a.id
LEFT JOIN (
    SELECT o.account_id, jsonb_agg(DISTINCT jsonb_build_array(
               coalesce(raw #>> '{receiver,name}', ''), coalesce(raw #>> '{receiver,address}', ''))) AS receivers
    FROM identity_intakerecord i
    JOIN members_order o ON o.channel_id = i.channel_id AND o.external_id = i.key
    WHERE i.type = 'order' AND o.account_id IS NOT NULL
      AND (i.raw #> '{receiver,name}' IS NOT NULL OR i.raw #> '{receiver,address}' IS NOT NULL)
    GROUP BY o.account_id
) r ON r.account_id = a.id
"""

OPEN = """
a.emptied_at IS NULL AND NOT EXISTS (SELECT FROM members_closedlink k WHERE k.account_id = a.id)
"""
SPAN = "SELECT min(first_seen_at), max(last_seen_at) FROM members_account WHERE emptied_at IS NULL"
# A second person behind one of these is proof of two: the platform itself gave each its own. A shared one is nobody's.
MINTED_APART = """
SELECT DISTINCT a.member_id, i.kind_id || ' ' || i.namespace, i.id
FROM identity_carried b JOIN identity_identifier i ON i.id = b.identifier_id
JOIN identity_identifierkind k ON k.code = i.kind_id JOIN members_account a ON a.id = b.account_id
WHERE k.max_per_person = 1 AND k.code <> 'national_id' AND b.role IN ('holder', 'buyer')
  AND NOT i.blocked AND i.shared = ''
"""
ALONE = """
SELECT DISTINCT a.member_id, c.code FROM members_account a JOIN members_channel c ON c.id = a.channel_id
WHERE c.one_account_a_person AND a.emptied_at IS NULL
"""
# Not-same verdicts, cases that somebody decided, and cases that wait in the queue as another sort.
SAID_APART = """
SELECT "left", "right" FROM identity_verdict WHERE kind = 'not_same' AND withdrawn_at IS NULL
UNION ALL
SELECT "left", "right" FROM identity_reviewcase
WHERE sort IN ('candidate', 'refused') AND state = 'decided'
UNION ALL
SELECT "left", "right" FROM identity_reviewcase WHERE sort = 'refused' AND state = 'open'
"""
MEMBERS = "SELECT id, member_id FROM members_account WHERE id = ANY(%s::bigint[])"
ACCOUNTS = (
    "SELECT member_id, id FROM members_account WHERE member_id = ANY(%s::bigint[]) ORDER BY member_id, id"
)
LINKED = """
JOIN (SELECT member_id FROM members_account GROUP BY member_id HAVING count(*) BETWEEN 2 AND 20
      ORDER BY hashint8(member_id), member_id LIMIT %s) several ON several.member_id = a.member_id
"""


def said() -> Iterator[Account]:
    """What every account says whose customer did not withdraw identification, sorted by person. Streamed, inside a
    transaction."""
    return _stream(f"{SAID} WHERE {OPEN} ORDER BY a.member_id, a.id", [])


def said_of_linked(*, people: int) -> list[Account]:
    """The same of some people with two to twenty accounts: known pairs, on which blocking is measured."""
    with transaction.atomic():
        return list(_stream(f"{SAID} {LINKED} ORDER BY a.id", [people]))


def _stream(query: str, parameters: list) -> Iterator[Account]:
    connection.ensure_connection()
    reader = psycopg.ServerCursor(connection.connection, "candidates_said")
    with connection.wrap_database_errors, reader as cursor:
        cursor.itersize = CHUNK
        for *told, phones, emails, numbers, receivers in cursor.execute(query, parameters):
            yield Account(
                *told,
                phones=tuple(phones or ()),
                emails=tuple(emails or ()),
                numbers=tuple(numbers or ()),
                receivers=tuple(map(tuple, json.loads(receivers or "[]"))),
            )


def span() -> tuple:
    """When the first account was seen, and the last."""
    return prepared.fetch(SPAN)[0]


def said_apart() -> set[tuple[int, int]]:
    """Pairs of members (left < right) that are decided, or wait for a decision as a refused link."""
    sides = prepared.fetch(SAID_APART)
    member = dict(prepared.fetch(MEMBERS, {account for row in sides for side in row for account in side}))
    return {
        (min(pair), max(pair))
        for left, right in sides
        for pair in product({member.get(each) for each in left}, {member.get(each) for each in right})
        if None not in pair and pair[0] != pair[1]
    }


def minted() -> dict[int, dict[str, frozenset[int]]]:
    """{member: {kind and namespace: ids}} of identifiers of which a person has one, given by a platform."""
    held: dict[int, dict[str, frozenset[int]]] = {}
    for member, place, identifier in prepared.fetch(MINTED_APART):
        told = held.setdefault(member, {})
        told[place] = told.get(place, frozenset()) | {identifier}
    return held


def alone() -> dict[int, frozenset[str]]:
    """{member: channels where a person has one account and this one has theirs}."""
    held: dict[int, frozenset[str]] = {}
    for member, channel in prepared.fetch(ALONE):
        held[member] = held.get(member, frozenset()) | {channel}
    return held


def accounts(*, members: Iterable[int]) -> dict[int, list[int]]:
    """{member: ids of the accounts, sorted}."""
    found: dict[int, list[int]] = {}
    for member, account in prepared.fetch(ACCOUNTS, set(members)):
        found.setdefault(member, []).append(account)
    return found


def known_pairs(people: Iterable[Account]) -> set[tuple[int, int]]:
    """Pairs of accounts (left < right) that identifiers made one person."""
    of: dict[int, list[int]] = {}
    for each in people:
        of.setdefault(each.member, []).append(each.account)
    return {pair for held in of.values() for pair in combinations(sorted(held), 2)}
