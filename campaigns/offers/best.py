"""The best allowed combination of all candidates: each part by itself, or one offer that stands alone."""

from collections.abc import Sequence
from typing import NamedTuple

from campaigns.offers import components, greedy, states
from campaigns.offers.components import Component, Found
from campaigns.offers.keys import EMPTY, Key
from campaigns.offers.orders import smallest_order
from campaigns.offers.search import Search, first_bound
from campaigns.offers.states import Candidate, Effect, State

CROWD = 48


class Best(NamedTuple):
    """``sequence``: in the order of application; ``gain`` and ``bound`` in minor units."""

    sequence: tuple[Candidate, ...]
    key: Key
    bound: int
    nodes: int


def find(found: Sequence[Found], first: State, *, nodes: int) -> Best:
    """Greatest gain; among equals greatest discount, fewest coupons, fewest offers, smallest set, smallest order."""
    together = [each for each in found if not each[0].rule.alone]
    best = _together(together, first, budget=nodes)
    for candidate, done in found:
        if candidate.rule.alone:
            key = (done.gain, done.discount, -states.coupons_taken(candidate.rule, done.times), -1)
            best = best._replace(bound=max(best.bound, done.gain))
            if _is_better(key, (candidate,), best):
                best = best._replace(key=key, sequence=(candidate,))
    return best


def _is_better(key: Key, sequence: Sequence[Candidate], best: Best) -> bool:
    if key != best.key:
        return key > best.key
    return _indexes(sequence) < _indexes(best.sequence)


def _indexes(sequence: Sequence[Candidate]) -> list[int]:
    return sorted(candidate.rule.index for candidate in sequence)


def _together(found: Sequence[Found], first: State, *, budget: int) -> Best:
    sequences, total, bound, looked = [], EMPTY, 0, len(found)
    single = dict(found)
    parts, risky = components.split(found, first)
    for part in parts:
        if len(part) == 1:
            (candidate,) = part
            done = single[candidate]
            key = (done.gain, done.discount, -states.coupons_taken(candidate.rule, done.times), -1)
            order, most = (candidate,), done.gain
        else:
            order, key, most, looked = _searched(Component(part, risky), single, first, looked, budget)
        sequences.append(order)
        total = tuple(a + b for a, b in zip(total, key, strict=True))
        bound += most
    return Best(_merged(sequences), total, bound, looked)


def _searched(
    part: Component, single: dict[Candidate, Effect], first: State, looked: int, budget: int
) -> tuple[tuple[Candidate, ...], Key, int, int]:
    """Sequence, key, bound and nodes of one part. A crowd is narrowed to its most promising ones first; its bound is that of all."""
    most, whole = None, part
    if len(part.candidates) > max(CROWD, budget // 20):
        most, looked = first_bound(part, single, first, nodes=looked)
        part = components.narrowed(part, single, first, count=CROWD)
    search = Search(part, single, first, nodes=looked, budget=budget)
    search.run()
    key, chosen, most = search.key, search.chosen, search.bound if most is None else most
    if most > key[0] and (taken := greedy.best(whole, single, first)).key > key:
        key, chosen, part = taken.key, taken.positions, whole
    order = smallest_order(part, single, first, chosen, key, budget=budget)
    sequence = tuple(part.candidates[position] for position in order)
    return sequence, key, max(most, key[0]), search.nodes


def _merged(sequences: Sequence[Sequence[Candidate]]) -> tuple[Candidate, ...]:
    """The smallest sequence that holds each of them in its order."""
    heads, merged = [list(reversed(sequence)) for sequence in sequences if sequence], []
    while heads:
        head = min(heads, key=lambda each: each[-1].rule.index)
        merged.append(head.pop())
        heads = [each for each in heads if each]
    return tuple(merged)
