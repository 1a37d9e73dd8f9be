import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from identity.matching import components

links = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=30)


@given(links)
def test_nodes_get_the_smallest_node_they_reach(pairs):
    left, right = np.array([*zip(*pairs, strict=True)] or [[], []], dtype=np.int64)
    parts = [{node} for node in range(20)]
    for pair in pairs:
        touched = [part for part in parts if part & set(pair)]
        parts = [part for part in parts if not part & set(pair)] + [set().union(*touched)]
    expected = {node: min(part) for part in parts for node in part}
    assert components.label(20, left, right).tolist() == [expected[node] for node in range(20)]
