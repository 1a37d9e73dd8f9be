"""Sets of members as compressed bitmaps, kept a few minutes, so that the builder counts while somebody builds (ADR 035).

A condition is read leaf by leaf: the ids that a leaf finds are fetched once, in blocks of binary COPY, and
kept in the cache; ``all``, ``any`` and ``not`` are then arithmetic of bitmaps. The key of a set is the statement that makes it
with all its parameters (and the database), so whatever changes what a leaf means (its day, its node, the id of a tag's value, the condition
of another audience) makes another key. Facts that arrive meanwhile are counted from the next slot of five minutes on.

``Sets.of`` gives exactly the members that ``tags.conditions.compile.members`` chooses at the same moment.
"""

import array
import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from django.core.cache import caches
from django.db import connection
from pyroaring import BitMap64

from tags.conditions.leaves.audience import InAudience
from tags.conditions.nodes import All, Any, Not
from tags.conditions.setting import Setting
from tags.conditions.sql import Sql, build
from tags.queries.columns import columns

SLOT = dt.timedelta(minutes=5)
KEPT = 600  # seconds: two slots
ACTIVE = Sql("SELECT id AS member_id FROM members_member WHERE retired_at IS NULL")


def slot(now: dt.datetime) -> dt.datetime:
    """The moment that sets kept now speak of: the last whole five minutes."""
    since = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    return since + (now - since) // SLOT * SLOT


def fetched(query: Sql) -> BitMap64:
    """The ids of a SELECT of ``member_id``, which may come several times."""
    found = columns(query, ["member_id"])["member_id"].astype(np.uint64)
    return BitMap64(array.array("Q", found.tobytes()))


def kept(query: Sql) -> BitMap64:
    """The same, from the cache if it was asked within the last minutes."""
    asked = connection.settings_dict["NAME"], query.text, query.params
    key = f"set-{hashlib.sha256(repr(asked).encode()).hexdigest()}"
    if (held := caches["sets"].get(key)) is not None:
        return BitMap64.deserialize(held)
    found = fetched(query)
    found.run_optimize()
    caches["sets"].set(key, found.serialize(), KEPT)
    return found


@dataclass
class Sets:
    """The sets of one setting: everybody, and of each part of a condition the members of whom it holds."""

    setting: Setting
    known: dict[tuple, BitMap64] = field(default_factory=dict)

    def members(self, condition: object) -> BitMap64:
        """Each active member known at the setting's node who fits."""
        return self.of(condition) & self.everybody()

    def everybody(self) -> BitMap64:
        """The active members known at the node."""
        here = self.setting.known_here()
        return self._made(ACTIVE) & self._made(here) if here else self._made(ACTIVE)

    def of(self, condition: object) -> BitMap64:
        """The active members of whom a part holds, wherever they are known."""
        match condition:
            case All(parts):
                found = self._made(ACTIVE)
                for part in parts:
                    found = found & self.of(part)
                return found
            case Any(parts):
                return BitMap64.union(*(self.of(part) for part in parts))
            case Not(part):
                return self._made(ACTIVE) - self.of(part)
            case InAudience(audience, inner) if not audience.frozen:
                return Sets(self.setting.at(audience.node), self.known).members(inner)
        return self._of_leaf(condition)

    def _of_leaf(self, leaf: object) -> BitMap64:
        """Of a leaf that is true of people without any fact: everybody but those of whom it is not true."""
        others = leaf.complement() if hasattr(leaf, "complement") else None
        if others is not None:
            return self._made(ACTIVE) - self._made(others.sql(self.setting))
        return self._made(ACTIVE) & self._made(leaf.sql(self.setting))

    def _made(self, query: Sql) -> BitMap64:
        key = (query.text, repr(query.params))
        if key not in self.known:
            self.known[key] = kept(query)
        return self.known[key]


def parts(condition: object, place: str = "") -> Iterator[tuple[str, object]]:
    """(place, part) of a condition and of all its parts, named as faults name them: ``all[1].not.orders``'s leaf is at
    ``all[1].not``."""
    yield place, condition
    match condition:
        case All(inner) | Any(inner):
            name = "all" if isinstance(condition, All) else "any"
            for number, part in enumerate(inner):
                yield from parts(part, f"{place}.{name}[{number}]".lstrip("."))
        case Not(part):
            yield from parts(part, f"{place}.not".lstrip("."))


def sample(found: BitMap64, *, size: int) -> list[int]:
    """Some members, evenly spread by their ids: the same ones at each asking."""
    count = len(found)
    return [found[number * count // size] for number in range(size)] if count > size else list(found)


def holding(members: BitMap64) -> Sql:
    """A SELECT of these ids, to join with."""
    return build("SELECT unnest({ids}::bigint[]) AS member_id", ids=list(members))
