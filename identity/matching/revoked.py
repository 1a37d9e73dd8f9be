"""Accounts that were revoked: they link nobody, and stay with the person whom they would be part of."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields, replace

import numpy as np

from identity.matching import words
from identity.matching.facts import Bindings, Facts, Verdict


def aside(facts: Facts) -> Facts:
    """The facts without anything that a revoked account carries, or that was said of it."""
    gone = np.isin(np.asarray(facts.bindings.account, dtype=np.int64), list(facts.revoked))
    rows = np.flatnonzero(~gone)
    columns = (getattr(facts.bindings, column.name) for column in fields(Bindings))
    said = [left for verdict in facts.verdicts if (left := _said_of_others(verdict, facts.revoked))]
    bindings = Bindings(*(words.kept(column, rows) for column in columns))
    return replace(facts, bindings=bindings, verdicts=said, revoked=frozenset())


def _said_of_others(verdict: Verdict, revoked: frozenset[int]) -> Verdict | None:
    """What is left of a verdict. *Same* holds among all whom it names, so those left are parted anew."""
    left, right = verdict.left - revoked, verdict.right - revoked
    if verdict.same and not (left and right) and len(left | right) > 1:
        first = min(left | right)
        left, right = frozenset({first}), (left | right) - {first}
    return replace(verdict, left=left, right=right) if left and right else None


def attached(
    facts: Facts, *, active: np.ndarray, whole: np.ndarray, contradicted: Iterable[str]
) -> np.ndarray:
    """Anchors with every revoked account at its person.

    `active`: anchors of the partition without revoked accounts; `whole`: of the one in which nothing is revoked. A
    revoked account goes to the oldest active account of its person there, unless a *not same* keeps it from that
    one's person now; where none is active, revoked accounts of one person stay together. The anchor is found anew
    among all of them, so a person keeps the OneID although the account that minted it was revoked.
    """
    people, companions = _Blocks(active), _Blocks(whole)
    apart = [each for each in facts.verdicts if not each.same and each.key not in set(contradicted)]
    settled = set(range(len(active))) - facts.revoked
    for account in sorted(facts.revoked, key=facts.accounts.age):
        mates = companions.of(account) & settled
        for mate in sorted(mates, key=lambda mate: (mate in facts.revoked, *facts.accounts.age(mate))):
            if _may_join(account, people.of(mate), apart):
                people.join(account, mate)
                break
        settled.add(account)
    return people.anchors(active, facts)


class _Blocks:
    """The accounts of each person."""

    def __init__(self, anchors: np.ndarray):
        self.place = anchors.tolist()
        self.held: dict[int, set[int]] = defaultdict(set)
        self.joined: set[int] = set()
        for account, place in enumerate(self.place):
            self.held[place].add(account)

    def of(self, account: int) -> set[int]:
        return self.held[self.place[account]]

    def join(self, account: int, mate: int) -> None:
        """Move an account that is alone to the person of another."""
        del self.held[self.place[account]]
        self.place[account] = self.place[mate]
        self.of(mate).add(account)
        self.joined.add(self.place[mate])

    def anchors(self, before: np.ndarray, facts: Facts) -> np.ndarray:
        after = before.copy()
        for place in self.joined:
            after[list(self.held[place])] = min(self.held[place], key=facts.accounts.age)
        return after


def _may_join(account: int, block: set[int], apart: list[Verdict]) -> bool:
    return not any(
        (account in each.left and each.right & block) or (account in each.right and each.left & block)
        for each in apart
    )
