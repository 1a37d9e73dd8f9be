"""Who is one person: kept up to date for what changed, and rebuilt from the facts alone.

Every door calls `resolve` inside the transaction that wrote the facts. The result does not depend on the order
of calls: `rebuild` proves it by changing nothing.
"""

from collections.abc import Callable, Collection, Iterable

from django.db import connection, transaction

from identity.actions import cases, conflicts, crowds, derived, locks, moves
from identity.actions.moves import Changes
from identity.matching.partition import Partition, partition
from identity.queries import prepared, reach, worlds
from identity.queries.worlds import World
from members.actions import profiles

LOCK = "SELECT * FROM identity_lock(%s::bigint[], %s::bigint[])"
LOCK_THESE = "SELECT id FROM identity_identifier WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"
SORT_IN_MEMORY = "SET LOCAL work_mem = '256MB'"


def resolve(
    *, accounts: Collection[int], now, identifiers: Collection[int] = (), new: Iterable[int] = ()
) -> set[int]:
    """Recompute the people that these accounts belong to; the members that gained or lost accounts.

    `accounts` are those whose identifiers, profile or verdicts changed; `identifiers` those that lost a carrier
    or were blocked, unblocked, shared or cleared; `new` accounts were made in this transaction.
    """
    with transaction.atomic(savepoint=False):
        world = _locked(set(accounts), sorted({*identifiers, *derived.hashed_of(identifiers=identifiers)}))
        if world is None:
            return set()
        policy = worlds.policy()
        found = partition(world.facts, policy)
        changes = moves.make(world=world, found=found, new=frozenset(new), now=now)
        cases.keep(world=world, found=found, now=now)
        crowds.keep(world=world, found=found, policy=policy, named=identifiers, now=now)
        return changes.members


def _locked(accounts: set[int], identifiers: list[int]) -> World | None:
    """The components of the accounts, read after their identifiers were locked in sorted order."""
    rows = prepared.fetch(LOCK, accounts, identifiers)
    locked = {id for id, seed, *_ in rows if not seed}
    states = [(id, *state) for id, seed, *state in rows if seed]
    seeds = reach.judge(accounts=accounts, identifiers=identifiers, states=states)
    while True:
        reached, verdicts = reach.component(seeds)
        if not reached:
            return None
        world = worlds.component(
            accounts=reached, opened=seeds.opened, crowded=seeds.crowded, verdicts=verdicts
        )
        grown = world.linking() - locked
        if not grown:
            return world
        prepared.fetch(LOCK_THESE, sorted(grown))
        locked |= grown


def rebuild(*, now, dry_run: bool = False, progress: Callable[[str], None] | None = None) -> Changes:
    """The whole partition from the facts; what changed, or with `dry_run` what would. Nothing, if all is well."""
    say = progress or (lambda _step: None)
    with transaction.atomic():
        if not dry_run:
            locks.everybody()
        with connection.cursor() as cursor:
            cursor.execute(SORT_IN_MEMORY)
        changes = _parted_anew(now, dry_run, say)
        if not dry_run:
            say("deriving")
            profiles.refresh(members=changes.members, now=now)
            conflicts.keep(members=changes.members, now=now)
        return changes


def _parted_anew(now, dry_run: bool, say: Callable[[str], None]) -> Changes:
    say("reading")
    world = worlds.everybody()
    say("parting")
    policy = worlds.policy()
    found = partition(world.facts, policy)
    if dry_run:
        return _would_change(world, found)
    say("writing")
    changes = moves.make(world=world, found=found, new=frozenset(), now=now, alone=True)
    changes.cases = cases.keep(world=world, found=found, now=now, everybody=True)
    changes.cases += crowds.keep(world=world, found=found, policy=policy, named=(), now=now, everybody=True)
    return changes


def _would_change(world: World, found: Partition) -> Changes:
    moving, target, flags = moves.planned(world, found)
    members = {*world.member[moving].tolist(), *target[moving].tolist()}
    return Changes(world.account[moving].tolist(), members, sorted(flags))
