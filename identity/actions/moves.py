"""Giving accounts to the members that the partition says, and telling of it."""

from dataclasses import dataclass, field

import numpy as np

from identity.matching.partition import Partition
from identity.queries import prepared
from identity.queries.worlds import World
from members import sets
from members.actions import events

# A member is active exactly while accounts belong to it: `held` says so of each member that gained or lost some.
MOVE = """
WITH locked AS (
    SELECT id FROM members_account WHERE id = ANY(%s::bigint[]) ORDER BY channel_id, external_id FOR NO KEY UPDATE
), moved AS (
    UPDATE members_account a SET member_id = n.member_id
    FROM locked JOIN unnest(%s::bigint[], %s::bigint[]) AS n (id, member_id) USING (id)
    WHERE a.id = locked.id
)
UPDATE members_member m SET retired_at = CASE WHEN NOT n.held THEN %s::timestamptz END
FROM unnest(%s::bigint[], %s::bool[]) AS n (id, held)
WHERE m.id = n.id AND n.held = (m.retired_at IS NOT NULL)
"""

ONEIDS = """
SELECT a.id, a.channel_id, a.organization_id, old.oneid, old.retired_at IS NOT NULL, new.oneid
FROM unnest(%s::bigint[], %s::bigint[]) AS n (id, from_id) JOIN members_account a USING (id)
     JOIN members_member old ON old.id = n.from_id JOIN members_member new ON new.id = a.member_id
ORDER BY a.id
"""

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
    """Move what moves. Accounts in `new`, made in this transaction, leave no trace in lineage and log: nobody has
    seen the OneIDs that they minted."""
    moving, target, flags = planned(world, found)
    if flags:
        sets.run(FLAG, sorted(flags.items()), 2)
    if not len(moving):
        return Changes(identifiers=sorted(flags))
    accounts, old, to = (each[moving].tolist() for each in (world.account, world.member, target))
    members = set(old) | set(to)
    _move(accounts, to, sorted(members), held=set(target.tolist()), now=now)
    seen = [row for row in zip(accounts, old, to, strict=True) if row[0] not in new]
    if seen:
        _tell(seen, now)
    return Changes(accounts, members, sorted(flags))


def _move(accounts: list[int], to: list[int], members: list[int], *, held: set[int], now) -> None:
    states = [member in held for member in members]
    prepared.fetch(MOVE, accounts, accounts, to, now, members, states)


def _tell(rows: list[tuple[int, int, int]], now) -> None:
    """Lineage for systems that follow OneIDs, and an event on each account that moved; rows (account, from, to)."""
    sets.run(LINEAGE, rows, 3, now)
    told = sets.run(ONEIDS, [row[:2] for row in rows], 2)
    events.record(
        happenings=[
            events.Happening(
                name="identity.merged" if retired else "identity.split",
                occurred_at=now,
                channel=channel,
                account=account,
                organization=organization,
                properties={"from": old, "to": to},
            )
            for account, channel, organization, old, retired, to in told
        ]
    )
