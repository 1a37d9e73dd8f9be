"""Whether two touchpoints can be joined, and by which key. Pure: keys in, answers out."""

import dataclasses
import itertools
from collections.abc import Iterable, Mapping

YES, ASKED, NO = "yes", "authorised", "no"


@dataclasses.dataclass(frozen=True)
class Key:
    """`strength` is that of the kind; 0 if it links nobody. `realm` "" holds everywhere."""

    kind: str
    realm: str = ""
    authorised: bool = False
    strength: int = 50


@dataclasses.dataclass(frozen=True)
class Joint:
    """How two touchpoints can be joined: `yes` by `key` for everybody, `authorised` by `key` for those who allow it."""

    answer: str
    key: str = ""


def joint(left: Iterable[Key], right: Iterable[Key]) -> Joint:
    """The best common key: one that both always have before one that the customer must authorise, then the closest."""
    common = [
        (one.authorised or other.authorised, -one.strength, one.kind)
        for one, other in itertools.product(left, right)
        if one.kind == other.kind and one.strength > 0 and one.realm == other.realm
    ]
    if not common:
        return Joint(NO)
    authorised, _strength, kind = min(common)
    return Joint(ASKED if authorised else YES, kind)


def matrix(keys: Mapping[int, list[Key]]) -> dict[tuple[int, int], Joint]:
    """{(touchpoint, larger touchpoint): Joint} of every pair."""
    pairs = itertools.combinations(sorted(keys), 2)
    return {(left, right): joint(keys[left], keys[right]) for left, right in pairs}
