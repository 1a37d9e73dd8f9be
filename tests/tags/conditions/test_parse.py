"""What is wrong with a condition is said with its place, and hostile input is only ever a value."""

import contextlib
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.models import Member
from tags.actions import audiences
from tags.conditions import describe, parse
from tags.conditions.faults import Fault
from tags.queries import catalogue
from tests import factories
from tests.tags import world
from tests.tags.conditions.test_behaviour import CONDITIONS

pytestmark = pytest.mark.django_db

COUNT = {"aggregate": "count"}


@pytest.mark.parametrize(
    ("document", "place", "said"),
    [
        ({"al": []}, "al", "Did you mean all?"),
        ({}, "", "exactly one key, this has 0"),
        ({"all": [], "any": []}, "", "exactly one key, this has 2"),
        ([], "", "a condition is an object"),
        ({"all": {}}, "all", "this must be a list of conditions"),
        ({"any": []}, "any", "nobody fits an empty list"),
        ({"all": [{"all": []}, {"not": {"orders": COUNT | {"window": {"days": -1}}}}]}, "all[1].not.orders.window.days", "from 0 to 36500"),
        ({"orders": COUNT | {"window": {"days": 3, "to": "2026-01-01"}}}, "orders.window", "either days or dates"),
        ({"orders": COUNT | {"window": {"from": "2026-02-01", "to": "2026-01-01"}}}, "orders.window.to", "Swap the two dates"),
        ({"orders": COUNT | {"window": {"from": "1 May"}}}, "orders.window.from", "Write it like"),
        ({"orders": COUNT | {"window": "always"}}, "orders.window", "ever"),
        ({"orders": COUNT | {"op": ">="}}, "orders", "the field “value” is missing"),
        ({"orders": COUNT | {"op": "=>", "value": 1}}, "orders.op", "Did you mean"),
        ({"orders": COUNT | {"op": "=", "value": True}}, "orders.value", "must be a whole number"),
        ({"orders": {"aggregate": "amount", "op": "=", "value": "1e99"}}, "orders.value", "too large"),
        ({"orders": {"aggregate": "amount", "op": "=", "value": "NaN"}}, "orders.value", "must be a number"),
        ({"orders": {"aggregate": "amount", "op": "between", "value": [2, 1]}}, "orders.value", "Swap the two"),
        ({"orders": {"aggregat": "count"}}, "orders.aggregat", "Did you mean aggregate?"),
        ({"orders": COUNT | {"where": {"channel": ["app", "tmal"]}}}, "orders.where.channel[1]", "Did you mean tmall?"),
        ({"orders": COUNT | {"where": {"organization": "b9"}}}, "orders.where.organization", "Choose one of b1, b2,"),
        ({"orders": COUNT | {"where": {"sku": []}}}, "orders.where.sku", "this list is empty"),
        ({"orders": COUNT | {"where": {"sku": "a\x00b"}}}, "orders.where.sku", "cannot be stored"),
        ({"orders": COUNT | {"where": {"sku": "\ud800"}}}, "orders.where.sku", "half a character"),
        ({"orders": COUNT | {"where": {"returned": "yes"}}}, "orders.where.returned", "true or false"),
        ({"orders": COUNT | {"where": {"status": "payed"}}}, "orders.where.status", "Did you mean paid?"),
        ({"profile": {"field": "agee", "op": "="}}, "profile.field", "Did you mean age or gender?"),
        ({"profile": {"field": "gender", "op": "<", "value": "male"}}, "profile.op", "Choose one of"),
        ({"profile": {"field": "gender", "op": "=", "value": "woman"}}, "profile.value", "female"),
        ({"profile": {"field": "age", "op": "between", "value": 40}}, "profile.value", "takes two values"),
        ({"profile": {"field": "age", "op": "known", "value": 1}}, "profile.value", "takes no value"),
        ({"events": {}}, "events", "the field “name” is missing"),
        ({"events": {"name": "x", "where": {"properties": {"a": {"op": ">", "value": "b"}}}}}, "events.where.properties.a.value", "must be a number"),
        ({"tag": {"tag": "rfn"}}, "tag.tag", "There is none yet"),
        ({"audience": {"id": 7}}, "audience.id", "is not known"),
        ({"channel": {}}, "channel", "this names no channel"),
        ({"consent": {"purpose": "marketing"}}, "consent", "“touchpoint” is missing"),
        ({"organization": {"node": "b1", "relation": "join"}}, "organization.relation", "Did you mean joined?"),
        ({"first_order": {"where": {"sku": "S"}}}, "first_order.where.sku", "Choose one of"),
    ],
)  # fmt: skip
def test_the_place_the_fault_and_the_remedy(town, document, place, said):
    with pytest.raises(Fault) as fault:
        parse.condition(document, catalogue=catalogue.at(node=town.group))
    assert fault.value.place == place
    assert said in str(fault.value)
    assert fault.value.remedy.endswith((".", "?"))


