"""Accounts into people: a pure function of the facts, whatever their order of arrival."""

from collections import defaultdict
from dataclasses import dataclass, field, replace

import numpy as np

from identity.matching import anchors, bulk, revoked
from identity.matching.facts import Facts
from identity.matching.policy import Policy
from identity.matching.solve import Refused, solve

SMALL = 500


@dataclass
class Partition:
    """anchor[a] is the account that gives a's person their OneID: one value a person.

    shared: {identifier: why it links nobody} as found here; what came in barred is not repeated.
    refused: pairs of people kept apart by a rule. contradicted: keys of verdicts set aside.
    """

    anchor: np.ndarray
    shared: dict[int, str] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    contradicted: list[str] = field(default_factory=list)

    def blocks(self) -> list[list[int]]:
        """Accounts by person."""
        people = defaultdict(list)
        for account, anchor in enumerate(self.anchor.tolist()):
            people[anchor].append(account)
        return list(people.values())


def partition(facts: Facts, policy: Policy) -> Partition:
    """Part the accounts of `facts` into people. The facts must be closed: every carrier of an identifier that is
    not barred, and every account of a verdict, is among them."""
    if not facts.revoked:
        return _parted(facts, policy)
    found, whole = _parted(revoked.aside(facts), policy), _parted(facts, policy)
    anchor = revoked.attached(facts, active=found.anchor, whole=whole.anchor, contradicted=whole.contradicted)
    refused = [
        replace(each, left=int(anchor[each.left]), right=int(anchor[each.right])) for each in found.refused
    ]
    return replace(found, anchor=anchor, refused=refused)


def _parted(facts: Facts, policy: Policy) -> Partition:
    facts = replace(facts, verdicts=[verdict for verdict in facts.verdicts if verdict.left | verdict.right])
    if len(facts.accounts) <= SMALL:
        return _solved(facts, policy)
    split = bulk.split(facts, policy)
    result = Partition(anchors.oldest(facts.accounts, split.component))
    result.shared = dict.fromkeys(split.crowded.tolist(), "accounts")
    disputed = np.flatnonzero(split.disputable[split.component])
    if len(disputed):
        _settle(facts, policy, split, disputed, result)
    return result


def _solved(facts: Facts, policy: Policy) -> Partition:
    facts = facts.plain()
    everyone, rows = list(range(len(facts.accounts))), list(range(len(facts.bindings)))
    solution = solve(facts, policy, everyone, rows, facts.verdicts)
    result = Partition(np.arange(len(everyone)), solution.shared, solution.refused, solution.contradicted)
    for block in solution.blocks:
        result.anchor[block] = block[0]
    return result


def _settle(facts: Facts, policy: Policy, split: bulk.Split, disputed: np.ndarray, result: Partition) -> None:
    """The ordered pass over the components in which a rule may object, one after another."""
    part, kept = bulk.cut(facts, disputed, split.crowded)
    component = split.component[disputed]
    rows_of, accounts_of, verdicts_of = defaultdict(list), defaultdict(list), defaultdict(list)
    for place, label in enumerate(component.tolist()):
        accounts_of[label].append(place)
    for row, label in enumerate(component[part.bindings.account].tolist()):
        rows_of[label].append(row)
    for verdict in part.verdicts:
        verdicts_of[int(component[min(verdict.left | verdict.right)])].append(verdict)
    old, kept = disputed.tolist(), kept.tolist()
    anchor = disputed.tolist()
    for label, accounts in accounts_of.items():
        solution = solve(part, policy, accounts, rows_of[label], verdicts_of[label])
        for block in solution.blocks:
            for account in block:
                anchor[account] = old[block[0]]
        result.shared |= {kept[identifier]: why for identifier, why in solution.shared.items()}
        result.contradicted += solution.contradicted
        result.refused += [_as_before(refused, old, kept) for refused in solution.refused]
    result.anchor[disputed] = anchor


def _as_before(refused: Refused, accounts: list[int], identifiers: list[int]) -> Refused:
    """What was refused among renumbered accounts and identifiers."""
    return Refused(
        accounts[refused.left],
        accounts[refused.right],
        refused.why,
        refused.detail,
        tuple(identifiers[each] for each in refused.identifiers),
    )
