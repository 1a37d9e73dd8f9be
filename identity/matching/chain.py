"""Why two accounts are one person: the shortest chain of shared identifiers and verdicts between them."""

from collections import defaultdict
from dataclasses import dataclass

from identity.matching import links
from identity.matching.facts import Facts
from identity.matching.partition import Partition
from identity.matching.policy import Policy


@dataclass(frozen=True, slots=True)
class Step:
    """Two accounts joined by an identifier both carry, or by a verdict (its key)."""

    left: int
    right: int
    identifier: int | None = None
    verdict: str | None = None


def between(facts: Facts, policy: Policy, found: Partition, left: int, right: int) -> list[Step] | None:
    """The chain from `left` to `right`; [] for one and the same account, None for two people."""
    return reasons(facts, policy, found, left).get(right)


def reasons(facts: Facts, policy: Policy, found: Partition, start: int) -> dict[int, list[Step]]:
    """The shortest chain from `start` to every account of the same person."""
    came = _search(facts, _edges(facts, policy, found), found.anchor, start)
    chains: dict[int, list[Step]] = {start: []}
    for account, step in came.items():
        chains[account] = [*chains[step.left], step]
    return chains


def _edges(facts: Facts, policy: Policy, found: Partition) -> dict[int, list[tuple]]:
    """{account: [(rank, natural key, identifier, verdict, the group's accounts)]}, closest to the person first."""
    carriers = links.carriers(facts, policy, list(range(len(facts.bindings))))
    edges: dict[int, list[tuple]] = defaultdict(list)
    for identifier, held in carriers.of.items():
        if identifier in found.shared:
            continue
        strength = policy.kinds[facts.identifiers.kind[identifier]].strength
        group = [carrier.account for carrier in held]
        for account in group:
            edges[account].append((-strength, facts.identifiers.key(identifier), identifier, None, group))
    for verdict in facts.verdicts:
        group = sorted(verdict.left | verdict.right, key=facts.accounts.key)
        if verdict.same and verdict.key not in found.contradicted:
            for account in group:
                edges[account].append((1, ("", "", verdict.key), None, verdict.key, group))
    return edges


def _search(facts: Facts, edges: dict, anchor, start: int) -> dict[int, Step]:
    """Breadth first, in an order that depends on natural keys only; the step that reached each account."""
    came: dict[int, Step] = {}
    seen, layer = {start}, [start]
    while layer:
        reached = []
        for account in layer:
            for _, _, identifier, verdict, group in sorted(edges[account], key=lambda edge: edge[:2]):
                for other in group:
                    if other not in seen and anchor[other] == anchor[start]:
                        seen.add(other)
                        came[other] = Step(account, other, identifier, verdict)
                        reached.append(other)
        layer = sorted(reached, key=facts.accounts.key)
    return came
