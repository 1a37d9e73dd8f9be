"""Giving accounts to the members that the partition says, and telling of it."""

from dataclasses import dataclass, field

import numpy as np

from identity.matching.partition import Partition
from identity.queries.worlds import World
from members import sets
from members.actions import events

LOCK = """
SELECT id FROM members_account WHERE id = ANY(%s::bigint[]) ORDER BY channel_id, external_id FOR NO KEY UPDATE
"""

MOVE = """
UPDATE members_account a SET member_id = n.member_id
FROM unnest(%s::bigint[], %s::bigint[]) AS n (id, member_id) WHERE a.id = n.id
"""

# A member is active exactly while accounts belong to it.
RETIRE = """
WITH held AS (
    SELECT id, NOT EXISTS (SELECT FROM members_account a WHERE a.member_id = t.id) AS empty
    FROM unnest(%s::bigint[]) AS t (id)
)
UPDATE members_member m SET retired_at = CASE WHEN held.empty THEN %s::timestamptz END
FROM held WHERE m.id = held.id AND held.empty <> (m.retired_at IS NOT NULL)
"""

ONEIDS = "SELECT id, oneid, retired_at IS NOT NULL FROM members_member WHERE id = ANY(%s::bigint[])"

LINEAGE = """
INSERT INTO identity_lineageentry (account_id, from_member_id, to_member_id, at)
SELECT account_id, from_id, to_id, now
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS n (account_id, from_id, to_id),
     (SELECT %s::timestamptz AS now) clock
ORDER BY account_id
"""

FLAG = """
UPDATE identity_identifier i SET shared = n.shared
FROM unnest(%s::bigint[], %s::text[]) AS n (id, shared) WHERE i.id = n.id
"""


@dataclass
class Changes:
    """What a recomputation changed: moved accounts, members that gained or lost accounts, flags, cases."""

    accounts: list[int] = field(default_factory=list)
    members: set[int] = field(default_factory=set)
    identifiers: list[int] = field(default_factory=list)
    cases: int = 0

    def __bool__(self) -> bool:
        return bool(self.accounts or self.identifiers or self.cases)


def planned(world: World, found: Partition) -> tuple[np.ndarray, np.ndarray, dict[int, str]]:
    """Positions of the accounts that move, every account's member, and {identifier id: flag} of those that change."""
    target = world.minted[found.anchor]
    flags = {}
    for place, (old, barred) in enumerate(zip(world.shared, world.facts.identifiers.barred, strict=True)):
        new = barred or found.shared.get(place, "")
        if new != old:
            flags[int(world.identifier[place])] = new
    return np.flatnonzero(target != world.member), target, flags


def make(*, world: World, found: Partition, new: frozenset[int], now) -> Changes:
    """Move what moves. Accounts in `new` (made in this transaction) leave no trace in lineage and log: nobody
    has seen the OneID that they minted."""
    moving, target, flags = planned(world, found)
    if flags:
        sets.run(FLAG, sorted(flags.items()), 2)
    if not len(moving):
        return Changes(identifiers=sorted(flags))
    accounts, old, to = (each[moving].tolist() for each in (world.account, world.member, target))
    sets.run(LOCK, [(id,) for id in accounts], 1)
    sets.run(MOVE, list(zip(accounts, to, strict=True)), 2)
    members = set(old) | set(to)
    sets.run(RETIRE, [(id,) for id in sorted(members)], 1, now)
    seen = [
        place
        for place, id in zip(moving.tolist(), accounts, strict=True)
        if not _is_unseen(world, place, id, new)
    ]
    if seen:
        _tell(world, target, seen, now)
    return Changes(accounts, members, sorted(flags))


def _is_unseen(world: World, place: int, account: int, new: frozenset[int]) -> bool:
    return account in new and world.member[place] == world.minted[place]


def _tell(world: World, target: np.ndarray, places: list[int], now) -> None:
    """Lineage for systems that follow OneIDs, and an event on each account that moved."""
    rows = [(int(world.account[p]), int(world.member[p]), int(target[p])) for p in places]
    sets.run(LINEAGE, rows, 3, now)
    known = sorted({id for _, *pair in rows for id in pair})
    oneids = {id: (oneid, retired) for id, oneid, retired in sets.run(ONEIDS, [(id,) for id in known], 1)}
    events.record(
        happenings=[
            events.Happening(
                name="identity.merged" if oneids[old][1] else "identity.split",
                occurred_at=now,
                channel=int(world.channel[place]),
                account=account,
                organization=int(world.organization[place]),
                properties={"from": oneids[old][0], "to": oneids[to][0]},
            )
            for place, (account, old, to) in zip(places, rows, strict=True)
        ]
    )