def test_a_condition_too_deep_or_too_long_is_refused(town):
    names = catalogue.at(node=town.group)
    deep = {"all": []}
    for _level in range(13):
        deep = {"not": deep}
    long = {"all": [{"orders": COUNT}] * 201}
    for document in (deep, long):
        with pytest.raises(Fault):
            parse.condition(document, catalogue=names)


def test_an_audience_that_contains_itself_is_refused_with_the_way(town):
    def save(name, condition, audience=None):
        return audiences.save(
            name=name, organization=town.group, condition=condition, by=None, now=world.NOW, audience=audience
        )

    first = save("First", {"all": []})
    second = save("Second", {"audience": {"id": first.pk}})
    save("Third", {"all": [{"audience": {"id": second.pk}}, {"audience": {"id": first.pk}}]})
    with pytest.raises(Fault, match="contains itself: First → Second → First"):
        save("First", {"not": {"audience": {"id": second.pk}}}, first)
    with pytest.raises(Fault, match="contains itself: First → First"):
        save("First", {"audience": {"id": first.pk}}, first)


def test_a_node_names_only_its_own_branch(town):
    other = audiences.save(
        name="Of b2", organization=town.nodes["b2"], condition={"all": []}, by=None, now=world.NOW
    )
    for document in (
        {"audience": {"id": other.pk}},
        {"organization": {"node": "s4"}},
        {"orders": COUNT | {"where": {"organization": "b2"}}},
    ):
        parse.condition(document, catalogue=catalogue.at(node=town.group))
        with pytest.raises(Fault, match="is not known"):
            parse.condition(document, catalogue=catalogue.at(node=town.nodes["b1"]))


HOSTILE = [
    "'; DROP TABLE members_member; --",
    "%s",
    "%(x)s",
    "{0}",
    "a' OR '1'='1",
    "\\",
    '"',
    "$1",
    "%%",
    "{members}",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_values_are_only_values(town, text):
    marked, other = world.person(town, name=text, city="x"), world.person(town, name="Li", city=text + "x")
    factories.order(account=marked.account, sku=text, category=text)
    factories.event(account=marked.account, name=text[:64], **{text: text})
    same = {"all": [
        {"profile": {"field": "name", "op": "=", "value": text}},
        {"orders": COUNT | {"where": {"sku": text, "category": [text]}}},
        {"events": {"name": text, "where": {"properties": {text: text}}}},
    ]}  # fmt: skip
    assert world.chosen(town, same) == {marked.pk}
    assert world.chosen(town, {"profile": {"field": "city", "op": "starts_with", "value": text}}) == {
        other.pk
    }
    assert world.chosen(town, {"profile": {"field": "name", "op": "in", "value": [text, "Li"]}}) == {
        marked.pk,
        other.pk,
    }
    assert Member.objects.count() == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def test_any_json_is_a_condition_or_a_fault(town):
    world.person(town, name="x")
    keys = st.sampled_from(["all", "any", "not", *parse.LEAVES])

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(document=st.dictionaries(keys, JSON, min_size=1, max_size=1))
    def is_read(document):
        with contextlib.suppress(Fault):
            world.chosen(town, document)

    is_read()


def test_a_fault_anywhere_inside_is_found(town):
    names = catalogue.at(node=town.group)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(document=CONDITIONS, data=st.data())
    def is_found(document, data):
        broken, place = json.loads(json.dumps(document)), ""
        spot = broken
        while (name := next(iter(spot))) in ("all", "any", "not") and spot[name]:
            place = f"{place}.{name}" if place else name
            spot = spot[name]
            if isinstance(spot, list):
                number = data.draw(st.integers(0, len(spot) - 1))
                place, spot = f"{place}[{number}]", spot[number]
        spot["mistake"] = 1
        with pytest.raises(Fault) as fault:
            parse.condition(broken, catalogue=names)
        assert fault.value.place in (place, f"{place}.mistake".lstrip("."))

    is_found()


def test_conditions_are_said_in_words(town):
    document = {
        "all": [
            {"profile": {"field": "age", "op": "between", "value": [40, 60]}},
            {
                "any": [
                    {"channel": {"channel": "tmall"}},
                    {"organization": {"node": "b1", "relation": "joined"}},
                ]
            },
            {"not": {"orders": COUNT | {"window": {"days": 90}, "where": {"returned": True}}}},
        ]
    }
    assert describe.sentence(parse.condition(document, catalogue=catalogue.at(node=town.group))) == (
        "Age is between 40 and 60 and (has an account in tmall or joined b1) "
        "and not number of orders (with a return, returns not deducted) is at least 1 in the last 90 days."
    )


def test_every_condition_can_be_said_in_words(town):
    names = catalogue.at(node=town.group)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(document=CONDITIONS)
    def is_said(document):
        assert describe.sentence(parse.condition(document, catalogue=names)).endswith(".")

    is_said()
