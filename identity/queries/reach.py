"""Raw components: everything reachable from some accounts through identifiers that may link, and verdicts."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db import connection

from identity.queries import worlds

# Starts at the accounts, at those who are one person with them now, and at the carriers of `turned` identifiers.
REACH = """
WITH RECURSIVE seeds AS (
    SELECT unnest(%(accounts)s::bigint[]) AS id
), reach (id) AS (
    (
        SELECT id FROM seeds
        UNION SELECT mate.id FROM seeds JOIN members_account a ON a.id = seeds.id
                     JOIN members_account mate ON mate.member_id = a.member_id
        UNION SELECT account_id FROM identity_binding
              WHERE identifier_id = ANY(%(turned)s::bigint[]) AND role <> 'receiver'
    )
    UNION
    SELECT other.account_id
    FROM reach JOIN identity_binding own ON own.account_id = reach.id AND own.role <> 'receiver'
         JOIN identity_identifier i ON i.id = own.identifier_id AND NOT i.blocked
              AND (i.shared NOT IN ('accounts', 'distinct', 'verdict') OR i.id = ANY(%(opened)s::bigint[]))
              AND i.id <> ALL(%(crowded)s::bigint[])
         JOIN identity_identifierkind k ON k.code = i.kind_id AND k.links
         JOIN identity_binding other ON other.identifier_id = i.id AND other.role <> 'receiver'
)
SELECT id FROM reach
"""

# The identifiers of some accounts: flagged how, and whether more carry them than their kind allows.
STATES = f"""
WITH bound AS (
    SELECT DISTINCT identifier_id AS id FROM identity_binding
    WHERE account_id = ANY(%(accounts)s::bigint[]) AND role <> 'receiver'
    UNION SELECT unnest(%(identifiers)s::bigint[])
), judged AS (
    SELECT i.id, i.shared, coalesce(v.kind, '') AS said, i.blocked, k.links, k.max_accounts
    FROM bound JOIN identity_identifier i USING (id) JOIN identity_identifierkind k ON k.code = i.kind_id
         LEFT JOIN ({worlds.SAID}) v ON v.identifier_id = i.id
)
SELECT id, shared, NOT links OR blocked OR said = 'shared' AS barred,
       said <> 'not_shared' AND max_accounts IS NOT NULL AND max_accounts < (
           SELECT count(*) FROM (
               SELECT DISTINCT account_id FROM identity_binding
               WHERE identifier_id = judged.id AND role <> 'receiver' LIMIT judged.max_accounts + 1
           ) carriers
       ) AS crowded
FROM judged
"""  # noqa: S608 - made of constants

DISTINCT_OF = """
SELECT DISTINCT b.identifier_id
FROM identity_binding b JOIN identity_identifier i ON i.id = b.identifier_id AND i.shared = 'distinct'
WHERE b.account_id = ANY(%s::bigint[]) AND b.role <> 'receiver'
"""

CARRIERS = "SELECT DISTINCT account_id FROM identity_binding WHERE identifier_id = ANY(%s::bigint[]) AND role <> 'receiver'"


@dataclass
class Seeds:
    """Where a recomputation begins, and which identifiers are no longer what their flag says: `opened` ones may
    link again, `crowded` ones no more; carriers of `turned` ones are recomputed wherever they are."""

    accounts: set[int]
    turned: set[int] = field(default_factory=set)
    opened: set[int] = field(default_factory=set)
    crowded: set[int] = field(default_factory=set)


def judge(*, accounts: Collection[int], identifiers: Collection[int]) -> Seeds:
    """Look again at the identifiers of touched accounts, and at named ones: who must be recomputed with them."""
    found = Seeds(set(accounts))
    rows = _fetch(STATES, {"accounts": list(accounts), "identifiers": list(identifiers)})
    named = set(identifiers)
    for id, shared, barred, crowded in rows:
        was_crowded = shared == "accounts"
        if crowded and not barred and not was_crowded:
            found.crowded.add(id)
        elif shared in worlds.BARRIERS and not barred and not crowded:
            found.opened.add(id)
        if (id in named and not (crowded and was_crowded)) or (not barred and crowded != was_crowded):
            found.turned.add(id)
    if found.turned:
        carriers = {row[0] for row in _fetch(CARRIERS, [sorted(found.turned)])}
        found.accounts |= carriers
        found.opened |= {row[0] for row in _fetch(DISTINCT_OF, [sorted(carriers)])}
    return found


def component(seeds: Seeds) -> tuple[list[int], list[tuple]]:
    """The accounts of the raw components, sorted, and the rows of the verdicts among them."""
    start = seeds.accounts
    while True:
        reached = _reach(start, seeds)
        verdicts = worlds.verdicts(among=sorted(reached))
        named = {account for _, _, left, right, *_ in verdicts for account in (*left, *right)}
        if named <= reached:
            return sorted(reached), verdicts
        start = start | named


def _reach(start: Iterable[int], seeds: Seeds) -> set[int]:
    told = {"accounts": start, "turned": seeds.turned, "opened": seeds.opened, "crowded": seeds.crowded}
    return {row[0] for row in _fetch(REACH, {name: sorted(ids) for name, ids in told.items()})}


def _fetch(query: str, parameters) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()
