"""Verdicts against verdicts: which of them stand, and which chain of them says the opposite of a new one."""

from collections import deque
from collections.abc import Iterable, Sequence

from identity.matching.facts import Verdict


def standing(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Those that rule, newest first: an older one that contradicts newer ones is set aside (rule 3).

    A model's *same* is no word against anybody's and is left out.
    """
    stewards = [verdict for verdict in verdicts if not (verdict.model and verdict.same)]
    found: list[Verdict] = []
    for verdict in sorted(stewards, key=lambda each: (each.model, -each.decided_at, each.key)):
        if not chain(found, verdict):
            found.append(verdict)
    return found


def chain(said: Sequence[Verdict], new: Verdict) -> list[Verdict]:
    """The shortest chain of `said` verdicts that together contradict `new`, along the way from its one side to its
    other; empty if it fits. `said` themselves agree with each other."""
    same = [verdict for verdict in said if verdict.same]
    if not new.same:
        return _way(same, new.left, new.right) or []
    united = [*same, new]
    found = [
        [*(step for step in way if step is not new), verdict]
        for verdict in said
        if not verdict.same and (way := _way(united, verdict.left, verdict.right))
    ]
    return min(found, key=lambda each: (len(each), [step.key for step in each]), default=[])


def _way(same: Iterable[Verdict], left: frozenset[int], right: frozenset[int]) -> list[Verdict] | None:
    """The fewest *same* verdicts that lead from an account of the left to one of the right; None if none do."""
    ordered = sorted(same, key=lambda verdict: verdict.key)
    came: dict[int, tuple[int, Verdict] | None] = dict.fromkeys(sorted(left))
    waiting = deque(came)
    while waiting:
        account = waiting.popleft()
        if account in right:
            return _back(came, account)
        for verdict in ordered:
            if account in verdict.left or account in verdict.right:
                for other in sorted((verdict.left | verdict.right) - came.keys()):
                    came[other] = (account, verdict)
                    waiting.append(other)
    return None


def _back(came: dict, account: int) -> list[Verdict]:
    steps = []
    while came[account] is not None:
        account, verdict = came[account]
        steps.append(verdict)
    return steps[::-1]
