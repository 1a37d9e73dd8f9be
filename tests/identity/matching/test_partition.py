"""Properties: the partition is a function of the facts alone, however they come and however it is computed."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.matching import partition as partitions
from identity.matching.facts import collect
from identity.matching.partition import partition
from tests.identity.matching import oracle, worlds
from tests.identity.matching.worlds import POLICY, told

thoroughly = settings(max_examples=300, deadline=None)


@thoroughly
@given(worlds.facts())
def test_the_oracle_agrees(facts):
    found = partition(facts, POLICY)
    assert {people for _, people in told(facts, found)["people"]} == oracle.people(facts, POLICY)


@thoroughly
@given(
    records=worlds.records, verdicts=worlds.verdicts, barred=worlds.barred, cleared=worlds.cleared,
    seed=st.integers(0, 10**6),
)  # fmt: skip
def test_order_and_repetition_do_not_matter(records, verdicts, barred, cleared, seed):
    chance = random.Random(seed)
    again = records + chance.sample(records, len(records) // 2)
    chance.shuffle(again)
    facts = collect(records, barred=barred, cleared=cleared, verdicts=verdicts)
    shuffled = collect(again, barred=barred, cleared=cleared, verdicts=chance.sample(verdicts, len(verdicts)))
    assert told(facts, partition(facts, POLICY)) == told(shuffled, partition(shuffled, POLICY))


@thoroughly
@given(worlds.facts())
def test_many_components_at_once_are_parted_like_one(facts):
    small = told(facts, partition(facts, POLICY))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitions, "SMALL", -1)
        assert told(facts, partition(facts, POLICY)) == small


@thoroughly
@given(records=worlds.records, extra=worlds.record, verdicts=worlds.verdicts)
def test_a_withdrawn_fact_leaves_no_trace(records, extra, verdicts):
    before = collect(records, verdicts=verdicts)
    first = told(before, partition(before, POLICY))
    partition(collect([*records, extra], verdicts=verdicts), POLICY)
    assert told(before, partition(before, POLICY)) == first


@thoroughly
@given(worlds.facts())
def test_people_are_whole_and_refused_pairs_stay_apart(facts):
    found = partition(facts, POLICY)
    assert sorted(account for block in found.blocks() for account in block) == list(
        range(len(facts.accounts))
    )
    assert all(found.anchor[refused.left] != found.anchor[refused.right] for refused in found.refused)
    assert all(found.anchor[anchor] == anchor for anchor in found.anchor)
