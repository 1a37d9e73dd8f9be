"""Everybody who brought, was brought, shared or reached, with what is known of each: rows of facts made arrays."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tags.models_of.network import distinct, referring
from tags.models_of.network.forest import Forest

# What a row says of its member: that ``other`` brought him (at ``first``, ties by ``second``); that he is worth ``first``;
# that he opened what ``other`` had shared; that he shared ``first`` times; that he was recruited; that he spreads by
# profession; that the node asking knows him (member 0: it knows everybody).
BROUGHT, WORTH, OPENED, SHARED, RECRUITED, IN_ROLE, KNOWN = range(1, 8)
COLUMNS = ("member_id", "kind", "other", "first", "second")


@dataclass(frozen=True)
class Network:
    """``nodes``: ids ascending, those below zero are no customers (a guide, a group chat, a live stream). The other arrays
    go along with them: ``worth`` in money, ``opened`` different people who opened what he shared, ``shared`` times."""

    nodes: np.ndarray
    forest: Forest
    worth: np.ndarray
    opened: np.ndarray
    shared: np.ndarray
    recruited: np.ndarray
    in_role: np.ndarray
    known: np.ndarray

    @property
    def members(self) -> np.ndarray:
        """Whether each node is a customer of whom the asker may be told."""
        return (self.nodes > 0) & self.known

    def value(self, *, decay: float) -> np.ndarray:
        """What those below are worth, each step further down times ``decay``; not what he is worth himself."""
        return self.forest.brought(self.worth, decay=decay)

    def spread(self, *, decay: float, opened: float) -> np.ndarray:
        """His own measured spreading, in people: those he brought count 1, each step further down times ``decay``;
        somebody who opened what he shared counts ``opened``."""
        return self.forest.brought(np.ones(len(self.nodes)), decay=decay) + opened * self.opened

    def place(self, node: int) -> int | None:
        found = int(np.searchsorted(self.nodes, node))
        return found if found < len(self.nodes) and self.nodes[found] == node else None


def read(columns: Mapping[str, np.ndarray]) -> Network:
    """The network of rows of ``COLUMNS``."""
    rows = {kind: columns["kind"] == kind for kind in range(1, 8)}
    told = rows[BROUGHT]
    brought = referring.first(
        inviter=columns["other"][told],
        invitee=columns["member_id"][told],
        at=columns["first"][told],
        tie=columns["second"][told],
    )
    nodes, parent = _with(brought, columns["other"][rows[OPENED]], columns["member_id"][rows[SHARED]])

    def total(kind: int) -> np.ndarray:
        return _summed(nodes, columns["member_id"][rows[kind]], columns["first"][rows[kind]])

    def marked(kind: int) -> np.ndarray:
        return np.isin(nodes, columns["member_id"][rows[kind]].astype(np.int64))

    known = columns["member_id"][rows[KNOWN]]
    return Network(
        nodes=nodes, forest=Forest(parent), worth=total(WORTH), shared=total(SHARED),
        opened=_reached(nodes, columns["other"][rows[OPENED]], columns["member_id"][rows[OPENED]]),
        recruited=marked(RECRUITED), in_role=marked(IN_ROLE) | (nodes < 0),
        known=marked(KNOWN) | bool((known == 0).any()),
    )  # fmt: skip


def _with(brought: referring.Brought, *more: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nodes with further ones, who were brought by nobody."""
    nodes = distinct.of(np.concatenate([brought.nodes, *more]).astype(np.int64))
    places = np.searchsorted(nodes, brought.nodes)
    parent = np.full(len(nodes), referring.NOBODY, dtype=np.int64)
    has = brought.parent >= 0
    parent[places[has]] = places[brought.parent[has]]
    return nodes, parent


def _summed(nodes: np.ndarray, members: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    inside = np.isin(members.astype(np.int64), nodes)
    places = np.searchsorted(nodes, members[inside].astype(np.int64))
    return np.bincount(places, weights=numbers[inside], minlength=len(nodes))


def _reached(nodes: np.ndarray, sharers: np.ndarray, openers: np.ndarray) -> np.ndarray:
    """How many different others opened what each shared."""
    apart = np.flatnonzero(sharers != openers)
    people, places = np.unique(openers[apart], return_inverse=True)
    shared = np.searchsorted(nodes, sharers[apart].astype(np.int64))
    by, _opener = distinct.pairs(shared, places, size=max(len(nodes), len(people)))
    return np.bincount(by, minlength=len(nodes))
