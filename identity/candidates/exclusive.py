"""What a pair must not break: one account a person at some channels, one id a person on each platform."""

from collections.abc import Iterable, Iterator, Mapping

from identity.candidates.scoring import Pair


def one_to_one(pairs: Iterable[Pair], *, alone: Mapping[int, frozenset[str]]) -> Iterator[Pair]:
    """The pairs, given most probable first, that leave everybody one partner at each channel where a person has one
    account. `alone` maps a person to such channels where they have theirs."""
    taken = dict(alone)
    nothing: frozenset[str] = frozenset()
    for pair in pairs:
        left, right = taken.get(pair.left, nothing), taken.get(pair.right, nothing)
        own_left, own_right = alone.get(pair.left, nothing), alone.get(pair.right, nothing)
        if left & own_right or right & own_left:
            continue
        if own_right:
            taken[pair.left] = left | own_right
        if own_left:
            taken[pair.right] = right | own_left
        yield pair


def compatible(
    pairs: Iterable[Pair], *, minted: Mapping[int, Mapping[str, frozenset[int]]]
) -> Iterator[Pair]:
    """The pairs whose people do not hold two different ids of one platform. `minted` maps a person to their ids by
    platform."""
    for pair in pairs:
        left, right = minted.get(pair.left, {}), minted.get(pair.right, {})
        if not any(left[place] != right[place] for place in left.keys() & right.keys()):
            yield pair
