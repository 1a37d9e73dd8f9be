"""Why an offer that could have been applied was not: by what it was beaten, and how much better the answer is."""

from collections.abc import Mapping, Sequence

from campaigns.offers import components, meaning, states
from campaigns.offers.components import Found
from campaigns.offers.quote import BEATEN, Verdict
from campaigns.offers.states import Candidate, State

Known = dict[tuple[int, ...], tuple[int, State]]


def beaten(
    found: Sequence[Found],
    applied: Mapping[Candidate, int],
    first: State,
    verdicts: list[Verdict | None],
    about: int,
) -> None:
    """Writes the verdicts of all candidates that are not among ``applied`` (with their gains, in the order of application), if
    they are asked for (``about``: a mask).

    ``better``: minor units by which ``by`` gain more than this offer would ``alone``; if that is no reason, because it would spoil
    others, or if nothing excludes it: by which the answer gains more than the same with this offer in the place of ``by``.
    """
    sequence, known = list(applied), {}
    for candidate, done in found:
        rule = candidate.rule
        if verdicts[rule.index] is None and about >> rule.index & 1:
            reason, rivals = _rivals(candidate, sequence)
            better = sum(applied[each] for each in rivals) - done.gain
            if better < 0 or reason == "beaten":
                swapped = [
                    *(each for each in sequence if each not in rivals or reason == "beaten"),
                    candidate,
                ]
                better = sum(applied.values()) - _gain(swapped, first, known)
            by = tuple(each.rule.code for each in rivals)
            params = {"by": by, "better": better, "alone": done.gain}
            verdicts[rule.index] = Verdict(offer=rule.code, state=BEATEN, reason=reason, params=params)


def _rivals(candidate: Candidate, sequence: Sequence[Candidate]) -> tuple[str, list[Candidate]]:
    """What it can't be used with, and why; else what takes its goods' price away."""
    rule = candidate.rule
    if rule.alone or any(each.rule.alone for each in sequence):
        return "alone", list(sequence)
    grouped = [each for each in sequence if not rule.groups.isdisjoint(each.rule.groups)]
    if grouped:
        return "excluded_by", grouped
    pooled = [each for each in sequence if components.shares_pool(candidate, each)]
    if pooled:
        return "pool", pooled
    coupons = [each for each in sequence if components.shares_coupons(candidate, each)]
    if coupons:
        return "no_coupon", coupons
    reducing = [each for each in sequence if each.rule.reduces and each.mask & candidate.mask]
    return "beaten", reducing


def _gain(candidates: Sequence[Candidate], first: State, known: Known) -> int:
    """Of these in the order of the rules. ``known``: where each beginning of such an order led, and what it gained."""
    gain, state, stack, taken = 0, first, 0, ()
    for candidate in sorted(candidates, key=lambda each: each.rule.index):
        taken = (*taken, candidate.rule.index)
        found = known.get(taken)
        if found is None:
            if candidate.rule.stack != stack:
                state = states.next_step(state)
            if done := meaning.effect(candidate, state):
                gain, state = gain + done.gain, states.apply(candidate, state, done)
            known[taken] = gain, state
        else:
            gain, state = found
        stack = candidate.rule.stack
    return gain
