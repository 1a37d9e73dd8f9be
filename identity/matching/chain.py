"""Why two accounts are one person: the shortest chain of shared identifiers and verdicts between them."""

from collections import defaultdict
from dataclasses import dataclass

from identity.matching import links
from identity.matching.facts import Facts
from identity.matching.links import Carrier
from identity.matching.partition import Partition
from identity.matching.policy import Policy


@dataclass(frozen=True, slots=True)
class Step:
    """Two accounts joined by an identifier both carry, or by a verdict (its key). `acted`: by the identifier, and one
    of the two customers brought it by an act (bound, authorised, joined, logged in)."""

    left: int
    right: int
    identifier: int | None = None
    verdict: str | None = None
    acted: bool = False


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
    """{account: [(rank, natural key, identifier, verdict, {account reached: whether by an act})]}, closest to the
    person first, and of equals what a customer did."""
    carriers = links.carriers(facts, policy, list(range(len(facts.bindings))))
    edges: dict[int, list[tuple]] = defaultdict(list)
    for identifier, held in carriers.of.items():
        if identifier in found.shared:
            continue
        kind = policy.kinds[facts.identifiers.kind[identifier]]
        for carrier in held:
            reached = _reached(carrier, held, kind.validity)
            rank = (-kind.strength, not any(reached.values()))
            edges[carrier.account].append(
                (rank, facts.identifiers.key(identifier), identifier, None, reached)
            )
    for verdict in facts.verdicts:
        group = sorted(verdict.left | verdict.right, key=facts.accounts.key)
        if verdict.same and verdict.key not in found.contradicted:
            for account in group:
                edges[account].append(
                    ((1, False), ("", "", verdict.key), None, verdict.key, dict.fromkeys(group, False))
                )
    return edges


def _reached(carrier: Carrier, held: list[Carrier], validity: int | None) -> dict[int, bool]:
    """The carriers for which the identifier had not expired in between, and whether one of the two brought it."""
    return {
        other.account: carrier.acted or other.acted
        for other in held
        if not (carrier.outlived(other, validity) or other.outlived(carrier, validity))
    }


def _search(facts: Facts, edges: dict, anchor, start: int) -> dict[int, Step]:
    """Breadth first, in an order that depends on natural keys only; the step that reached each account."""
    came: dict[int, Step] = {}
    seen, layer = {start}, [start]
    while layer:
        reached = []
        for account in layer:
            for _, _, identifier, verdict, group in sorted(edges[account], key=lambda edge: edge[:2]):
                for other, acted in group.items():
                    if other not in seen and anchor[other] == anchor[start]:
                        seen.add(other)
                        came[other] = Step(account, other, identifier, verdict, acted)
                        reached.append(other)
        layer = sorted(reached, key=facts.accounts.key)
    return came
