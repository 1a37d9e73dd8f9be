"""Properties of revoked accounts: they link nobody, stay with their person, and restoring leaves no trace."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.matching import partition as partitions
from identity.matching import revoked
from identity.matching.facts import Carried, Record, collect
from identity.matching.partition import partition
from tests.identity.matching import worlds
from tests.identity.matching.worlds import POLICY, told

thoroughly = settings(max_examples=150, deadline=None)
chosen = st.sets(st.integers(0, 9), max_size=4)


def revoking(facts, places):
    return replace(facts, revoked=frozenset(place for place in places if place < len(facts.accounts)))


def people(found, without=frozenset()):
    blocks = [frozenset(block) - without for block in found.blocks()]
    return {block for block in blocks if block}


@thoroughly
@given(worlds.facts(), chosen)
def test_the_others_are_parted_as_if_it_carried_nothing(facts, places):
    facts = revoking(facts, places)
    alone = partition(revoked.aside(facts), POLICY)
    found = partition(facts, POLICY)
    assert people(found, facts.revoked) == people(alone, facts.revoked)
    assert found.shared == alone.shared


@thoroughly
@given(worlds.facts(), chosen)
def test_its_companions_are_those_of_the_person_it_would_be_part_of(facts, places):
    facts = revoking(facts, places)
    found, whole = partition(facts, POLICY), partition(replace(facts, revoked=frozenset()), POLICY)
    for account in facts.revoked:
        mates = np.flatnonzero(found.anchor == found.anchor[account]).tolist()
        if len(mates) > 1:
            assert any(whole.anchor[mate] == whole.anchor[account] for mate in mates if mate != account)


@thoroughly
@given(worlds.facts(), chosen)
def test_the_anchor_is_the_oldest_and_refused_people_stay_apart(facts, places):
    facts = revoking(facts, places)
    found = partition(facts, POLICY)
    for block in found.blocks():
        assert found.anchor[block[0]] == min(block, key=facts.accounts.age)
    assert all(found.anchor[each.left] != found.anchor[each.right] for each in found.refused)


@thoroughly
@given(worlds.facts(), chosen)
def test_many_components_at_once_are_parted_like_one(facts, places):
    facts = revoking(facts, places)
    small = told(facts, partition(facts, POLICY))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitions, "SMALL", -1)
        assert told(facts, partition(facts, POLICY)) == small


def record(name, at, *carries):
    return Record("mall", name, at, tuple(Carried(kind, value) for kind, value in carries))


def test_a_person_keeps_the_one_id_of_a_revoked_account():
    facts = collect(
        [record("a", 1, ("phone", "p")), record("b", 2, ("phone", "p")), record("c", 3, ("phone", "p"))]
    )
    found = partition(revoking(facts, {0}), POLICY)
    assert people(found) == {frozenset({0, 1, 2})}
    assert set(found.anchor.tolist()) == {0}


def test_when_all_are_revoked_they_stay_together():
    facts = collect([record("a", 1, ("phone", "p")), record("b", 2, ("phone", "p"))])
    assert people(partition(revoking(facts, {0, 1}), POLICY)) == {frozenset({0, 1})}


def test_a_not_same_keeps_it_from_whom_its_own_person_joins_now():
    """Without `r`, whom a steward keeps from `y`, nothing keeps `x` and `y` apart: `r` may not follow `x` there."""
    facts = collect(
        [
            record("x", 1, ("phone", "p"), ("unionid", "e")),
            record("y", 2, ("unionid", "e")),
            record("r", 3, ("phone", "p")),
        ],
        verdicts=[("v1", False, frozenset({("mall", "r")}), frozenset({("mall", "y")}), 0)],
    )
    place = {facts.accounts.external_id[n]: n for n in range(3)}
    x, y, r = (place[name] for name in "xyr")
    assert people(partition(facts, POLICY)) == {frozenset({x, r}), frozenset({y})}
    assert people(partition(revoking(facts, {r}), POLICY)) == {frozenset({x, y}), frozenset({r})}
