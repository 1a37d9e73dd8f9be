"""kill -9 in the middle of a computation of everybody, and two computations at once."""

import pytest
from django.db import connection

from members.models import Member
from tags.actions import compute
from tags.actions.everybody import RUNNING, WIDTH
from tags.models import MemberTags, TagChange, TagRun, TagValue
from tests import factories
from tests.brakes import Brake, session
from tests.campaigns.crowd import command
from tests.connections import Side
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db(transaction=True)

MEMBERS = 2 * WIDTH + 100
PATIENCE = 180

PEOPLE = """
INSERT INTO members_member (oneid) SELECT lpad(i::text, 13, 'K') FROM generate_series(1, %s) AS i;
INSERT INTO members_memberprofile (member_id, gender) SELECT id, 'female' FROM members_member
"""


@pytest.fixture
def women():
    """A tag that everybody carries, and the ids of its values: as it was, and as it will be."""
    group = factories.tree()["g"]
    with connection.cursor() as cursor:
        for statement in PEOPLE.split(";"):
            cursor.execute(statement, [MEMBERS] if "%s" in statement else None)
    female = {"profile": {"field": "gender", "op": "=", "value": "female"}}
    nobody = {"profile": {"field": "gender", "op": "=", "value": "male"}}
    tag = factories.tag(organization=group, code="sex", values=[("old", female), ("new", nobody)])
    compute.compute(now=NOW)
    TagValue.objects.filter(tag=tag, code="old").update(condition=nobody)
    TagValue.objects.filter(tag=tag, code="new").update(condition=female)
    return tag.values.get(code="old").pk, tag.values.get(code="new").pk


def held() -> dict[tuple, int]:
    """How many members have which values."""
    found: dict[tuple, int] = {}
    for values in MemberTags.objects.values_list("values", flat=True):
        found[tuple(values)] = found.get(tuple(values), 0) + 1
    return found


def test_killed_between_two_merges_everybody_has_the_old_value_or_the_new_one(women):
    old, new = women
    assert held() == {(old,): MEMBERS}
    before = TagChange.objects.count()
    with Brake(MemberTags._meta.db_table) as brake:
        process = command("compute_tags")
        brake.let_through_until(lambda: (new,) in held())
        assert process.poll() is None
        process.kill()
    process.wait()
    halfway = held()
    assert set(halfway) == {(old,), (new,)}
    assert sum(halfway.values()) == MEMBERS
    assert TagChange.objects.count() - before == halfway[(new,)]

    assert command("compute_tags").wait(PATIENCE) == 0
    assert held() == {(new,): MEMBERS}
    changes = TagChange.objects.order_by("id")[before:]
    assert len({change.member_id for change in changes}) == len(changes) == MEMBERS
    assert {(tuple(change.gained), tuple(change.lost)) for change in changes} == {((new,), (old,))}


def test_killed_before_the_first_merge_all_old_values_are_whole(women):
    old, _new = women
    with Brake(MemberTags._meta.db_table) as brake:
        process = command("compute_tags")
        brake.stopped()
        process.kill()
    process.wait()
    assert held() == {(old,): MEMBERS}


def test_of_two_runs_at_once_one_waits(women):
    _old, new = women
    runs = TagRun.objects.count()
    other = session()
    other.execute("SELECT pg_advisory_lock(%s)", [RUNNING])
    waiting = Side(lambda: compute.compute(now=NOW))
    assert waiting.waits()
    assert TagRun.objects.count() == runs
    other.close()
    waiting.ended()
    assert held() == {(new,): Member.objects.count()}
