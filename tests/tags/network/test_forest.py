"""Measures of trees: against planted ones, and against networkx on random ones."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tags.models_of.network import patterns, referring
from tags.models_of.network.forest import Forest
from tests.tags.network import trees


def told(*pairs):
    """Referrals in the order of their time: (inviter, invitee)."""
    ups, downs = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    at = np.arange(len(pairs), dtype=float)
    return referring.first(inviter=ups, invitee=downs, at=at, tie=at)


@st.composite
def parents(draw):
    """A random forest whose numbers say nothing of its order."""
    size = draw(st.integers(1, 40))
    above = [draw(st.integers(-1, node - 1)) for node in range(size)]
    names = draw(st.permutations(range(size)))
    parent = np.full(size, -1)
    for node, up in enumerate(above):
        parent[names[node]] = names[up] if up >= 0 else -1
    return parent


def graph_of(parent):
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(parent)))
    graph.add_edges_from((int(up), node) for node, up in enumerate(parent) if up >= 0)
    return graph


@given(parents())
def test_every_measure_equals_a_walk_over_the_tree(parent):
    forest, graph = Forest(parent), graph_of(parent)
    for node in graph:
        steps = nx.single_source_shortest_path_length(graph, node)
        above = nx.ancestors(graph, node)
        below = sorted(length for other, length in steps.items() if other != node)
        assert forest.direct[node] == graph.out_degree(node)
        assert forest.descendants[node] == len(below)
        assert forest.depth[node] == len(above)
        assert forest.height[node] == max(below, default=0)
        assert forest.root[node] in {node, *above}
        assert parent[forest.root[node]] < 0
        assert forest.generations(node) == [below.count(step + 1) for step in range(max(below, default=0))]
        assert set(np.flatnonzero(forest.under(node))) == set(steps)


@given(parents(), st.floats(0, 1))
def test_values_below_decay_with_each_step(parent, decay):
    forest, graph = Forest(parent), graph_of(parent)
    values = np.arange(1.0, len(parent) + 1)
    found = forest.brought(values, decay=decay)
    for node in graph:
        steps = nx.single_source_shortest_path_length(graph, node)
        expected = sum(values[other] * decay ** (step - 1) for other, step in steps.items() if step)
        assert found[node] == pytest.approx(expected)


@given(parents())
def test_betweenness_of_trees_equals_networkx(parent):
    forest, graph = Forest(parent), graph_of(parent)
    along = nx.betweenness_centrality(graph, normalized=False)
    across = nx.betweenness_centrality(graph.to_undirected(), normalized=False)
    assert forest.passes.tolist() == pytest.approx([along[node] for node in graph])
    assert forest.parts.tolist() == pytest.approx([across[node] for node in graph])


def test_a_chain_of_a_million_is_measured_like_any_other():
    parent = np.arange(-1, 999_999)
    forest = Forest(parent)
    assert forest.descendants[0] == forest.height[0] == forest.depth[-1] == 999_999
    assert forest.brought(np.ones(1_000_000), decay=0.5)[0] == pytest.approx(2)


@pytest.mark.requirement("TAG-073")
def test_the_planted_tree_has_its_generations_and_circles_end():
    assert Forest(trees.parent(trees.generations(10, 25, 40))).generations(0) == [10, 25, 40]

    circle = told((1, 2), (2, 3), (3, 1), (4, 1), (3, 5))
    forest = Forest(circle.parent)
    nodes = circle.nodes.tolist()
    assert forest.generations(nodes.index(4)) == [1, 1, 1, 1]
    assert forest.root.tolist() == [nodes.index(4)] * 5


@pytest.mark.requirement("TAG-078")
def test_node_a_has_three_direct_and_nine_in_all():
    brought = told((1, 2), (1, 3), (1, 4), (2, 5), (2, 6), (3, 7), (7, 8), (8, 9), (8, 10))
    forest = Forest(brought.parent)
    a = brought.nodes.tolist().index(1)
    assert (forest.direct[a], forest.descendants[a]) == (3, 9)


@pytest.mark.requirement("TAG-080")
def test_a_star_is_a_broadcast_and_a_path_a_chain():
    def pattern(parent):
        roots, found = patterns.of_trees(Forest(np.array(parent)))
        assert roots.tolist() == [0]
        return found[0]

    assert pattern([-1, 0, 0, 0, 0, 0]) == "broadcast"
    assert pattern([-1, 0, 1, 2, 3, 4]) == "chain"
    assert pattern([-1, 0, 0, 1, 1, 2, 2]) == "multi_level"
    assert pattern([-1, 0]) == "small"


def test_the_first_who_told_brought_him_whatever_order_it_arrives_in():
    first = referring.first(
        inviter=np.array([2.0, 1, 5]), invitee=np.array([3.0, 3, 5]), at=np.array([20.0, 10, 1]), tie=np.zeros(3)
    )  # fmt: skip
    assert dict(zip(first.nodes.tolist(), first.parent.tolist(), strict=True)) == {1: -1, 2: -1, 3: 0, 5: -1}


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=40))
def test_whatever_is_told_nobody_stands_above_himself(pairs):
    brought = told(*pairs)
    graph = graph_of(brought.parent)
    assert nx.is_directed_acyclic_graph(graph)
    assert all(count <= 1 for _node, count in graph.in_degree())
    offered = {(up, down) for up, down in pairs if up != down}
    taken = {(brought.nodes[up], brought.nodes[down]) for down, up in enumerate(brought.parent) if up >= 0}
    assert taken <= offered


def test_of_a_house_without_referrals_there_is_nothing():
    empty = referring.first(inviter=np.empty(0), invitee=np.empty(0), at=np.empty(0), tie=np.empty(0))
    forest = Forest(empty.parent)
    assert len(forest.direct) == len(forest.size) == len(forest.depth) == len(forest.parts) == 0
