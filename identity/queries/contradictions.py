"""Which verdicts a new one would contradict."""

from collections.abc import Collection

from identity.matching import contradictions
from identity.matching import facts as engine
from identity.models import Verdict
from identity.queries import worlds

NEW = "new"


def chain(*, same: bool, left: Collection[int], right: Collection[int]) -> list[Verdict]:
    """The verdicts in force that together say the opposite, along the way from the one side to the other."""
    said = contradictions.standing(_around({*left, *right}))
    new = engine.Verdict(NEW, same, frozenset(left), frozenset(right), 0)
    keys = [int(verdict.key) for verdict in contradictions.chain(said, new)]
    found = Verdict.objects.select_related("decided_by").in_bulk(keys)
    return [found[key] for key in keys]


def _around(accounts: set[int]) -> list[engine.Verdict]:
    """Every verdict in force that is reached from the accounts by verdicts."""
    while True:
        rows = worlds.verdicts(among=sorted(accounts))
        reached = accounts.union(*(set(left) | set(right) for _, _, left, right, *_ in rows))
        if reached == accounts:
            return [
                engine.Verdict(f"{id:020}", same, frozenset(left), frozenset(right), at, model)
                for id, same, left, right, at, model in rows
            ]
        accounts = reached
