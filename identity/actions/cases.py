"""Review cases of refused links and of contradictions: one a pair of people, kept true to the facts."""

import hashlib
import json
from collections.abc import Iterable

from identity.matching.partition import Partition
from identity.queries import prepared
from identity.queries.worlds import World

WRITE = """
INSERT INTO identity_reviewcase AS old (sort, key, reason, identifier_id, "left", "right", evidence, state, opened_at)
SELECT sort, key, reason, identifier, ARRAY(SELECT jsonb_array_elements_text("left")::bigint),
       ARRAY(SELECT jsonb_array_elements_text("right")::bigint), evidence, 'open', %s
FROM jsonb_to_recordset(%s::jsonb) AS new
     (sort text, key text, reason text, identifier bigint, "left" jsonb, "right" jsonb, evidence jsonb)
ORDER BY key
ON CONFLICT (key) DO UPDATE
SET reason = excluded.reason, identifier_id = excluded.identifier_id, "left" = excluded."left",
    "right" = excluded."right", evidence = excluded.evidence, state = 'open', closed_at = NULL,
    opened_at = CASE old.state WHEN 'open' THEN old.opened_at ELSE excluded.opened_at END,
    snoozed_until = CASE old.state WHEN 'open' THEN old.snoozed_until END,
    snoozed_by_id = CASE old.state WHEN 'open' THEN old.snoozed_by_id END,
    bulk_id = CASE old.state WHEN 'open' THEN old.bulk_id END,
    decision = '', decided_by_id = NULL, verdict_id = NULL
WHERE old.state = 'obsolete' OR (old.state = 'decided' AND old.sort IN ('refused', 'contradiction'))
   OR (old.state = 'open' AND (old.reason, old.identifier_id, old."left", old."right", old.evidence)
       IS DISTINCT FROM (excluded.reason, excluded.identifier_id, excluded."left", excluded."right", excluded.evidence))
RETURNING key
"""

CLOSE_ALL = """
UPDATE identity_reviewcase SET state = 'obsolete', closed_at = %s
WHERE state = 'open' AND sort IN ('refused', 'contradiction') AND key <> ALL(%s::text[]) RETURNING key
"""
CLOSE = CLOSE_ALL.replace("RETURNING", 'AND "left" && %s::bigint[] RETURNING')


def keep(*, world: World, found: Partition, now, everybody: bool = False) -> int:
    """Open, correct and close cases so that they say what is refused now; how many rows changed."""
    wanted = [*_refused(world, found), *_contradictions(world, found)]
    written = prepared.fetch(WRITE, now, json.dumps(wanted)) if wanted else []
    keys = [case["key"] for case in wanted]
    if everybody:
        return len(written) + len(prepared.fetch(CLOSE_ALL, now, keys))
    return len(written) + len(prepared.fetch(CLOSE, now, keys, world.asked))


def _refused(world: World, found: Partition) -> Iterable[dict]:
    """What a steward's verdict keeps apart is decided and needs no case."""
    pairs = [refused for refused in found.refused if refused.why != "not_same"]
    blocks = _blocks(world, found) if pairs else {}
    for refused in pairs:
        keys = [world.facts.accounts.key(side) for side in (refused.left, refused.right)]
        identifiers = world.identifier[list(refused.identifiers)].tolist()
        yield {
            "sort": "refused",
            "key": _digest("refused", *keys),
            "reason": refused.why,
            "identifier": identifiers[0] if identifiers else None,
            "left": blocks[refused.left],
            "right": blocks[refused.right],
            "evidence": {"identifiers": identifiers, "detail": refused.detail},
        }


def _blocks(world: World, found: Partition) -> dict[int, list[int]]:
    """{anchor: ids of the accounts of its person}, of the people in refused pairs."""
    wanted = {side for refused in found.refused for side in (refused.left, refused.right)}
    blocks: dict[int, list[int]] = {anchor: [] for anchor in wanted}
    for account, anchor in zip(world.account.tolist(), found.anchor.tolist(), strict=True):
        if anchor in wanted:
            blocks[anchor].append(account)
    return blocks


def _contradictions(world: World, found: Partition) -> Iterable[dict]:
    for key in found.contradicted:
        left, right = world.verdicts[key]
        yield {
            "sort": "contradiction",
            "key": _digest("contradiction", key),
            "reason": "contradiction",
            "identifier": None,
            "left": sorted(left),
            "right": sorted(right),
            "evidence": {"verdict": int(key)},
        }


def _digest(*parts) -> str:
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=24).hexdigest()
