"""What revoking or restoring a child ID would do, before it is done."""

from dataclasses import dataclass, replace

import numpy as np

from identity.matching.partition import partition
from identity.queries import reach, worlds
from members.models import Account


@dataclass(frozen=True)
class Outcome:
    """Accounts of the same person that would part from the account, and of others that would join it."""

    leave: list[Account]
    come: list[Account]


def outcome(*, account: Account) -> Outcome:
    """What changes if an active account is revoked, or a revoked one is restored. Nothing is written."""
    reached, verdicts = reach.component(reach.Seeds({account.pk}))
    world = worlds.component(accounts=reached, opened=(), crowded=(), verdicts=verdicts)
    place = world.account.tolist().index(account.pk)
    turned = replace(world.facts, revoked=world.facts.revoked ^ {place})
    now, then = (_mates(world, facts, place) for facts in (world.facts, turned))
    known = Account.objects.select_related("channel").in_bulk(now ^ then)
    return Outcome([known[pk] for pk in sorted(now - then)], [known[pk] for pk in sorted(then - now)])


def _mates(world: worlds.World, facts, place: int) -> set[int]:
    anchor = partition(facts, worlds.policy()).anchor
    return set(world.account[np.flatnonzero(anchor == anchor[place])].tolist())
