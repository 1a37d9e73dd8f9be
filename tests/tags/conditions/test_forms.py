import json

from django.utils.translation import override

from tags.conditions import forms
from tags.conditions.leaves.registry import LEAVES


def test_every_leaf_has_a_form_that_is_json():
    told = forms.told()
    assert list(told) == list(LEAVES)
    assert json.loads(json.dumps(told)) == told


def test_a_field_says_what_may_be_chosen_and_how_it_is_compared():
    fields = {field["name"]: field for field in forms.told()["profile"]["fields"]}
    assert {option["value"] for option in fields["field"]["options"]} >= {"age", "province"}
    assert fields["value"]["by"] == "field"
    age, gender = (fields["value"]["cases"][name] for name in ("age", "gender"))
    assert (age["kind"], {"value": "between", "label": "is between"} in age["ops"]) == ("number", True)
    assert [option["value"] for option in gender["options"]] == ["male", "female"]


def test_orders_are_told_with_their_filters():
    fields = {field["name"]: field for field in forms.told()["orders"]["fields"]}
    assert (fields["where.category"]["kind"], fields["where.category"]["many"]) == ("pick:category", True)
    assert fields["value"]["cases"]["amount"]["kind"] == "money"
    assert (fields["window"]["kind"], fields["window"]["default"]) == ("window", "ever")


def test_labels_are_in_the_language_of_the_reader():
    with override("en"):
        assert forms.told()["orders"]["fields"][0]["label"] == "figure"
