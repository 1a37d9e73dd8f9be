"""What the names in a condition stand for: read once (``tags.queries.catalogue``), then looked up without a query.

A condition belongs to a node of the organization tree. It may name the nodes from there down, and the tags and
audiences of the nodes on its own branch: those it is part of, and those below it.
"""

import dataclasses
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Channel:
    id: int
    name: str
    source_class: str
    first_party: bool


@dataclass(frozen=True)
class Node:
    """``path`` holds the ids from the group down to this node, such as ``/1/4/``."""

    id: int
    path: str
    name: str

    @property
    def is_group(self) -> bool:
        return self.path.count("/") == 2

    def holds(self, other: "Node") -> bool:
        return other.path.startswith(self.path)

    def on_branch(self, other: "Node") -> bool:
        return self.holds(other) or other.holds(self)


@dataclass(frozen=True)
class Tag:
    name: str
    node: Node
    values: dict[str, int]
    names: dict[str, str]
    status: str = "approved"
    retired_on: str = ""
    slot: int | None = None


@dataclass(frozen=True)
class Audience:
    id: int
    name: str
    node: Node
    condition: object = field(hash=False)
    frozen: bool


@dataclass(frozen=True)
class Programme:
    """``ranks`` and ``names``: of its tiers, by code."""

    id: int
    name: str
    node: Node
    ranks: dict[str, int] = field(hash=False)
    names: dict[str, str] = field(hash=False)


@dataclass(frozen=True)
class Book:
    id: int
    name: str
    node: Node
    scale: int


@dataclass(frozen=True)
class Catalogue:
    node: Node
    nodes: dict[str, Node]
    channels: dict[str, Channel] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    audiences: dict[int, Audience] = field(default_factory=dict)
    programmes: dict[str, Programme] = field(default_factory=dict)
    books: dict[str, Book] = field(default_factory=dict)

    def at(self, node: Node) -> "Catalogue":
        return dataclasses.replace(self, node=node)

    def nodes_here(self) -> dict[str, Node]:
        return {code: node for code, node in self.nodes.items() if self.node.holds(node)}

    def tags_here(self) -> dict[str, Tag]:
        return {code: tag for code, tag in self.tags.items() if self.node.on_branch(tag.node)}

    def audiences_here(self) -> dict[int, Audience]:
        return {pk: audience for pk, audience in self.audiences.items() if self.node.on_branch(audience.node)}

    def programmes_here(self) -> dict[str, Programme]:
        """By the code of the programme's organization."""
        return {code: each for code, each in self.programmes.items() if self.node.on_branch(each.node)}

    def books_here(self) -> dict[str, Book]:
        return {code: each for code, each in self.books.items() if self.node.on_branch(each.node)}

    def under(self, *codes: str) -> list[int]:
        """Ids of these nodes and of all below them; without codes, of this node and all below it."""
        roots = [self.nodes[code] for code in codes] or [self.node]
        return sorted(node.id for node in self.nodes.values() if any(root.holds(node) for root in roots))

    def branch(self) -> list[int]:
        """Ids of this node, of all below it and of all it is part of."""
        return sorted(node.id for node in self.nodes.values() if self.node.on_branch(node))
