"""Whatever comes, a fault at its place: nothing is too deep, too long, too large or of the wrong type to be told so."""

import pytest

from tags.actions import audiences
from tags.conditions import describe, forms, parse
from tags.conditions.faults import Fault
from tags.models import Tag
from tags.queries import audiences as asked
from tags.queries import catalogue
from tests import factories
from tests.tags import world

pytestmark = pytest.mark.django_db
REQUIRED = {
    "profile": {"field": "name", "op": "=", "value": "x"},
    "orders": {"aggregate": "count"},
    "first_order": {},
    "events": {"name": "x"},
    "organization": {"node": "b1"},
    "channel": {"channel": "app"},
    "consent": {"purpose": "marketing", "touchpoint": "sms"},
    "label": {"source": "app"},
    "lines": {},
    "returns": {},
    "reviews": {},
    "sequence": {"steps": [{"name": "a"}, {"name": "b"}], "within": {"hours": 1}},
    "unfollowed": {"did": {"name": "a"}, "without": {"name": "order"}, "within": {"days": 1}},
    "reach": {"kind": "app", "touchpoint": "sms"},
    "random": {"percent": 50, "salt": "x"},
}
WRONG = [
    None,
    True,
    -1,
    10**30,
    10**5000,
    1.5e308,
    float("nan"),
    "",
    "\x00",
    "x" * 400,
    [],
    [[]],
    {},
    {"a": {}},
]


def deep(levels: int) -> dict:
    found: dict = {}
    for _level in range(levels):
        found = {"a": found}
    return found


def read(town, document: object) -> object:
    return parse.condition(document, catalogue=catalogue.at(node=town.group))


@pytest.mark.parametrize("name", [*REQUIRED, "tag", "audience", "standing", "balance"])
def test_a_value_of_the_wrong_type_is_a_fault_in_any_field(town, name):
    names = catalogue.at(node=town.group)
    paths = {field["name"].split(".")[0] for field in forms.told()[name]["fields"]} | {"where", "op", "value"}
    for field in sorted(paths):
        for wrong in [*WRONG, deep(20_000)]:
            document = {name: REQUIRED.get(name, {}) | {field: wrong}}
            try:
                condition = parse.condition(document, catalogue=names)
            except Fault as fault:
                assert fault.place.startswith(name)
                assert fault.remedy
                assert len(str(fault)) < 2_000
            else:
                assert describe.sentence(condition).endswith(".")


def test_an_empty_filter_filters_nothing(town):
    member = world.person(town)
    factories.order(account=member.account)
    for leaf in ({"aggregate": "count", "where": {"attribution": {}}}, {"aggregate": "count", "where": {}}):
        assert world.chosen(town, {"orders": leaf}) == {member.pk}


@pytest.mark.parametrize(
    "outer", [lambda inner: {"not": inner}, lambda inner: {"all": [inner]}, lambda inner: {"any": [inner]}]
)
def test_a_bottomless_condition_is_refused_at_its_thirteenth_level(town, outer):
    document: dict = {"all": []}
    for _level in range(50_000):
        document = outer(document)
    with pytest.raises(Fault, match="nested too deeply") as fault:
        read(town, document)
    assert fault.value.place.count(next(iter(document))) == 13


def test_two_hundred_leaves_are_read_and_one_more_is_not(town):
    leaf = {"channel": {"channel": "app"}}
    assert len(read(town, {"any": [leaf] * 200}).parts) == 200
    with pytest.raises(Fault, match="too many leaves") as fault:
        read(town, {"any": [leaf] * 201})
    assert fault.value.place == "any[200].channel"


def test_audiences_in_audiences_end_somewhere(town):
    member = world.person(town)
    inner: dict = {"channel": {"channel": "app"}}
    for number in range(12):
        made = audiences.save(
            name=f"A{number}", organization=town.group, condition=inner, by=None, now=world.NOW, audience=None
        )
        inner = {"all": [{"audience": {"id": made.pk}}, {"channel": {"channel": "app"}}]}
    assert asked.preview(condition=inner, node=town.group, as_of=world.NOW).sample == [member.pk]
    with pytest.raises(Fault, match="nested too deeply with the audiences") as fault:
        read(town, {"not": inner})
    assert fault.value.place.startswith("not.all[0].audience.id → audience “A11” → all[0].audience.id")


def test_a_retired_tag_is_refused_with_its_day(town):
    factories.tag(
        organization=town.group, code="old", name="Old", status=Tag.Status.RETIRED, retired_at=world.NOW
    )
    with pytest.raises(Fault, match="“Old” was retired on 2026-01-15") as fault:
        read(town, {"any": [{"tag": {"tag": "old"}}]})
    assert fault.value.place == "any[0].tag.tag"


def test_texts_are_compared_as_they_are_and_never_as_patterns(town):
    evil = "(a+)+$"
    members = {name: world.person(town, name=name).pk for name in (evil, "a" * 200, "Li Wei", "%")}

    def chosen(op, value):
        found = world.chosen(town, {"profile": {"field": "name", "op": op, "value": value}})
        return {name for name, pk in members.items() if pk in found}

    assert chosen("contains", "a+") == {evil}
    assert chosen("contains", "%") == {"%"}
    assert chosen("contains", "i W") == {"Li Wei"}
    assert chosen("ends_with", "+$") == {evil}
    assert chosen("ends_with", "Wei") == {"Li Wei"}
    assert chosen("ends_with", "x" * 250) == set()
    with pytest.raises(Fault, match="is not known"):
        read(town, {"profile": {"field": "name", "op": "~", "value": evil}})
