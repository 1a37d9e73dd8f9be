"""Many components at once: those in which no rule can object are one person each, the others go to `solve`."""

from dataclasses import dataclass

import numpy as np

from identity.matching import components, disputes, words
from identity.matching.facts import Accounts, Bindings, Facts, Identifiers, Verdict
from identity.matching.pairs import Kinds, Pairs
from identity.matching.policy import Policy


@dataclass
class Split:
    """The raw component of each account, which components need the ordered pass, and the crowded identifiers."""

    component: np.ndarray
    disputable: np.ndarray
    crowded: np.ndarray


def split(facts: Facts, policy: Policy) -> Split:
    """Find the raw components, closed under unbarred linking identifiers and verdicts."""
    kinds = Kinds(facts.identifiers.kind, policy)
    pairs = Pairs(facts, kinds)
    left, right = pairs.links()
    for verdict in facts.verdicts:
        accounts = sorted(verdict.left | verdict.right)
        left = np.append(left, accounts[:1] * len(accounts))
        right = np.append(right, accounts)
    component = components.label(len(facts.accounts), left.astype(np.int64), right.astype(np.int64))
    disputable = disputes.components(facts, policy, kinds, pairs, component)
    return Split(component, disputable, np.flatnonzero(pairs.crowded))


def cut(facts: Facts, accounts: np.ndarray, crowded: np.ndarray) -> tuple[Facts, np.ndarray]:
    """The facts of these accounts alone, renumbered, and the old position of each identifier kept."""
    position = np.full(len(facts.accounts), -1)
    position[accounts] = np.arange(len(accounts))
    account = np.asarray(facts.bindings.account, dtype=np.int64)
    rows = np.flatnonzero(position[account] >= 0)
    identifier = np.asarray(facts.bindings.identifier, dtype=np.int64)[rows]
    kept, renumbered = np.unique(identifier, return_inverse=True)
    barred = words.take(facts.identifiers.barred, kept)
    for place in np.flatnonzero(np.isin(kept, crowded)).tolist():
        barred[place] = "accounts"
    identifiers = facts.identifiers
    part = Facts(
        Accounts(*(words.take(column, accounts) for column in vars(facts.accounts).values())),
        Identifiers(
            words.take(identifiers.kind, kept),
            words.take(identifiers.namespace, kept),
            words.take(identifiers.value, kept),
            barred,
            words.take(identifiers.cleared, kept),
        ),
        Bindings(
            position[account[rows]].tolist(),
            renumbered.tolist(),
            *(words.take(column, rows) for column in list(vars(facts.bindings).values())[2:]),
        ),
        [_renumber(verdict, position) for verdict in facts.verdicts],
    )
    return part, kept


def _renumber(verdict: Verdict, position: np.ndarray) -> Verdict:
    left, right = (frozenset(position[sorted(side)].tolist()) for side in (verdict.left, verdict.right))
    return Verdict(verdict.key, verdict.same, left, right, verdict.decided_at, verdict.model)
