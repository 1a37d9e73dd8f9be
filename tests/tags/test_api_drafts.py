"""Tags drafted by a key of another system."""

import pytest

from tags.actions import approvals, compute
from tags.models import Tag
from tests import factories
from tests.api import callers
from tests.tags.test_compute import held
from tests.tags.world import days_ago

pytestmark = pytest.mark.django_db
BODY = {
    "code": "shares",
    "name": "Shares",
    "category": "behaviour",
    "definition": "Shared something lately.",
    "direction": "Word of mouth.",
    "benefit": "Cheaper newcomers.",
    "purpose": "Find who brings friends.",
    "consumer": "Marketing, in journeys.",
    "expected_action": "Invite to refer.",
    "owner": "CRM team",
    "values": [
        {"code": "yes", "name": "Yes", "condition": {"events": {"name": "share", "window": {"days": 90}}}}
    ],
}


@pytest.fixture
def world():
    nodes = factories.tree()
    factories.category(organization=nodes["g"])
    return nodes, factories.channel(organization=nodes["g"], code="app")


def post(world, body, *, scopes="define", node="b1"):
    nodes, app = world
    return callers.client(channel=app, scopes=scopes, organization=nodes[node]).post(
        "/api/v1/tags", body, format="json"
    )


def places(answer) -> set[str]:
    return {error["place"] for error in answer.data["errors"]}


@pytest.mark.requirement("TAG-037")
def test_a_tag_without_purpose_and_consumer_answers_400_with_both_names(world):
    body = {name: value for name, value in BODY.items() if name not in ("purpose", "consumer")}
    answer = post(world, body)
    assert answer.status_code == 400
    assert places(answer) == {"purpose", "consumer"}
    assert not Tag.objects.exists()


@pytest.mark.requirement("TAG-004")
def test_a_rule_on_events_becomes_a_draft_in_its_category(world):
    answer = post(world, BODY)
    assert answer.status_code == 201
    assert (answer.data["category"], answer.data["status"], answer.data["version"]) == (
        "behaviour",
        "draft",
        1,
    )
    tag = Tag.objects.get(code="shares")
    assert (tag.category.code, tag.organization.code, tag.active) == ("behaviour", "b1", False)


@pytest.mark.requirement("TAG-004")
def test_an_approved_rule_on_events_is_carried_by_exactly_those_who_did_it(world):
    nodes, app = world
    post(world, BODY)
    sharer, before, silent = (
        factories.account(channel=app, organization=nodes["b1"]) for _number in range(3)
    )
    factories.event(account=sharer, name="share", at=days_ago(10))
    factories.event(account=before, name="share", at=days_ago(91))
    factories.event(account=silent, name="follow", at=days_ago(10))
    assert compute.compute(now=factories.NOW).error == ""
    assert held() == set()
    tag = Tag.objects.get(code="shares")
    approvals.approve(tag=tag, by=factories.staff(organization=nodes["b1"]), now=factories.NOW)
    assert compute.compute(now=factories.NOW).error == ""
    assert held() == {(sharer.member_id, "shares", "yes")}


def test_a_key_without_the_scope_drafts_nothing(world):
    assert post(world, BODY, scopes="query browse edit ingest value").status_code == 403
    assert not Tag.objects.exists()


def deep(levels):
    document = {"all": []}
    for _level in range(levels):
        document = {"all": [document]}
    return document


VALUE = {"code": "yes", "name": "Yes"}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"values": [VALUE | {"condition": {"orders": {"aggregate": "count", "window": {"days": 10**6}}}}]}, "values: yes: orders.window.days"),
        ({"values": [VALUE | {"condition": deep(30)}]}, "values"),
        ({"values": [VALUE | {"condition": deep(300)}]}, "values"),
        ({"values": [VALUE, VALUE]}, "values[1].code"),
        ({"values": [VALUE | {"code": str(number)} for number in range(6)]}, "values"),
        ({"measure": {"orders": {"\x00": 1}}, "values": []}, "measure"),
        ({"shape": "number", "measure": {"orders": {"aggregate": "luck"}}, "values": []}, "measure: orders.aggregate"),
        ({"source": "model"}, "model"),
        ({"source": "model", "model": "fortune", "values": []}, "model"),
        ({"source": "ideal", "values": []}, "wanted_signals"),
        ({"category": "nowhere"}, "category"),
        ({"organization": "b2"}, "organization"),
        ({"surprise": 1}, "surprise"),
        ({"purpose": 7}, "purpose"),
        ({"code": "not a slug"}, "code"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_place(world, change, place):
    answer = post(world, BODY | change)
    assert answer.status_code == 400
    assert any(found.startswith(place) for found in places(answer)), places(answer)
    assert not Tag.objects.exists()


@pytest.mark.parametrize("levels", [1_000, 10_000])
def test_json_without_end_is_refused(world, levels):
    nodes, app = world
    client = callers.client(channel=app, scopes="define", organization=nodes["g"])
    body = '{"code":"x","measure":' + '{"all":[' * levels + "]}" * levels + "}"
    answer = client.post("/api/v1/tags", body, content_type="application/json")
    assert answer.status_code in (400, 413)


def test_a_code_is_taken_once(world):
    post(world, BODY)
    assert places(post(world, BODY)) == {"code"}


def test_a_draft_is_changed_and_a_live_tag_is_not(world):
    nodes, app = world
    post(world, BODY)
    client = callers.client(channel=app, scopes="browse define", organization=nodes["b1"])
    changed = client.patch("/api/v1/tags/shares", {"values": [VALUE]}, format="json")
    assert (changed.status_code, changed.data["version"]) == (200, 2)
    assert client.get("/api/v1/tags/shares").data["values"] == [VALUE]
    Tag.objects.filter(code="shares").update(status="approved", approved_at=factories.NOW)
    assert client.patch("/api/v1/tags/shares", {"name": "Other"}, format="json").status_code == 403
    stranger = callers.client(channel=app, scopes="browse define", organization=nodes["b2"])
    assert stranger.get("/api/v1/tags/shares").status_code == 404


def test_tags_are_listed_by_their_facets(world):
    nodes, app = world
    crowd = factories.category(organization=nodes["g"], code="crowd")
    region = factories.category(organization=nodes["g"], code="region")
    region.parent = crowd
    region.save()
    for code, category, kind, source in (
        ("age", crowd, "attribute", "rule"), ("province", region, "attribute", "fact"),
        ("shares", factories.category(organization=nodes["g"]), "behaviour", "rule"),
    ):  # fmt: skip
        factories.tag(organization=nodes["g"], code=code, category=category, kind=kind, source=source)
    browser = callers.client(channel=app, scopes="browse")

    def listed(**facets):
        return [row["code"] for row in browser.get("/api/v1/tags", facets).data["results"]]

    assert listed(category="crowd") == listed(kind="attribute") == ["age", "province"]
    assert listed(source="fact") == ["province"]
    assert listed(category="nowhere") == []


@pytest.mark.parametrize(
    "change",
    [
        {"measure": {"orders": {"aggregate": "count"}}, "shape": "one"},
        {"measure": {"orders": {"aggregate": "count"}}, "shape": "several"},
        {"model": "rfm", "shape": "number"},
        {"model": "rfm", "shape": "several"},
        {"model": "age", "shape": "one"},
        {"model": "province", "shape": "number"},
    ],
)
def test_a_number_is_no_value_and_a_value_is_no_number(world, change):
    """A count kept as a value would be the value of another tag whose id it happens to be."""
    answer = post(world, BODY | change)
    assert answer.status_code == 400
    assert places(answer) == {"shape"}
    assert not Tag.objects.exists()
