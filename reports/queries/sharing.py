"""The share graph: who brought whom or opened whose shared page; degree, betweenness, PageRank and communities."""

import dataclasses
import datetime as dt

import numpy as np
from django.utils.translation import gettext as _

from members.models import Organization
from reports.queries import people
from reports.table import Column, Table
from tags.models_of.network import betweenness, communities
from tags.queries import network

SHOWN = 100
LARGEST = 20


@dataclasses.dataclass(frozen=True)
class Node:
    person: str
    degree: int
    reached: int
    betweenness: float
    error: float
    pagerank: float
    community: int


@dataclasses.dataclass(frozen=True)
class Sharing:
    """``communities``: how many people are in each, the largest first. ``searches``: None where betweenness is exact."""

    as_of: dt.datetime
    people: int
    arrows: int
    modularity: float | None
    searches: int | None
    communities: list[int]
    rows: list[Node]

    def tables(self) -> list[Table]:
        columns = [
            Column(_("Person")), Column(_("Neighbours"), "count"), Column(_("Reached by him"), "count"),
            Column(_("Betweenness"), "number"), Column(_("give or take"), "number"), Column(_("PageRank, per thousand"), "number"),
            Column(_("Community"), "count"),
        ]  # fmt: skip
        rows = [
            (each.person, each.degree, each.reached, each.betweenness, each.error or None, 1_000 * each.pagerank, each.community)
            for each in self.rows
        ]  # fmt: skip
        sizes = [(number, size) for number, size in enumerate(self.communities[:LARGEST], start=1)]
        head = [Column(_("Community"), "count"), Column(_("People"), "count")]
        return [
            Table(_("Key people of the share graph"), columns, rows, self.as_of, notes=self._notes()),
            Table(_("Largest communities"), head, sizes, self.as_of),
        ]

    def _notes(self) -> list[str]:
        said = [
            _(
                "Betweenness: pairs of others who are joined most shortly through him. PageRank flows from who was reached to who reached."
            )
        ]
        if self.searches is not None:
            said.append(
                _("Betweenness is estimated from %(count)s starting people, with its standard error.")
                % {"count": f"{self.searches:,}"}
            )
        return said


def report(*, node: Organization, as_of: dt.datetime) -> Sharing:
    members, graph = network.shared(node=node, as_of=as_of)
    between, labels = betweenness.of(graph), communities.of(graph)
    numbers, sizes = _ranked(labels)
    measures = graph.degree, graph.reached, between.values, between.error, graph.pagerank(), numbers[labels]
    first = np.argsort(-between.values, kind="stable")[:SHOWN]
    named = people.names([int(member) for member in members[first]], node=node)
    rows = [
        Node(
            named.get(int(members[place]), _("somebody not known here")),
            *(each[place].item() for each in measures),
        )
        for place in first
    ]
    searches = None if between.exact else between.searches
    modularity = communities.modularity(graph, labels)
    return Sharing(as_of, graph.size, len(graph.source), modularity, searches, sizes, rows)


def _ranked(labels: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """(number of each label, the largest community being 1; sizes in that order)."""
    sizes = np.bincount(labels) if len(labels) else np.zeros(0, dtype=np.int64)
    order = np.argsort(-sizes, kind="stable")
    numbers = np.empty(len(sizes), dtype=np.int64)
    numbers[order] = np.arange(1, len(sizes) + 1)
    return numbers, [int(size) for size in sizes[order] if size]
