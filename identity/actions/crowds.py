"""Review cases of identifiers that too many people carry: opened while they are shared by a limit,
closed by the facts."""

from collections.abc import Collection

from identity.matching.partition import Partition
from identity.matching.policy import Policy
from identity.queries import prepared
from identity.queries.worlds import World
from members import sets

# Reasons of the house's own; what a steward says is a decision.
CROWDED = frozenset({"accounts", "distinct", "members"})

# Counted up to a thousand carriers: whoever looks needs no more to decide.
OPEN = """
WITH carriers AS (
    SELECT n.id, n.reason, b.account_id
    FROM unnest(%s::bigint[], %s::text[]) AS n (id, reason) CROSS JOIN LATERAL (
        SELECT DISTINCT account_id FROM identity_carried
        WHERE identifier_id = n.id AND role <> 'receiver' ORDER BY account_id LIMIT 1000
    ) b
), counted AS (
    SELECT c.id, c.reason, count(*) AS accounts, count(DISTINCT a.member_id) AS people,
           (array_agg(c.account_id ORDER BY c.account_id))[:20] AS first
    FROM carriers c JOIN members_account a ON a.id = c.account_id GROUP BY 1, 2
)
INSERT INTO identity_reviewcase AS old (sort, key, reason, identifier_id, "left", "right", evidence, state, opened_at)
SELECT 'shared', 'shared:' || c.id, c.reason, c.id, c.first, '{}',
       jsonb_build_object('accounts', c.accounts, 'people', c.people, 'limit', k.max_members), 'open', %s
FROM counted c JOIN identity_identifier i ON i.id = c.id JOIN identity_identifierkind k ON k.code = i.kind_id
ORDER BY c.id
ON CONFLICT (key) DO UPDATE
SET reason = excluded.reason, "left" = excluded."left", evidence = excluded.evidence, state = 'open', closed_at = NULL,
    opened_at = CASE old.state WHEN 'open' THEN old.opened_at ELSE excluded.opened_at END,
    snoozed_until = CASE old.state WHEN 'open' THEN old.snoozed_until END,
    snoozed_by_id = CASE old.state WHEN 'open' THEN old.snoozed_by_id END,
    bulk_id = CASE old.state WHEN 'open' THEN old.bulk_id END,
    decision = CASE old.state WHEN 'open' THEN old.decision ELSE '' END,
    decided_by_id = CASE old.state WHEN 'open' THEN old.decided_by_id END,
    verdict_id = CASE old.state WHEN 'open' THEN old.verdict_id END
WHERE old.state = 'obsolete' OR (old.state = 'decided' AND old.decision IN ('shared', 'not_shared'))
   OR (old.state = 'open' AND (old.reason, old."left", old.evidence)
       IS DISTINCT FROM (excluded.reason, excluded."left", excluded.evidence))
RETURNING key
"""

CLOSE = """
UPDATE identity_reviewcase c
SET state = CASE WHEN said.id IS NULL THEN 'obsolete' ELSE 'decided' END, closed_at = %s,
    decision = coalesce(said.kind, ''), verdict_id = said.id, decided_by_id = said.decided_by_id
FROM unnest(%s::bigint[]) AS n (id) LEFT JOIN LATERAL (
    SELECT v.id, v.kind, v.decided_by_id FROM identity_said s JOIN identity_verdict v ON v.id = s.id
    WHERE s.identifier_id = n.id ORDER BY s.decided_at DESC, s.id DESC LIMIT 1
) said ON true
WHERE c.sort = 'shared' AND c.state = 'open' AND c.identifier_id = n.id
RETURNING c.key
"""

OPENED = "SELECT identifier_id FROM identity_reviewcase WHERE sort = 'shared' AND state = 'open'"


def keep(
    *, world: World, found: Partition, policy: Policy, named: Collection[int], now, everybody: bool = False
) -> int:
    """Make the cases of shared identifiers true, for kinds that are limited in people; how many rows changed.

    `named` identifiers may have left the world: blocked ones, and those of a kind that links no more.
    """
    limited = {code for code, kind in policy.kinds.items() if kind.max_members is not None}
    crowded, calm = [], set(named)
    for place, kind in enumerate(world.facts.identifiers.kind):
        if kind not in limited:
            continue
        id = int(world.identifier[place])
        flag = world.facts.identifiers.barred[place] or found.shared.get(place, "")
        if flag in CROWDED:
            crowded.append((id, flag))
        elif world.shared[place] in CROWDED:
            calm.add(id)
    if everybody:
        calm |= {row[0] for row in prepared.fetch(OPENED)}
    calm -= {id for id, _flag in crowded}
    opened = sets.run(OPEN, sorted(crowded), 2, now) if crowded else []
    return len(opened) + len(prepared.fetch(CLOSE, now, sorted(calm)) if calm else [])
