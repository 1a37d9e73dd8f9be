from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from config.demo import scores

partitions = st.dictionaries(st.integers(0, 9), st.integers(0, 3), max_size=10)


@given(found=partitions, truth=partitions)
def test_pairs_are_counted_as_if_they_were_listed(found, truth):
    both = sorted(found.keys() & truth.keys())
    put_together = {pair for pair in combinations(both, 2) if found[pair[0]] == found[pair[1]]}
    belong_together = {pair for pair in combinations(both, 2) if truth[pair[0]] == truth[pair[1]]}
    score = scores.pairwise(found=found, truth=truth)
    assert score.predicted_pairs == len(put_together)
    assert score.true_pairs == len(belong_together)
    assert score.true_positive_pairs == len(put_together & belong_together)
    assert (score.records, score.entities) == (len(both), len({truth[key] for key in both}))


def test_precision_and_recall():
    score = scores.pairwise(
        found={"a": 1, "b": 1, "c": 1, "d": 2}, truth={"a": "x", "b": "x", "c": "y", "d": "y"}
    )
    assert (score.precision, score.recall) == (1 / 3, 1 / 2)
    assert round(score.f1, 3) == 0.4
