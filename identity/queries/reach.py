"""Raw components: everything reachable from some accounts through identifiers that may link, and verdicts."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from identity.queries import prepared, worlds

REACH = "SELECT * FROM identity_reach(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])"

DISTINCT_OF = """
SELECT DISTINCT b.identifier_id
FROM identity_carried b JOIN identity_identifier i ON i.id = b.identifier_id AND i.shared = 'distinct'
WHERE b.account_id = ANY(%s::bigint[]) AND b.role <> 'receiver'
"""

CARRIERS = "SELECT DISTINCT account_id FROM identity_carried WHERE identifier_id = ANY(%s::bigint[]) AND role <> 'receiver'"


@dataclass
class Seeds:
    """Where a recomputation begins, and which identifiers are no longer what their flag says: `opened` ones may
    link again, `crowded` ones no more; carriers of `turned` ones are recomputed wherever they are."""

    accounts: set[int]
    turned: set[int] = field(default_factory=set)
    opened: set[int] = field(default_factory=set)
    crowded: set[int] = field(default_factory=set)


def judge(*, accounts: Collection[int], identifiers: Collection[int], states: list[tuple]) -> Seeds:
    """Who must be recomputed with touched accounts and with named identifiers, after `states` of their identifiers:
    rows (id, flag, barred, crowded)."""
    found = Seeds(set(accounts))
    named = set(identifiers)
    for id, shared, barred, crowded in states:
        was_crowded = shared == "accounts"
        if crowded and not barred and not was_crowded:
            found.crowded.add(id)
        elif shared in worlds.BARRIERS and not barred and not crowded:
            found.opened.add(id)
        if (id in named and not (crowded and was_crowded)) or (not barred and crowded != was_crowded):
            found.turned.add(id)
    if found.turned:
        carriers = {row[0] for row in prepared.fetch(CARRIERS, found.turned)}
        found.accounts |= carriers
        found.opened |= {row[0] for row in prepared.fetch(DISTINCT_OF, carriers)}
    return found


def component(seeds: Seeds) -> tuple[list[int], list[tuple]]:
    """The accounts of the raw components, sorted, and the rows of the verdicts among them."""
    while True:
        rows = prepared.fetch(REACH, seeds.accounts, seeds.turned, seeds.opened, seeds.crowded)
        reached = {row[0] for row in rows}
        verdicts = worlds.verdicts(among=sorted(reached))
        named = {account for _, _, left, right, *_ in verdicts for account in (*left, *right)}
        if named <= reached:
            return sorted(reached), verdicts
        seeds = replace(seeds, accounts=reached | named)
