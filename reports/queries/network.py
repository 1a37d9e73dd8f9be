"""Fission: how people bring people, generation by generation, by whom, in which pattern, and through whom most of it passes."""

import dataclasses
import datetime as dt

import numpy as np
from django.utils.translation import gettext as _

from members.models import Organization
from reports.queries import people
from reports.table import Column, Table
from tags.models_of.network import patterns
from tags.models_of.network.forest import Forest
from tags.queries import network
from tags.queries.network import Read

LARGEST = 50


@dataclasses.dataclass(frozen=True)
class Level:
    """``people`` so many steps from a seed; ``spreaders`` of them brought somebody; together they ``brought`` so many."""

    number: int
    people: int
    spreaders: int
    brought: int

    @property
    def rate(self) -> float | None:
        """New people a person of this level."""
        return self.brought / self.people if self.people else None


@dataclasses.dataclass(frozen=True)
class Bringers:
    """All who bring in one role: how many there are, whom they brought themselves, and all that came of it."""

    role: str
    number: int
    direct: int
    all: int


@dataclasses.dataclass(frozen=True)
class Tree:
    root: people.Person
    brought: int
    direct: int
    height: int
    pattern: str


@dataclasses.dataclass(frozen=True)
class KeyNode:
    """``passes``: pairs of somebody above and somebody below who meet through him; ``below``: who would not have come."""

    person: people.Person
    passes: int
    below: int
    above: int


@dataclasses.dataclass(frozen=True)
class Fission:
    as_of: dt.datetime
    levels: list[Level]
    bringers: list[Bringers]
    patterns: dict[str, int]
    trees: list[Tree]
    keys: list[KeyNode]

    @property
    def seeds(self) -> int:
        """Who brought somebody and was brought by nobody."""
        return self.levels[0].people if self.levels else 0

    @property
    def brought(self) -> int:
        return sum(level.brought for level in self.levels)

    @property
    def rate(self) -> float | None:
        """New people a seed brought himself."""
        return self.levels[0].rate if self.levels else None

    def tables(self) -> list[Table]:
        return [self._levels(), self._bringers(), self._keys(), self._patterns(), self._trees()]

    def _levels(self) -> Table:
        columns = [
            Column(_("Level"), "count"), Column(_("People"), "count"), Column(_("of them bring"), "count"),
            Column(_("They brought"), "count"), Column(_("A person of the level"), "number"),
        ]  # fmt: skip
        rows = [(each.number, each.people, each.spreaders, each.brought, each.rate) for each in self.levels]
        note = _(
            "Level 0 are seeds: they brought somebody, and nobody brought them. Everybody counts once, below the first who invited him."
        )
        return Table(_("Fission by level"), columns, rows, self.as_of, notes=[note])

    def _bringers(self) -> Table:
        columns = [
            Column(_("Who brings")), Column(_("How many"), "count"), Column(_("Brought themselves"), "count"),
            Column(_("All that came of it"), "count"),
        ]  # fmt: skip
        rows = [(people.role_name(each.role), each.number, each.direct, each.all) for each in self.bringers]
        return Table(_("By whom"), columns, rows, self.as_of)

    def _keys(self) -> Table:
        columns = [
            Column(_("Person")), Column(_("Role")), Column(_("Pairs that meet through him"), "count"),
            Column(_("Came through him"), "count"), Column(_("Steps from the seed"), "count"),
        ]  # fmt: skip
        rows = [
            (each.person.text, people.role_name(each.person.role), each.passes, each.below, each.above)
            for each in self.keys
        ]
        note = _("Betweenness: people above him times people below him. Without him these ways would not be.")
        return Table(_("Key nodes"), columns, rows, self.as_of, notes=[note])

    def _patterns(self) -> Table:
        rows = [(pattern_name(code), count) for code, count in self.patterns.items()]
        note = _(
            "Broadcast: four of five came by the seed himself. Chain: who brings, brings one. Trees of two people have no pattern."
        )
        return Table(
            _("Trees by pattern"), [Column(_("Pattern")), Column(_("Trees"), "count")], rows, self.as_of, notes=[note]
        )  # fmt: skip

    def _trees(self) -> Table:
        columns = [
            Column(_("Seed")), Column(_("Role")), Column(_("Brought in all"), "count"), Column(_("of them himself"), "count"),
            Column(_("Levels"), "count"), Column(_("Pattern")),
        ]  # fmt: skip
        rows = [
            (each.root.text, people.role_name(each.root.role), each.brought, each.direct, each.height, pattern_name(each.pattern))
            for each in self.trees
        ]  # fmt: skip
        return Table(_("Largest trees"), columns, rows, self.as_of)


def report(*, node: Organization, as_of: dt.datetime) -> Fission:
    read = network.at(node=node, as_of=as_of, kinds=())
    forest = read.network.forest
    roots, found = patterns.of_trees(forest)
    largest = _most(forest.descendants[roots])
    keys = _most(forest.passes)
    named = people.of(read, [*roots[largest], *keys], node=node)
    trees = [_tree(forest, int(roots[place]), str(found[place]), named) for place in largest]
    return Fission(
        as_of, levels(forest), _bringers(read), _counted(found), trees,
        [_key(forest, int(place), named) for place in keys],
    )  # fmt: skip


def levels(forest: Forest) -> list[Level]:
    """Every level of all trees of two people or more, seeds first."""
    part = forest.size[forest.root] > 1 if len(forest) else np.zeros(0, dtype=bool)
    depth, brings = forest.depth[part], forest.direct[part] > 0
    counts = np.bincount(depth).tolist()
    spreaders = np.bincount(depth, weights=brings).astype(int).tolist()
    return [
        Level(number, count, spreaders[number], brought)
        for number, (count, brought) in enumerate(zip(counts, [*counts, 0][1:], strict=True))
    ]


def pattern_name(code: str) -> str:
    names = {
        patterns.BROADCAST: _("Broadcast"), patterns.CHAIN: _("Chain"), patterns.LEVELS: _("Multi-level"),
        patterns.SMALL: _("Two people"),
    }  # fmt: skip
    return names[code]


def _most(values: np.ndarray) -> np.ndarray:
    """Places of the largest values above zero, the largest first."""
    order = np.argsort(-values, kind="stable")[:LARGEST]
    return order[values[order] > 0]


def _tree(forest: Forest, root: int, pattern: str, named: dict) -> Tree:
    brought, direct, height = (int(each[root]) for each in (forest.descendants, forest.direct, forest.height))
    return Tree(named[root], brought, direct, height, pattern)


def _key(forest: Forest, place: int, named: dict) -> KeyNode:
    passes, below, above = (int(each[place]) for each in (forest.passes, forest.descendants, forest.depth))
    return KeyNode(named[place], passes, below, above)


def _counted(found: np.ndarray) -> dict[str, int]:
    order = (patterns.BROADCAST, patterns.CHAIN, patterns.LEVELS, patterns.SMALL)
    return {code: int((found == code).sum()) for code in order}


def _bringers(read: Read) -> list[Bringers]:
    forest = read.network.forest
    brings = forest.direct > 0
    roles = {role.role for role in read.roles.values()} | {"member"}
    nodes = read.network.nodes[brings]
    of = np.array([read.role(node) for node in nodes.tolist()], dtype=object)
    found = []
    for role in roles:
        mine = of == role
        if mine.any():
            direct, all_ = (int(each[brings][mine].sum()) for each in (forest.direct, forest.descendants))
            found.append(Bringers(role, int(mine.sum()), direct, all_))
    return sorted(found, key=lambda each: (-each.direct, each.role))
