import pytest

from tags.actions import definitions
from tags.conditions.faults import Fault
from tags.models import Tag
from tags.models.tag import SAID as SAYS
from tags.queries import uses
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

SAID = {name: name for name in SAYS}
BUYERS = ("yes", "Yes", {"orders": {"aggregate": "count"}})


def define(town, *, code="buyer", values=(BUYERS,), **fields):
    fields = {**SAID, "category": factories.category(organization=town.group), **fields}
    return definitions.define(
        code=code, name=code.title(), organization=town.group, values=values, now=NOW, **fields
    )


def test_a_tag_is_made_with_its_values_in_order(town):
    tag = define(town, values=[BUYERS, ("no", "No", None)])
    assert list(tag.values.order_by("position").values_list("code", "position")) == [("yes", 1), ("no", 2)]


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"values": [("yes", "Yes", {"orders": {}})]}, "yes: orders"),
        ({"values": []}, "buyer"),
        ({"model": "rmf"}, "model"),
        ({"model": "rfm", "parameters": {"bounds": 3}}, "parameters.bounds"),
        ({"values": [("yes", "Yes", {"tag": {"tag": "buyer"}})]}, "yes: tag.tag"),
    ],
)
def test_a_wrong_definition_is_refused_whole(town, fields, place):
    with pytest.raises(Fault) as fault:
        define(town, **fields)
    assert fault.value.place == place
    assert Tag.objects.count() == 0


def test_where_a_tag_is_used(town):
    tag = define(town)
    define(town, code="fan", values=[("yes", "Yes", {"all": [{"tag": {"tag": "buyer", "value": ["yes"]}}]})])
    assert uses.of_tag(tag=tag) == ["the tag “Fan”"]
