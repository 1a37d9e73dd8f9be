"""One person's place in the referral trees: who brought him, whom he brought, and what came of it."""

import dataclasses
import datetime as dt

import numpy as np

from members.models import Member, Organization
from reports.queries import people
from tags.models_of.network import patterns
from tags.models_of.network.forest import Forest
from tags.queries import network
from tags.queries.network import Read

DECAY = 0.5
SHOWN = 30
HIGHEST = 8  # steps up that are shown


@dataclasses.dataclass(frozen=True)
class Brought:
    person: people.Person
    direct: int
    all: int


@dataclasses.dataclass(frozen=True)
class Place:
    """``above``: the seed first, down to who brought him. ``generations``: people 1, 2, … steps below. ``pattern``: of the
    whole tree that he stands in, ``seed`` its root if that is somebody else."""

    above: list[people.Person]
    brought: list[Brought]
    generations: list[int]
    value: float
    pattern: str
    role: str

    @property
    def direct(self) -> int:
        return self.generations[0] if self.generations else 0

    @property
    def all(self) -> int:
        return sum(self.generations)


def of(*, member: Member, read: Read, node: Organization) -> Place | None:
    """None: nobody brought him, and he nobody."""
    place, forest = read.network.place(member.pk), read.network.forest
    if place is None or forest.size[forest.root[place]] < 2:
        return None
    children = np.flatnonzero(forest.parent == place)
    largest = children[np.argsort(-forest.size[children], kind="stable")[:SHOWN]].tolist()
    above = _above(forest, place)
    named = people.of(read, [*above, *largest], node=node)
    roots, found = patterns.of_trees(forest)
    pattern = str(found[np.searchsorted(roots, forest.root[place])])
    brought = [
        Brought(named[each], int(forest.direct[each]), int(forest.descendants[each])) for each in largest
    ]
    value = float(read.network.value(decay=DECAY)[place])
    return Place(
        [named[each] for each in above],
        brought,
        forest.generations(place),
        value,
        pattern,
        read.role(member.pk),
    )


def read(*, node: Organization, as_of: dt.datetime) -> Read:
    return network.at(node=node, as_of=as_of)


def _above(forest: Forest, place: int) -> list[int]:
    found: list[int] = []
    while (place := int(forest.parent[place])) >= 0 and len(found) < HIGHEST:
        found.append(place)
    return found[::-1]
