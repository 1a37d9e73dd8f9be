"""Measured precision of past decisions, the threshold suggested, and what the waterfall adds up."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.actions import reviewing, verdicts
from identity.models import ReviewDecision
from identity.queries import precision, waterfall
from members.queries import scopes
from members.queries.scopes import EVERYTHING
from tests import factories
from tests.identity import cases, company
from tests.identity.company import NOW


@pytest.mark.parametrize(
    ("right", "count", "lower"),
    [(0, 0, 0.0), (1, 1, 0.2065), (10, 10, 0.7225), (81, 100, 0.7222), (381, 381, 0.9900), (0, 10, 0.0)],
)
def test_wilson_lower_end(right, count, lower):
    assert precision.wilson_lower(right=right, count=count) == pytest.approx(lower, abs=5e-5)


@given(st.integers(1, 5_000).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count))))
def test_wilson_lower_end_is_where_the_score_test_just_does_not_reject(pair):
    right, count = pair
    low = precision.wilson_lower(right=right, count=count)
    assert 0 <= low <= right / count
    if right:
        distance = (right / count - low) / math.sqrt(low * (1 - low) / count)
        assert distance == pytest.approx(precision.Z, rel=1e-6)


@given(st.floats(0.5, 0.9999))
def test_as_many_right_ones_as_needed_prove_the_target_and_one_less_does_not(target):
    enough = precision.needed(target=target)
    assert precision.wilson_lower(right=enough, count=enough) >= target - 1e-9
    assert precision.wilson_lower(right=enough - 1, count=enough - 1) < target


def bands(*counts):
    """Bands from the highest: (decided, of them one person)."""
    found, above, same_above = [], 0, 0
    for place, (count, same) in enumerate(counts):
        above, same_above = above + count, same_above + same
        found.append(precision.Band(0.9 - place / 10, 1.0 - place / 10, count, same, above, same_above))
    return found


def test_the_lowest_threshold_that_is_proven_is_suggested():
    found = precision.suggestion(bands=bands((400, 400), (100, 99), (100, 40)), target=0.98)
    assert (found.threshold, found.same, found.count) == (0.8, 499, 500)
    assert found.lower >= 0.98


def test_without_proof_nothing_is_suggested_and_it_is_said_how_much_is_missing():
    found = precision.suggestion(bands=bands((10, 10), (0, 0)), target=0.99)
    assert (found.threshold, found.count, found.needed) == (None, 10, 381)
    assert precision.suggestion(bands=bands((0, 0)), target=0.99).threshold is None


@pytest.mark.django_db
def test_withdrawn_decisions_and_second_looks_that_differ_count_as_wrong():
    nodes = company.build()
    first, second = factories.staff(superuser=True), factories.staff(superuser=True)
    made = [
        reviewing.decide(case=cases.candidate(probability=0.96), decision=each, by=first, now=NOW)
        for each in ("merge", "merge", "merge", "not_same", "not_same")
    ]
    verdicts.withdraw(verdict=made[0].verdict, by=second, now=NOW)
    reviewing.look_again(decision=made[1], answer="not_same", by=second, now=NOW)
    reviewing.look_again(decision=made[2], answer="merge", by=second, now=NOW)
    reviewing.look_again(decision=made[3], answer="merge", by=second, now=NOW)

    rows = {row.label: row for row in precision.by_sort(reach=EVERYTHING)}
    assert [(row.count, row.right, row.looked) for row in rows.values()] == [(3, 1, 2), (2, 1, 1)]
    assert list(rows) == ["candidate:merge", "candidate:not_same"]
    band = next(band for band in precision.by_band(reach=EVERYTHING) if band.count)
    assert (band.at_least, band.below, band.count, band.same) == (0.95, 0.98, 5, 2)
    assert precision.by_sort(reach=scopes.of_node(nodes["s4"])) == []


@pytest.mark.django_db
def test_a_second_look_is_somebody_elses_and_only_one():
    company.build()
    first, second, third = (factories.staff(superuser=True) for _number in range(3))
    made = reviewing.decide(case=cases.candidate(), decision="merge", by=first, now=NOW)

    assert not precision.to_look_at(reach=EVERYTHING, by=first).exists()
    assert list(precision.to_look_at(reach=EVERYTHING, by=second)) == [made]
    with pytest.raises(reviewing.Refused, match="somebody else"):
        reviewing.look_again(decision=made, answer="merge", by=first, now=NOW)
    with pytest.raises(reviewing.Refused, match="one person or not"):
        reviewing.look_again(decision=made, answer="shared", by=second, now=NOW)
    reviewing.look_again(decision=made, answer="merge", by=second, now=NOW)
    with pytest.raises(reviewing.Refused, match="already"):
        reviewing.look_again(decision=made, answer="merge", by=third, now=NOW)
    assert not precision.to_look_at(reach=EVERYTHING, by=third).exists()
    assert ReviewDecision.objects.count() == 1


WEIGHTS = st.lists(st.integers(-60, 60).map(lambda eighths: eighths / 4), min_size=1, max_size=9)


@given(st.integers(-80, 0).map(lambda eighths: eighths / 4), WEIGHTS)
def test_the_waterfall_ends_at_the_sum_and_each_bar_begins_where_the_last_ended(prior, weights):
    fields = [
        {"field": f"f{place}", "level": "exact", "weight": weight} for place, weight in enumerate(weights)
    ]
    found = waterfall.draw(evidence={"prior": prior, "fields": fields})

    assert found.posterior == prior + sum(weights)
    assert [step.start for step in found.steps] == [0.0, *(step.end for step in found.steps[:-1])]
    odds = Fraction(2) ** int(found.posterior * 4)  # the fourth power, exactly
    chance = found.probability
    assert chance > 1 - 1e-12 or (chance / (1 - chance)) ** 4 == pytest.approx(float(odds), rel=1e-3)
    assert all(step.x >= -1e-9 and step.x + step.width <= 100 + 1e-9 for step in found.steps)
    assert 0 <= found.zero <= 100


def test_without_fields_there_is_no_waterfall():
    assert waterfall.draw(evidence={"identifiers": [3], "detail": ""}) is None
    assert waterfall.probability(5_000.0) == 1.0
