"""Groups of buyers who are alike."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from tags.actions import compute
from tags.conditions.faults import Fault
from tags.models import MemberTags, TagValue
from tags.models_of import clusters
from tags.models_of.clusters import matching
from tags.models_of.learning import TooLittle
from tags.queries.columns import columns
from tests import factories
from tests.tags import buyers, world

SIZES = (40, 35, 25)


def three(rng: np.random.Generator) -> list[list[tuple[float, float]]]:
    """40 who bought once long ago, 35 who come now and then, 25 who come often, lately and for much."""
    kinds = [(40, 1, 300, 20), (35, 4, 60, 120), (25, 20, 5, 900)]
    return [
        [
            (last * rng.uniform(0.8, 1.2) + 7 * number, amount * rng.uniform(0.8, 1.2) / count)
            for number in range(count)
        ]
        for size, count, last, amount in kinds
        for _member in range(size)
    ]


def fitted(town, *, before=None, **parameters):
    model = clusters.parse(parameters)
    return model, model.fitted(columns(model.learns(buyers.setting(town))), as_of=world.NOW, before=before)


def scored(town, model, parameters, **only) -> dict[int, str]:
    found = model.scored(columns(model.asks(buyers.setting(town, **only))), parameters)
    return dict(zip(found.members.tolist(), found.values, strict=True))


@pytest.mark.requirement("TAG-084")
def test_three_planted_groups_are_found_again(town):
    ids = buyers.plant(town, three(np.random.default_rng(1)))
    model, found = fitted(town)
    codes = scored(town, model, found.parameters)
    truth = np.repeat([0, 1, 2], SIZES)
    assert adjusted_rand_score(truth, [codes[pk] for pk in ids]) > 0.9
    assert [group["code"] for group in found.parameters["groups"]] == ["group_1", "group_2", "group_3"]
    assert found.quality["stability"] > 0.9
    assert found.quality["silhouettes"]["3"] == max(found.quality["silhouettes"].values())
    assert found.parameters == fitted(town)[1].parameters


def test_the_profile_says_how_large_a_group_is_and_what_it_is_like(town):
    buyers.plant(town, three(np.random.default_rng(1)))
    _model, found = fitted(town)
    profile = found.quality["profile"]
    assert [group["members"] for group in profile] == list(SIZES)
    assert [group["frequency"] for group in profile] == [1, 4, 20]
    assert profile[0]["recency"] == pytest.approx(300, rel=0.05)
    assert profile[2]["monetary"] == pytest.approx(900, rel=0.05)


@pytest.mark.requirement("TAG-084")
def test_a_group_keeps_its_code_when_it_is_found_anew(town):
    buyers.plant(town, three(np.random.default_rng(1)))
    _model, first = fitted(town)
    best = first.parameters["groups"][2]
    buyers.plant(town, three(np.random.default_rng(2))[-25:] * 3)
    _model, second = fitted(town, before=first.parameters)
    largest = second.parameters["groups"][0]
    assert largest["code"] == best["code"] == "group_3"
    assert {group["code"] for group in second.parameters["groups"]} == {"group_1", "group_2", "group_3"}


def test_somebody_new_belongs_to_the_nearest_group(town):
    buyers.plant(town, three(np.random.default_rng(1)))
    model, found = fitted(town)
    (new,) = buyers.plant(town, [[(310, 22)]])
    assert scored(town, model, found.parameters, members=[new]) == {new: "group_1"}


def test_who_buys_today_is_in_a_group_today_beside_other_tags_of_orders(town):
    tag = factories.tag(organization=town.group, code="groups", source="model", model="clusters")
    factories.tag(organization=town.group, code="buyer", values=[("yes", {"orders": {"aggregate": "count"}})])
    buyers.plant(town, three(np.random.default_rng(1)))
    assert compute.compute(now=world.NOW).error == ""
    (new,) = buyers.plant(town, [[(310, 22)]])
    assert compute.compute(now=world.NOW, members=[new]).error == ""
    carried = TagValue.objects.filter(pk__in=MemberTags.objects.get(member=new).values, tag=tag)
    assert [value.code for value in carried] == ["group_1"]


def test_a_group_that_is_far_from_all_before_gets_a_number_that_nobody_had():
    before = [{"code": "group_2", "centre": [0.0, 0.0]}, {"code": "group_5", "centre": [10.0, 0.0]}]
    centres = np.array([[10.2, 0.1], [30.0, 30.0], [0.1, 0.0]])
    codes, last = matching.codes(centres, np.ones(2), before=before, last=5)
    assert (codes, last) == (["group_5", "group_6", "group_2"], 6)


def test_other_measures_begin_new_groups(town):
    buyers.plant(town, three(np.random.default_rng(1)))
    _model, first = fitted(town)
    _model, second = fitted(town, before=first.parameters, measures=["recency", "monetary"])
    assert {group["code"] for group in second.parameters["groups"]}.isdisjoint(
        {"group_1", "group_2", "group_3"}
    )


def test_one_heap_falls_into_no_groups():
    rng = np.random.default_rng(9)
    names = list(clusters.MEASURES)
    heap = {name: rng.lognormal(4, 0.3, 400) for name in names} | {"member_id": np.arange(400.0)}
    with pytest.raises(TooLittle, match="no groups"):
        clusters.parse({"measures": names}).fitted(heap, as_of=world.NOW)


def test_too_few_buyers_have_no_groups(town):
    buyers.plant(town, three(np.random.default_rng(1))[:49])
    with pytest.raises(TooLittle, match="only 49 buyers"):
        fitted(town)


@pytest.mark.parametrize(
    ("parameters", "place"),
    [
        ({"most": 9}, "parameters.most"),
        ({"measures": ["height"]}, "parameters.measures[0]"),
        ({"k": 3}, "parameters.k"),
    ],
)
def test_wrong_parameters_are_told_with_their_place(parameters, place):
    with pytest.raises(Fault) as told:
        clusters.parse(parameters)
    assert told.value.place == place
