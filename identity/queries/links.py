"""Why accounts are one person, and what identifies that person."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from django.db.models import Count, Max, Min, QuerySet

from identity.matching import chain, revoked
from identity.matching.partition import Partition, partition
from identity.models import Binding, Identifier, Verdict
from identity.queries import reach, worlds
from identity.queries.worlds import World
from members.models import Account, Member


@dataclass(frozen=True)
class Link:
    """Two accounts and what joins them: an identifier both carry, or a verdict (`by` says whose)."""

    left: Account
    right: Account
    by: str
    identifier: Identifier | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Reason:
    """An account of a member, and the links that lead to it from the account that gives the OneID."""

    account: Account
    chain: list[Link]


def why_linked(*, member: Member) -> list[Reason]:
    """For each account of the member the shortest chain from its first account; that one first, with no chain."""
    accounts = list(Account.objects.filter(member=member).order_by("id").values_list("pk", flat=True))
    if not accounts:
        return []
    world, found = _component(accounts)
    first = _first_active(world, found, world.account.tolist().index(accounts[0]))
    chains = chain.reasons(revoked.aside(world.facts), worlds.policy(), found, first)
    links = _links(world, {step for way in chains.values() for step in way})
    known = _accounts(world, chains)
    reasons = [Reason(known[place], [links[step] for step in way]) for place, way in chains.items()]
    return sorted(reasons, key=lambda reason: (len(reason.chain), reason.account.pk))


def _first_active(world: World, found: Partition, place: int) -> int:
    """The account that chains begin at: the one that gives the OneID, or the oldest that is not revoked."""
    mates = np.flatnonzero(found.anchor == found.anchor[place]).tolist()
    return min(mates, key=lambda mate: (mate in world.facts.revoked, *world.facts.accounts.age(mate)))


def between(*, left: Account, right: Account) -> list[Link] | None:
    """The shortest chain between two accounts; None if they are two people."""
    world, found = _component([left.pk])
    places = {account: place for place, account in enumerate(world.account.tolist())}
    if right.pk not in places:
        return None
    way = chain.between(revoked.aside(world.facts), worlds.policy(), found, places[left.pk], places[right.pk])
    if way is None:
        return None
    links = _links(world, way)
    return [links[step] for step in way]


def _component(accounts: list[int]) -> tuple[World, Partition]:
    """The component of the accounts as it is stored, parted."""
    reached, verdicts = reach.component(reach.Seeds(set(accounts)))
    world = worlds.component(accounts=reached, opened=(), crowded=(), verdicts=verdicts)
    return world, partition(world.facts, worlds.policy())


def _links(world: World, steps: Iterable[chain.Step]) -> dict[chain.Step, Link]:
    accounts = _accounts(world, {side for step in steps for side in (step.left, step.right)})
    ids = {step: int(world.identifier[step.identifier]) for step in steps if step.identifier is not None}
    identifiers = Identifier.objects.select_related("kind").in_bulk(ids.values())
    verdicts = Verdict.objects.in_bulk({int(step.verdict) for step in steps if step.verdict})
    return {
        step: Link(
            left=accounts[step.left],
            right=accounts[step.right],
            by=_by(step, verdicts),
            identifier=identifiers.get(ids.get(step)),
            verdict=verdicts.get(int(step.verdict or 0)),
        )
        for step in steps
    }


def _accounts(world: World, places: Iterable[int]) -> dict[int, Account]:
    ids = {place: int(world.account[place]) for place in places}
    found = Account.objects.select_related("channel").in_bulk(ids.values())
    return {place: found[id] for place, id in ids.items()}


def _by(step: chain.Step, verdicts: dict[int, Verdict]) -> str:
    """business: the customer bound, authorised, joined or logged in, or a steward said so; observed: channels saw the
    same identifier; model: an accepted score."""
    if step.verdict:
        return "model" if verdicts[int(step.verdict)].model else "business"
    return "business" if step.acted else "observed"


def identifiers(*, member: Member) -> QuerySet[Identifier]:
    """What the person's accounts carry as their own, closest to the real person first, with `accounts` that carry
    it, `first_at` and `last_at`. The first one that is neither shared nor blocked is the primary key."""
    held = Binding.objects.holding().filter(
        account__member=member,
        account__revoked_at=None,
        source=None,
        role__in=[Binding.Role.HOLDER, Binding.Role.BUYER],
    )
    return (
        Identifier.objects.filter(bindings__in=held)
        .select_related("kind")
        .annotate(
            accounts=Count("bindings__account", distinct=True),
            first_at=Min("bindings__first_at"),
            last_at=Max("bindings__last_at"),
        )
        .order_by("-kind__strength", "first_at", "kind_id", "namespace", "value")
    )
