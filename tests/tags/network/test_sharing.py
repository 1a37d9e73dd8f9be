"""Graphs of who reached whom, against networkx."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tags.models_of.network import betweenness, communities, sharing

ARROWS = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), min_size=1, max_size=60)


def of(arrows):
    """Our graph, and networkx's with the same numbers."""
    ends = np.array(list(arrows), dtype=float).reshape(-1, 2)
    nodes, graph = sharing.of(source=ends[:, 0], target=ends[:, 1])
    names = {int(node): place for place, node in enumerate(nodes)}
    theirs = nx.DiGraph()
    theirs.add_nodes_from(range(len(nodes)))
    theirs.add_edges_from((names[up], names[down]) for up, down in arrows if up != down)
    return graph, theirs


def both_ways(graph: nx.Graph):
    return of(list(nx.convert_node_labels_to_integers(graph).edges))


def sets(labels):
    found = {}
    for node, label in enumerate(labels.tolist()):
        found.setdefault(label, set()).add(node)
    return sorted(map(sorted, found.values()))


def agree(graph, theirs):
    plain = theirs.to_undirected()
    assert graph.degree.tolist() == [plain.degree(node) for node in theirs]
    assert graph.reached.tolist() == [theirs.out_degree(node) for node in theirs]
    assert graph.reached_by.tolist() == [theirs.in_degree(node) for node in theirs]
    ranks = nx.pagerank(theirs.reverse(), tol=1e-12, max_iter=1_000)
    assert graph.pagerank().tolist() == pytest.approx([ranks[node] for node in theirs], abs=1e-8)
    between = nx.betweenness_centrality(plain, normalized=False)
    assert betweenness.of(graph).values.tolist() == pytest.approx([between[node] for node in theirs])
    labels = communities.of(graph)
    found = nx.community.label_propagation_communities(plain)
    assert sets(labels) == sorted(map(sorted, found))
    if plain.size():
        assert communities.modularity(graph, labels) == pytest.approx(nx.community.modularity(plain, found))


@given(ARROWS)
def test_values_equal_networkx_on_any_small_graph(arrows):
    agree(*of(arrows))


@pytest.mark.requirement("TAG-079")
@pytest.mark.parametrize(
    "sample", [nx.karate_club_graph, nx.les_miserables_graph, nx.florentine_families_graph]
)
def test_values_equal_networkx_on_known_samples(sample):
    agree(*both_ways(sample()))


@pytest.mark.requirement("TAG-077")
def test_the_planted_bridge_is_passed_by_most():
    """Two circles of friends who all reach each other, and one person between them."""
    graph, _theirs = both_ways(nx.barbell_graph(8, 1))
    found = betweenness.of(graph)
    bridge = graph.degree.tolist().index(2)
    assert int(found.values.argmax()) == bridge
    assert found.values[bridge] == 8 * 8
    assert sorted(found.values)[-2] < found.values[bridge]


def test_a_drawn_betweenness_says_how_far_off_it_may_be():
    theirs = nx.convert_node_labels_to_integers(nx.barabasi_albert_graph(2_000, 3, seed=7))
    graph, _directed = both_ways(theirs)
    exact = betweenness.of(graph)
    drawn = betweenness.of(graph, looks=200 * len(graph.neighbours[1]))
    assert exact.exact
    assert exact.error.max() == 0
    assert (drawn.searches, drawn.exact) == (200, False)
    off = np.abs(drawn.values - exact.values)
    top = np.argsort(-exact.values)[:50]
    assert (off[top] <= 2 * drawn.error[top]).mean() > 0.8
    assert (off[top] / exact.values[top]).mean() < 0.25
    assert set(np.argsort(-drawn.values)[:3]) == set(top[:3])


def test_nobody_reached_anybody():
    nodes, graph = sharing.of(source=np.array([3.0]), target=np.array([3.0]))
    assert len(nodes) == graph.size == len(graph.pagerank()) == len(communities.of(graph)) == 0
    assert betweenness.of(graph).searches == 0
    assert communities.modularity(graph, communities.of(graph)) is None
