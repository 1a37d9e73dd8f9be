"""Bitmaps of members choose whom the statement chooses, and are kept a while."""

import datetime as dt

import pytest
from django.core.cache import caches
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from members.models import Member
from tags.actions import audiences
from tags.conditions import parse
from tags.conditions.faults import Fault
from tags.conditions.setting import Setting
from tags.queries import catalogue, counting, sets
from tests import factories
from tests.tags import crowd, world
from tests.tags.conditions.test_behaviour import CONDITIONS
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db
MEN = {"profile": {"field": "gender", "op": "=", "value": "male"}}
BUYERS = {"orders": {"aggregate": "count"}}


@pytest.fixture
def keeping(settings):
    """A cache that keeps."""
    settings.CACHES = settings.CACHES | {
        "sets": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "sets of a test"}
    }
    caches["sets"].clear()
    yield
    caches["sets"].clear()


def chosen(town, document, *, node="g", as_of=NOW) -> set[int]:
    names = catalogue.at(node=town.nodes[node])
    return set(sets.Sets(Setting(names, as_of)).members(parse.condition(document, catalogue=names)))


def test_bitmaps_choose_whom_the_statement_chooses(town):
    people = crowd.gather(town)
    Member.objects.filter(pk__in=[person.id for person in people[:2]]).update(retired_at=NOW)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(document=CONDITIONS, node=st.sampled_from(["g", "b1", "s2"]))
    def agrees(document, node):
        try:
            expected = world.chosen(town, document, node=node)
        except Fault:  # names a node that this one may not
            reject()
        assert chosen(town, document, node=node) == expected

    agrees()


def test_another_audience_is_read_at_its_own_node(town):
    crowd.gather(town, size=12)
    inner = audiences.save(
        name="Women or unknown", organization=town.nodes["b1"], condition={"not": MEN}, by=None, now=NOW
    )
    document = {"any": [{"not": {"audience": {"id": inner.pk}}}, BUYERS]}
    assert chosen(town, document) == world.chosen(town, document)
    audiences.freeze(audience=inner, by=None, now=NOW)
    assert chosen(town, document) == world.chosen(town, document)


def test_a_leaf_is_read_once_while_it_is_kept(town, keeping, django_assert_num_queries):
    man = world.person(town, gender="male")
    factories.order(account=man.account)
    document = {"all": [MEN, BUYERS]}
    assert chosen(town, document) == {man.pk}
    names = catalogue.at(node=town.group)
    parsed = parse.condition({"any": [{"not": MEN}, BUYERS, MEN]}, catalogue=names)
    with django_assert_num_queries(0):
        assert set(sets.Sets(Setting(names, NOW)).members(parsed)) == {man.pk}
    later = world.person(town, gender="male")
    assert chosen(town, MEN) == {man.pk}
    assert chosen(town, MEN, as_of=NOW + sets.SLOT) == {
        man.pk
    }  # the statement is the same: no fact has a time
    caches["sets"].clear()
    assert chosen(town, MEN) == {man.pk, later.pk}


def test_slots_are_whole_five_minutes():
    at = dt.datetime(2026, 3, 1, 12, 34, 56, tzinfo=dt.UTC)
    assert sets.slot(at) == dt.datetime(2026, 3, 1, 12, 30, tzinfo=dt.UTC)
    assert sets.slot(sets.slot(at)) == sets.slot(at)


@pytest.mark.requirement("TAG-033")
def test_each_part_is_counted_with_the_whole(town):
    shandong = {"province": "Shandong", "birth_date": "1980-01-01"}
    keeper, returner = world.person(town, **shandong), world.person(town, **shandong)
    world.person(town, province="Beijing", birth_date="1980-01-01")
    world.person(town, province="Shandong", birth_date="2000-01-01")
    factories.order(account=keeper.account)
    order = factories.order(account=returner.account)
    factories.returned(order=order, amount=order.amount)
    document = {
        "all": [
            {"profile": {"field": "age", "op": "between", "value": [40, 60]}},
            {"profile": {"field": "province", "op": "=", "value": "Shandong"}},
            {"not": {"orders": {"aggregate": "count", "where": {"returned": True}}}},
        ]
    }
    counted = counting.counted(condition=document, node=town.group, now=NOW)
    assert (counted.count, counted.whole, counted.sample) == (1, 4, [keeper.pk])
    assert counted.parts == {"all[0]": 3, "all[1]": 3, "all[2]": 3, "all[2].not": 1}
    assert counted.count == len(world.chosen(town, document))


def test_an_overlap_is_of_the_members_of_the_node(town):
    both = world.person(town, gender="male", organization=town.nodes["s1"])
    world.person(town, gender="male", organization=town.nodes["s4"])
    factories.order(account=both.account, organization=town.nodes["s1"])
    men = audiences.save(name="Men", organization=town.group, condition=MEN, by=None, now=NOW)
    [overlap] = counting.counted(condition=BUYERS, node=town.nodes["b1"], now=NOW, others=[men.pk]).overlaps
    assert (overlap.name, overlap.count, overlap.both) == ("Men", 1, 1)


def test_a_sample_is_spread_and_stays(town):
    everybody = sets.BitMap64(range(0, 1_000, 2))
    assert sets.sample(everybody, size=5) == [0, 200, 400, 600, 800]
    assert sets.sample(sets.BitMap64([3, 9]), size=5) == [3, 9]
