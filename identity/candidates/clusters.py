"""What would become of the pairs if all were joined: groups, and whether a group is sure enough."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import product

from identity.candidates.scoring import Pair


def groups(pairs: Iterable[Pair]) -> list[list[int]]:
    """People connected by pairs, each group sorted, groups by their first person."""
    root: dict[int, int] = {}

    def find(person: int) -> int:
        root.setdefault(person, person)
        while root[person] != person:
            root[person] = root[root[person]]
            person = root[person]
        return person

    for pair in pairs:
        left, right = find(pair.left), find(pair.right)
        root[max(left, right)] = min(left, right)
    found: dict[int, list[int]] = {}
    for person in sorted(root):
        found.setdefault(find(person), []).append(person)
    return list(found.values())


def sizes(pairs: Iterable[Pair], *, people: int) -> dict[str, int]:
    """{size: groups of that size}, single people included."""
    counts = Counter(len(group) for group in groups(pairs))
    single = people - sum(size * count for size, count in counts.items())
    return {str(size): count for size, count in sorted((counts + Counter({1: single})).items())}


def joinable(
    pairs: Iterable[Pair], *, scores: Mapping[tuple[int, int], float], sure: float, mean: float
) -> list[Pair]:
    """The pairs at `sure` or above that may be joined without a person's word, most probable first: two groups grow
    together only if the mean score over all their cross pairs is at least `mean`. Pairs without a score count 0.

    Closing probable pairs without this is what makes wrong merges: .993 right pairs became .914.
    """
    block: dict[int, list[int]] = {}
    joined = []
    for pair in pairs:
        if pair.probability < sure:
            break
        left, right = block.get(pair.left, [pair.left]), block.get(pair.right, [pair.right])
        if left is right:
            continue
        cross = [scores.get((min(one, other), max(one, other)), 0.0) for one, other in product(left, right)]
        if sum(cross) / len(cross) < mean:
            continue
        both = left + right
        block.update(dict.fromkeys(both, both))
        joined.append(pair)
    return joined
