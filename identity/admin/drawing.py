"""Where the nodes of an identity graph stand: accounts on the left, identifiers on the right, few lines crossing.

Few accounts are drawn with everything that they carry; of many only what two or more of them carry, and each account
says how much more it has of its own.
"""

from collections import defaultdict
from dataclasses import dataclass

from identity.models import Identifier
from identity.queries.graph import Edge, Graph, Said
from members.models import Account

FEW = 6
ROW, BOX = 46, 36
LEFT, WIDTH, RIGHT, TOP = 70, 250, 530, 10
ROUNDS = 6


@dataclass
class Box:
    """A node with its upper left corner; ``own``: identifiers that only this account carries and that are not drawn."""

    node: Account | Identifier
    x: int
    y: int
    own: int = 0
    carriers: int = 0

    @property
    def middle(self) -> int:
        return self.y + BOX // 2


@dataclass(frozen=True)
class Line:
    """A curve between two nodes. ``out``: it joins nobody, because the account is revoked or the identifier shared."""

    path: str
    by: str
    out: bool
    edge: Edge | Said


@dataclass(frozen=True)
class Drawing:
    accounts: list[Box]
    identifiers: list[Box]
    lines: list[Line]
    height: int
    width: int = RIGHT + WIDTH + 10
    box_width: int = WIDTH
    box_height: int = BOX


def draw(graph: Graph) -> Drawing:
    """The graph with places: a pure function of it."""
    drawn = {pk for pk in graph.identifiers if len(graph.accounts) <= FEW or len(graph.carriers(pk)) > 1}
    edges = [edge for edge in graph.edges if edge.identifier in drawn]
    left, right = _ordered(graph, edges)
    rows = max(len(left), len(right), 1)
    accounts, identifiers = _column(left, LEFT, rows), _column(right, RIGHT, rows)
    for edge in graph.edges:
        if edge.identifier not in drawn:
            accounts[edge.account].own += 1
    for edge in edges:
        identifiers[edge.identifier].carriers += 1
    lines = [_line(edge, accounts[edge.account], identifiers[edge.identifier]) for edge in edges]
    lines += [_arc(said, accounts[said.left], accounts[said.right]) for said in graph.said]
    return Drawing(
        list(accounts.values()), list(identifiers.values()), lines, 2 * TOP + rows * ROW - (ROW - BOX)
    )


def _ordered(graph: Graph, edges: list[Edge]) -> tuple[list[Account], list[Identifier]]:
    """Both columns, each node near the middle of those it is joined to (barycentre heuristic, Sugiyama 1981)."""
    beside: dict[tuple, list[tuple]] = defaultdict(list)
    for edge in edges:
        beside["account", edge.account].append(("identifier", edge.identifier))
        beside["identifier", edge.identifier].append(("account", edge.account))
    left = [("account", account.pk) for account in graph.accounts]
    right = sorted({("identifier", edge.identifier) for edge in edges})
    for _round in range(ROUNDS):
        right = _nearest(right, left, beside)
        left = _nearest(left, right, beside)
    accounts = {account.pk: account for account in graph.accounts}
    return [accounts[pk] for _kind, pk in left], [graph.identifiers[pk] for _kind, pk in right]


def _nearest(moving: list[tuple], standing: list[tuple], beside: dict[tuple, list[tuple]]) -> list[tuple]:
    place = {node: number / max(len(standing), 1) for number, node in enumerate(standing)}
    own = {node: number / max(len(moving), 1) for number, node in enumerate(moving)}

    def middle(node: tuple) -> float:
        mates = beside[node]
        return sum(place[mate] for mate in mates) / len(mates) if mates else own[node]

    return sorted(moving, key=middle)


def _column(nodes: list, x: int, rows: int) -> dict[int, Box]:
    """One under another, spread over the height of the longer column."""
    step = ROW * rows / max(len(nodes), 1)
    return {
        node.pk: Box(node, x, round(TOP + step * place + (step - ROW) / 2))
        for place, node in enumerate(nodes)
    }


def _line(edge: Edge, account: Box, identifier: Box) -> Line:
    start, end, bend = LEFT + WIDTH, RIGHT, (RIGHT - LEFT - WIDTH) // 2
    path = (
        f"M{start} {account.middle}C{start + bend} {account.middle} {end - bend} {identifier.middle}"
        f" {end} {identifier.middle}"
    )
    out = bool(account.node.revoked_at or identifier.node.shared or identifier.node.blocked)
    return Line(path, edge.by, out, edge)


def _arc(said: Said, first: Box, second: Box) -> Line:
    """A verdict joins two accounts directly, on the outer side of their column."""
    path = f"M{LEFT} {first.middle}C10 {first.middle} 10 {second.middle} {LEFT} {second.middle}"
    return Line(path, said.by, bool(first.node.revoked_at or second.node.revoked_at), said)
