"""Verdicts against verdicts: what stands is what the partition lets stand, and a chain proves the rest wrong."""

from hypothesis import given
from hypothesis import strategies as st

from identity.matching import contradictions, policy
from identity.matching.facts import Accounts, Facts, Verdict
from identity.matching.partition import partition

side = st.frozensets(st.integers(0, 5), min_size=1, max_size=2)


@st.composite
def verdicts(draw):
    made = []
    for place in range(draw(st.integers(0, 7))):
        left = draw(side)
        right = draw(side.filter(lambda other, left=left: not other & left))
        same, at = draw(st.booleans()), draw(st.integers(0, 3))
        made.append(Verdict(f"{place:03}", same, left, right, at))
    return made


@given(verdicts())
def test_what_stands_is_what_the_partition_does_not_set_aside(said):
    accounts = Accounts(["mall"] * 6, list("abcdef"), [True] * 6, [0] * 6, *[[None] * 6] * 3)
    found = partition(Facts(accounts, verdicts=said), policy.default())
    standing = {verdict.key for verdict in contradictions.standing(said)}
    assert {verdict.key for verdict in said} - standing == set(found.contradicted)


@given(verdicts(), st.booleans(), side, side)
def test_a_chain_contradicts_by_itself_and_no_part_of_it_does(said, same, left, right):
    if left & right:
        return
    new = Verdict("new", same, left, right, 9)
    chain = contradictions.chain(contradictions.standing(said), new)
    assert not chain or contradictions.chain(chain, new) == chain
    for missing in chain:
        assert not contradictions.chain([each for each in chain if each is not missing], new)


def test_the_chain_goes_along_the_way():
    def same(key, one, other):
        return Verdict(key, True, frozenset({one}), frozenset({other}), 0)

    said = [same("1", 0, 1), same("2", 1, 2), same("3", 4, 5)]
    new = Verdict("9", False, frozenset({2}), frozenset({0}), 1)
    assert [each.key for each in contradictions.chain(said, new)] == ["2", "1"]
    assert contradictions.chain(said, Verdict("9", False, frozenset({2}), frozenset({5}), 1)) == []
