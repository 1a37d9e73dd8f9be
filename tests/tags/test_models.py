import pytest
from django.db import IntegrityError, transaction

from members.models import EventCursor
from members.models.event import SettledBefore
from tags.models import Audience, AudienceMember, MemberTags, TagChange, TagValue
from tests import factories
from tests.tags import test_compute as tags_of
from tests.tags import world
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db


def refused(constraint: str, work) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        work()


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("tag_found_in_one_way", {"model": "rfm", "measure": {"orders": {"aggregate": "count"}}}),
        ("tag_approved_says_why", {"purpose": ""}),
        ("tag_approved_says_why", {"category": None}),
        ("tag_approved_says_why", {"approved_at": None}),
        ("tag_retired_at_a_time", {"status": "retired"}),
        ("tag_number_has_a_slot", {"shape": "number", "slot": None}),
        ("tag_number_has_a_slot", {"slot": 3}),
        ("tag_ideal_is_not_live", {"source": "ideal"}),
    ],
)
def test_a_tag_that_cannot_be_is_refused_by_the_database(town, constraint, fields):
    refused(constraint, lambda: factories.tag(organization=town.group, **fields))


def test_a_tag_has_each_value_once(town):
    tag = tags_of.rule(town)
    refused("tag_value_unique", lambda: TagValue.objects.create(tag=tag, code="yes", name="again"))


def test_a_member_is_in_a_frozen_audience_once_and_has_one_row_of_tags(town):
    member = world.person(town)
    audience = Audience.objects.create(name="x", organization=town.group, condition={}, created_at=NOW)
    AudienceMember.objects.create(audience=audience, member=member)
    refused("audience_member_unique", lambda: AudienceMember.objects.create(audience=audience, member=member))
    MemberTags.objects.create(member=member, computed_at=NOW)
    refused("tags_membertags_pkey", lambda: MemberTags.objects.create(member=member, computed_at=NOW))


def test_changes_are_a_feed_read_once_in_order(town, monkeypatch):
    monkeypatch.setattr(SettledBefore, "template", "(pg_current_xact_id()::text::bigint + 1)")
    value, member = tags_of.rule(town).values.get(), world.person(town)
    cursor = EventCursor(reader="test")
    for gained in (True, False):
        TagChange.objects.create(member=member, gained=[value.pk] if gained else [], at=NOW)
    read = list(TagChange.objects.after(cursor))
    assert [change.gained for change in read] == [[value.pk], []]
    cursor.tx, cursor.event_id = read[-1].tx, read[-1].pk
    assert list(TagChange.objects.after(cursor)) == []
