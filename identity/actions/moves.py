"""Giving accounts to the members that the partition says, and telling of it."""

from dataclasses import dataclass, field

import numpy as np

from identity.matching.partition import Partition
from identity.queries import prepared
from identity.queries.worlds import World
from members import sets

# A member is active exactly while accounts belong to it: `held` says so of each member that gained or lost some.
MOVE = """
WITH locked AS (
    SELECT id FROM members_account WHERE id = ANY(%s::bigint[]) ORDER BY channel_id, external_id FOR NO KEY UPDATE
), moved AS (
    UPDATE members_account a SET member_id = n.member_id
    FROM unnest(%s::bigint[], %s::bigint[]) AS n (id, member_id) LEFT JOIN locked USING (id)
    WHERE a.id = n.id
)
UPDATE members_member m SET retired_at = CASE WHEN NOT n.held THEN %s::timestamptz END
FROM unnest(%s::bigint[], %s::bool[]) AS n (id, held)
WHERE m.id = n.id AND n.held = (m.retired_at IS NOT NULL)
"""

# Lineage for systems that follow OneIDs, and an event on each account that moved, after the move.
TELL = """
WITH moved AS (
    SELECT n.id, n.from_id, a.member_id AS to_id, a.channel_id, a.organization_id, old.oneid AS old, new.oneid AS new,
           CASE WHEN old.retired_at IS NULL THEN 'identity.split' ELSE 'identity.merged' END AS name
    FROM unnest(%s::bigint[], %s::bigint[]) AS n (id, from_id) JOIN members_account a USING (id)
         JOIN members_member old ON old.id = n.from_id JOIN members_member new ON new.id = a.member_id
    ORDER BY n.id
), lineage AS (
    INSERT INTO identity_lineageentry (account_id, from_member_id, to_member_id, at)
    SELECT id, from_id, to_id, %s::timestamptz FROM moved
)
INSERT INTO members_event (account_id, channel_id, organization_id, name, occurred_at, properties)
SELECT id, channel_id, organization_id, name, %s::timestamptz, jsonb_build_object('from', old, 'to', new) FROM moved
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
    """Positions of the accounts that move, every account's member, and {identifier id: flag} of those that change.
    What nobody carries keeps its flag until somebody does."""
    target = world.minted[found.anchor]
    carried = np.isin(np.arange(len(world.identifier)), world.facts.bindings.identifier)
    flags = {
        int(world.identifier[place]): new for place, _old, new in world.reflagged(found) if carried[place]
    }
    return np.flatnonzero(target != world.member), target, flags


def make(*, world: World, found: Partition, new: frozenset[int], now, alone: bool = False) -> Changes:
    """Move what moves. Accounts in `new`, made in this transaction, leave no trace in lineage and log: nobody has
    seen the OneIDs that they minted. `alone`: nobody else moves accounts now, so none need to be locked first."""
    moving, target, flags = planned(world, found)
    if flags:
        sets.run(FLAG, sorted(flags.items()), 2)
    if not len(moving):
        return Changes(identifiers=sorted(flags))
    accounts, old, to = (each[moving].tolist() for each in (world.account, world.member, target))
    members = set(old) | set(to)
    _move(accounts, to, sorted(members), held=set(target.tolist()), now=now, alone=alone)
    seen = [row for row in zip(accounts, old, strict=True) if row[0] not in new]
    if seen:
        sets.run(TELL, seen, 2, now, now)
    return Changes(accounts, members, sorted(flags))


def _move(
    accounts: list[int], to: list[int], members: list[int], *, held: set[int], now, alone: bool
) -> None:
    states = [member in held for member in members]
    prepared.fetch(MOVE, [] if alone else accounts, accounts, to, now, members, states)
