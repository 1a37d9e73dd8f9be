import pytest
from django.db import IntegrityError, transaction

from members.models import EventCursor
from members.models.event import SettledBefore
from tags.models import Audience, AudienceMember, MemberTags, Tag, TagChange, TagValue
from tests.tags import test_compute as tags_of
from tests.tags import world
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db


def refused(constraint: str, work) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        work()


@pytest.mark.parametrize(("kind", "model"), [("rule", "rfm"), ("model", "")])
def test_a_model_tag_names_its_model_and_no_other_does(town, kind, model):
    refused(
        "tag_model_named",
        lambda: Tag.objects.create(code="x", name="x", kind=kind, model=model, organization=town.group),
    )


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
        TagChange.objects.create(member=member, value=value, gained=gained, at=NOW)
    read = list(TagChange.objects.after(cursor))
    assert [change.gained for change in read] == [True, False]
    cursor.tx, cursor.event_id = read[-1].tx, read[-1].pk
    assert list(TagChange.objects.after(cursor)) == []
