import pytest
from django.utils import timezone

from tags.models import MemberTags, TagValue
from tests import factories
from tests.api import callers

pytestmark = pytest.mark.django_db


def _tag(code: str, organization) -> TagValue:
    tag = factories.tag(code=code, name=code.title(), source="rule", organization=organization)
    return TagValue.objects.create(tag=tag, code="yes", name="Yes")


@pytest.fixture
def story():
    nodes = factories.tree()
    pos = factories.channel(organization=nodes["s1"])
    member = callers.person(channel=pos)
    values = {code: _tag(f"of-{code}", nodes[code]) for code in ("b1", "s1", "s2")}
    held = sorted(value.pk for value in values.values())
    MemberTags.objects.create(member=member, values=held, computed_at=timezone.now())
    return pos, member, values


def test_a_members_tags_are_those_that_the_node_may_see(story):
    pos, member, _values = story
    answer = callers.client(channel=pos, scopes="query").get(f"/api/v1/members/{member.oneid}/tags")
    assert [(row["tag"], row["value"]) for row in answer.data["tags"]] == [("of-b1", "yes"), ("of-s1", "yes")]
    assert answer.data["computed_at"]


def test_members_are_narrowed_by_visible_tags_only(story):
    pos, member, _values = story
    browser = callers.client(channel=pos, scopes="browse")

    def found(tag: str) -> list[str]:
        return [row["oneid"] for row in browser.get("/api/v1/members", {"tag": tag}).data["results"]]

    assert found("of-s1:yes") == found("of-b1:yes") == [member.oneid]
    assert found("of-s2:yes") == found("of-s1:no") == found("none") == []


def test_tags_are_listed_with_their_values(story):
    pos, _member, _values = story
    rows = callers.client(channel=pos, scopes="browse").get("/api/v1/tags").data["results"]
    assert [(row["code"], row["values"]) for row in rows] == [
        ("of-b1", [{"code": "yes", "name": "Yes"}]),
        ("of-s1", [{"code": "yes", "name": "Yes"}]),
    ]
