"""Who carried what at an earlier moment, everybody in one statement, against a replay of the changes in plain Python."""

import random

import pytest
from django.db import connection

from tags.models import MemberTags, TagChange
from tags.queries import at_moment
from tests import factories
from tests.tags import world

pytestmark = pytest.mark.django_db


def rows(query):
    with connection.cursor() as cursor:
        cursor.execute(query.text, query.params)
        return cursor.fetchall()


def change(member, days, *, gained=(), lost=(), slots=(), numbers=()):
    TagChange.objects.create(
        member=member, gained=list(gained), lost=list(lost), slots=list(slots), numbers=list(numbers),
        at=world.days_ago(days),
    )  # fmt: skip


def test_values_at_every_moment_are_those_of_a_replay(town):
    tag = factories.tag(organization=town.group, code="layer", values=["low", "high"], source="model")
    other = factories.tag(organization=town.group, code="other", values=["yes"])
    ids = [value.pk for value in tag.values.order_by("pk")]
    noise = other.values.get().pk
    dice = random.Random(4)
    told = {}
    for _person in range(25):
        member, held = world.person(town), set()
        for days in sorted(dice.sample(range(1, 60), dice.randrange(6)), reverse=True):
            wanted = set(dice.sample([*ids, noise], dice.randrange(3)))
            change(member, days, gained=wanted - held, lost=held - wanted)
            held = wanted
            told.setdefault(member.pk, []).append((days, wanted))
        MemberTags.objects.create(member=member, values=sorted(held), computed_at=world.NOW)
    for days in (0, 7, 20, 41, 70):
        expected = set()
        for member, history in told.items():
            then = next((held for at, held in reversed(history) if at >= days), set())
            expected |= {(member, value) for value in then & set(ids)}
        found = rows(at_moment.values(tag=tag, at=world.days_ago(days)))
        assert len(found) == len(set(found))
        assert set(found) == expected
        low = rows(at_moment.values(tag=tag, at=world.days_ago(days), only=ids[:1]))
        assert set(low) == {row for row in expected if row[1] == ids[0]}


def test_a_number_is_what_the_last_change_before_made_it(town):
    tag = factories.tag(organization=town.group, code="worth", shape="number", slot=7, source="model")
    rich, gone, late = (world.person(town) for _number in range(3))
    change(rich, 30, slots=[2, 7], numbers=[1.0, 100.0])
    change(rich, 10, slots=[7], numbers=[250.0])
    change(gone, 30, slots=[7], numbers=[5.0])
    change(gone, 20, slots=[7], numbers=[None])
    change(late, 5, slots=[7], numbers=[9.0])
    assert dict(rows(at_moment.numbers(tag=tag, at=world.days_ago(15)))) == {rich.pk: 100, gone.pk: None}
    assert dict(rows(at_moment.numbers(tag=tag, at=world.NOW))) == {rich.pk: 250, gone.pk: None, late.pk: 9}
