"""What uses what, as rows; what is used stays, what is retired is refused where it is named."""

import datetime as dt
import threading

import pytest
from django.db import connection, transaction

from tags.actions import approvals, audiences, definitions, ending, uses
from tags.conditions.faults import Fault
from tags.models import Audience, MemberTags, Tag, TagChange, Use
from tags.queries import unused
from tags.queries import uses as reading
from tests import factories
from tests.tags import world
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db
MEN = {"profile": {"field": "gender", "op": "=", "value": "male"}}
LATER = NOW + dt.timedelta(days=100)


def men(town, **fields) -> Tag:
    return factories.tag(organization=town.group, code="men", values=[("yes", MEN)], **fields)


def crowd(town, *, name="Crowd", tag="men", **options):
    condition = {"all": [{"not": {"tag": {"tag": tag}}}, MEN]}
    given = {"name": name, "organization": town.group, "by": None, "now": NOW}
    return audiences.save(**{**given, "condition": condition, **options})


@pytest.mark.requirement("TAG-041")
def test_a_used_tag_is_neither_retired_nor_deleted_and_its_users_are_named(town):
    tag = men(town)
    crowd(town)
    definitions.define(
        code="fan", name="Fan", organization=town.group, now=NOW, values=[("yes", "Yes", {"tag": {"tag": "men"}})],
        category=factories.category(organization=town.group), **dict.fromkeys(SAID, "said"),
    )  # fmt: skip
    assert reading.of_tag(tag=tag) == ["the audience “Crowd”", "the tag “Fan”"]
    for verb in (approvals.retire, approvals.delete):
        with pytest.raises(approvals.Refused, match="“Men” is used by the audience “Crowd”, the tag “Fan”"):
            verb(tag=tag, by=None, now=NOW)
    assert Tag.objects.get(code="men").active


SAID = ("definition", "direction", "benefit", "purpose", "consumer", "expected_action", "owner")


def test_a_use_ends_when_it_is_taken_out_and_stays_in_the_history(town):
    tag = men(town)
    saved = crowd(town)
    crowd(town, audience=saved, condition=MEN, now=LATER)
    assert reading.of_tag(tag=tag) == []
    row = Use.objects.get(tag=tag)
    assert (row.by, row.key, row.name, row.since, row.until) == (
        "audience",
        str(saved.pk),
        "Crowd",
        NOW,
        LATER,
    )


def test_uses_recorded_twice_or_rebuilt_are_the_same(town):
    men(town)
    saved = crowd(town)
    before = list(Use.objects.values())
    uses.of_audience(audience=saved, now=LATER)
    uses.rebuild(now=LATER)
    assert list(Use.objects.values()) == before
    Use.objects.all().delete()
    uses.rebuild(now=NOW)
    assert [(use.by, use.key, use.until) for use in Use.objects.all()] == [("audience", str(saved.pk), None)]


def test_a_rebuild_ends_the_uses_of_what_is_no_more(town):
    tag = men(town)
    uses.record(by="audience", key=999, name="Gone", organization=town.group.pk, tags=["men"], now=NOW)
    uses.record(by="activity", key="summer", name="Summer", organization=town.group.pk, tags=["men"], now=NOW)
    uses.rebuild(now=LATER)
    assert reading.of_tag(tag=tag) == ["the activity “Summer”"]


def test_a_condition_on_a_retired_tag_is_refused_at_its_place(town):
    tag = men(town)
    approvals.retire(tag=tag, by=None, now=NOW)
    with pytest.raises(Fault) as fault:
        crowd(town)
    assert fault.value.place == "all[0].not.tag.tag"
    assert fault.value.problem == "the tag “Men” was retired on 2026-01-15, and nobody carries it"
    assert "Choose another tag" in fault.value.remedy


def test_a_condition_on_a_draft_is_refused_too(town):
    men(town, status="draft")
    with pytest.raises(Fault, match="is a draft, and nobody carries it yet"):
        crowd(town)


def test_an_audience_used_no_more_is_deleted_with_what_it_used(town):
    tag = men(town)
    inner = crowd(town)
    outer = crowd(town, name="Outer", condition={"audience": {"id": inner.pk}})
    with pytest.raises(audiences.Refused, match="used by the audience “Outer”"):
        audiences.delete(audience=inner, now=NOW)
    crowd(town, name="Outer", audience=outer, condition=MEN)
    audiences.delete(audience=inner, now=LATER)
    assert reading.of_tag(tag=tag) == []
    assert Use.objects.get(tag=tag).until == LATER


WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.mark.django_db(transaction=True)
def test_who_saves_an_audience_while_another_deletes_what_it_names_is_told(transactional_db):
    town = world.build()
    inner = crowd(town, condition=MEN)
    pk, deleted = inner.pk, threading.Event()

    def delete():
        with transaction.atomic(), connection.cursor() as cursor:
            audiences.delete(audience=inner, now=NOW)
            deleted.set()
            while not _one(cursor):
                pass
        connection.close()

    def _one(cursor):
        cursor.execute(WAITING)
        return cursor.fetchone()[0]

    thread = threading.Thread(target=delete)
    thread.start()
    assert deleted.wait(60)
    with pytest.raises(Fault, match="this audience was just deleted"):
        crowd(town, name="Outer", condition={"audience": {"id": pk}})
    thread.join()
    assert not Use.objects.exists()
    assert not Audience.objects.exists()


@pytest.mark.requirement("TAG-038")
def test_a_tag_that_nothing_used_for_ninety_days_is_to_retire(town):
    old = NOW - dt.timedelta(days=91)
    for code in ("unused", "used", "lately", "long_ago"):
        factories.tag(organization=town.group, code=code, values=[("yes", MEN)], approved_at=old)
    factories.tag(
        organization=town.group, code="young", values=[("yes", MEN)], approved_at=NOW - dt.timedelta(days=89)
    )
    factories.tag(
        organization=town.group, code="draft", values=[("yes", MEN)], approved_at=None, status="draft"
    )
    crowd(town, tag="used", now=old)
    for code, days in (("lately", 89), ("long_ago", 91)):
        uses.record(
            by="report",
            key=code,
            name=code,
            organization=town.group.pk,
            tags=[code],
            now=NOW - dt.timedelta(days=95),
        )
        uses.end(by="report", key=code, now=NOW - dt.timedelta(days=days))
    assert {tag.code for tag in unused.to_retire(Tag.objects.all(), now=NOW)} == {"unused", "long_ago"}


def test_a_retired_tag_is_taken_off_its_members_and_who_had_it_stays_readable(town):
    tag, other = men(town), factories.tag(organization=town.group, code="other", values=[("yes", MEN)])
    worth = factories.tag(organization=town.group, code="worth", shape="number")
    mine, others = tag.values.get().pk, other.values.get().pk
    member = world.person(town)
    MemberTags.objects.create(member=member, values=sorted([mine, others]), numbers=[3.5], computed_at=NOW)
    for each in (tag, worth):
        approvals.retire(tag=each, by=None, now=LATER)
    assert ending.end(now=LATER) == 1
    held = MemberTags.objects.get(member=member)
    assert (held.values, held.numbers) == ([others], [None])
    change = TagChange.objects.get(member=member)
    assert (change.gained, change.lost, change.slots, change.numbers) == ([], [mine], [worth.slot], [None])
    assert change.at == LATER
    assert ending.end(now=LATER) == 0
