"""What other rules would make of everybody: merges, splits, the largest groups, and samples of both."""

import hashlib
from collections import Counter, defaultdict

import numpy as np

from identity.matching.partition import Partition
from identity.models import IdentifierKind, Trial
from identity.queries.worlds import World

SAMPLES = 20
LARGEST = 10
SIDE = 50  # accounts of one side that a sample keeps
NOT_TRIED = frozenset({"code", "name", "normaliser", "scoped"})
# Of a channel. A named account gives the OneID, and is counted as a person.
CHANNEL_FIELDS = ("one_account_a_person", "named")


def fields() -> list[str]:
    """What a trial may change of a kind: everything that decides about links."""
    return [field.name for field in IdentifierKind._meta.concrete_fields if field.name not in NOT_TRIED]


def in_force() -> Trial | None:
    """The trial put in force last that was not taken back."""
    return Trial.objects.filter(state=Trial.State.PUBLISHED).order_by("-published_at", "-pk").first()


def outcome(*, world: World, found: Partition) -> dict:
    """Plain data of how `found` differs from the people as they are stored.

    ``merges``: people who would be made of several; ``splits``: people who would come apart; ``members``: people of
    today who are touched; ``largest`` and ``sizes``: of the groups as they would be; ``samples``: up to 20, chosen
    by a digest of their accounts, so that the same facts show the same ones.
    """
    before, after = world.member, world.minted[found.anchor]
    moved = np.flatnonzero(before != after)
    touched = {*before[moved].tolist(), *after[moved].tolist()}
    rows = np.flatnonzero(np.isin(before, list(touched)) | np.isin(after, list(touched)))
    accounts, old, new = (each[rows].tolist() for each in (world.account, before, after))
    merges, splits = _sides(accounts, new, old), _sides(accounts, old, new)
    return {
        "accounts": len(moved),
        "members": len({*old}),
        "people": {"before": len(np.unique(before)), "after": len(np.unique(after))},
        "merges": len(merges),
        "splits": len(splits),
        "largest": _largest(after),
        "sizes": _sizes(before, after),
        "flags": _flags(world, found),
        "refused": {"after": len(found.refused)},
        "samples": _samples("merge", merges) + _samples("split", splits),
    }


def _sides(accounts: list[int], whole: list[int], part: list[int]) -> dict[int, list[tuple]]:
    """{a person by the one reckoning: [(person by the other, accounts)]}, of those who are several by the other."""
    held: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for account, one, other in zip(accounts, whole, part, strict=True):
        held[one][other].append(account)
    return {
        one: sorted(sides.items(), key=lambda side: (-len(side[1]), side[0]))
        for one, sides in held.items()
        if len(sides) > 1
    }


def _samples(sort: str, people: dict[int, list[tuple]]) -> list[dict]:
    chosen = sorted(people.items(), key=lambda item: _digest(item[1]))[: SAMPLES // 2]
    return [
        {
            "sort": sort,
            "members": [sides[0][0], sides[1][0]],
            "left": sides[0][1][:SIDE],
            "right": sides[1][1][:SIDE],
            "others": sum(len(side[1]) for side in sides[2:]),
        }
        for _member, sides in chosen
    ]


def _digest(sides: list[tuple]) -> bytes:
    told = sorted(sorted(accounts) for _member, accounts in sides)
    return hashlib.blake2b(repr(told).encode(), digest_size=8).digest()


def _largest(people: np.ndarray) -> list[dict]:
    members, counts = np.unique(people, return_counts=True)
    order = np.lexsort((members, -counts))[:LARGEST]
    return [{"member": int(members[place]), "accounts": int(counts[place])} for place in order]


BOUNDS = ((1, "1"), (2, "2"), (5, "3–5"), (10, "6–10"), (50, "11–50"), (np.inf, "51+"))


def _sizes(before: np.ndarray, after: np.ndarray) -> list[dict]:
    """How many people have so many accounts, before and after: one line a size."""
    counts = [np.unique(people, return_counts=True)[1] for people in (before, after)]
    lines, low = [], 0
    for high, name in BOUNDS:
        old, new = (int(((count > low) & (count <= high)).sum()) for count in counts)
        lines.append({"accounts": name, "before": old, "after": new})
        low = high
    return lines


def _flags(world: World, found: Partition) -> dict[str, int]:
    """How many identifiers would become shared, or link again, by reason."""
    changes = Counter(new or "links" for _place, _old, new in world.reflagged(found))
    return dict(sorted(changes.items()))
