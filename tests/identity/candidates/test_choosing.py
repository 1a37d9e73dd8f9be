"""Which scored pairs are proposed, and which a model may join: pure functions."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from identity.candidates import clusters, exclusive
from identity.candidates.scoring import Pair

chances = st.floats(0, 1)
scored = st.dictionaries(
    st.tuples(st.integers(1, 8), st.integers(1, 8)).filter(lambda pair: pair[0] < pair[1]),
    chances,
    max_size=20,
)


def ordered(scores):
    return sorted((Pair(*ids, chance) for ids, chance in scores.items()), key=lambda pair: -pair.probability)


@given(scored, st.dictionaries(st.integers(1, 8), st.frozensets(st.sampled_from("AB"), min_size=1)))
def test_nobody_gets_two_partners_at_a_channel_of_one_account(scores, alone):
    kept = list(exclusive.one_to_one(ordered(scores), alone=alone))
    for person in range(1, 9):
        partners = [
            pair.right if pair.left == person else pair.left
            for pair in kept
            if person in (pair.left, pair.right)
        ]
        held = [channel for each in [person, *partners] for channel in alone.get(each, ())]
        own = alone.get(person, frozenset())
        assert not any(own & alone.get(each, frozenset()) for each in partners)
        assert len(held) == len(set(held))


def test_the_more_probable_partner_stays():
    pairs = [Pair(1, 2, 0.9), Pair(1, 3, 0.8), Pair(4, 5, 0.7)]
    assert list(exclusive.one_to_one(pairs, alone={2: frozenset("A"), 3: frozenset("A")})) == [
        pairs[0],
        pairs[2],
    ]


def test_two_different_ids_of_one_platform_never_meet():
    minted = {
        1: {"wx": frozenset({7})},
        2: {"wx": frozenset({8})},
        3: {"other": frozenset({9})},
        4: {"wx": frozenset({7})},
    }
    pairs = [Pair(1, 2, 0.9), Pair(1, 3, 0.9), Pair(1, 4, 0.9)]
    assert list(exclusive.compatible(pairs, minted=minted)) == pairs[1:]


def test_groups_and_their_sizes():
    pairs = [Pair(1, 2, 0.9), Pair(2, 3, 0.9), Pair(7, 9, 0.5)]
    assert clusters.groups(pairs) == [[1, 2, 3], [7, 9]]
    assert clusters.sizes(pairs, people=10) == {"1": 5, "2": 1, "3": 1}
    assert clusters.sizes([], people=0) == {}


def test_a_chain_is_not_closed_when_its_ends_are_strangers():
    pairs = [Pair(1, 2, 0.999), Pair(2, 3, 0.995)]
    scores = {(1, 2): 0.999, (2, 3): 0.995}
    assert clusters.joinable(pairs, scores=scores, sure=0.99, mean=0.5) == [pairs[0]]
    near = scores | {(1, 3): 0.02}
    assert clusters.joinable(pairs, scores=near, sure=0.99, mean=0.5) == pairs


@given(scored)
def test_every_group_that_grows_has_a_mean_of_at_least_a_half_over_the_pairs_between(scores):
    """A slow oracle replays the joins and looks at all cross pairs."""
    block = {person: {person} for person in range(1, 9)}
    joined = clusters.joinable(ordered(scores), scores=scores, sure=0.6, mean=0.5)
    for pair in joined:
        assert pair.probability >= 0.6
        left, right = block[pair.left], block[pair.right]
        assert not left & right
        cross = [scores.get(tuple(sorted((a, b))), 0) for a in left for b in right]
        assert sum(cross) / len(cross) >= 0.5
        for person in left | right:
            block[person] = left | right
    assert all(block[a] == block[b] for pair in joined for a, b in combinations((pair.left, pair.right), 2))
