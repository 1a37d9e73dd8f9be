import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from members.models import Member
from tags.actions import audiences, compute, definitions
from tags.actions import uses as lineage
from tags.conditions.faults import Fault
from tags.models import Audience, AudienceMember, MemberTags
from tags.queries import audiences as reading
from tags.queries import uses
from tests import factories
from tests.connections import at_once
from tests.tags import test_compute as tags_of
from tests.tags import world
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db

MEN = {"profile": {"field": "gender", "op": "=", "value": "male"}}
EVERYBODY = {"all": []}
LATER = NOW + dt.timedelta(days=1)


def save(town, *, name="Men", node="g", condition=MEN, audience=None) -> Audience:
    return audiences.save(
        name=name, organization=town.nodes[node], condition=condition, by=None, now=NOW, audience=audience
    )


def members(audience: Audience) -> set[int]:
    """As a campaign takes them: inside INSERT … SELECT."""
    statement, params = reading.members_sql(audience=audience, as_of=NOW)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE drawn (campaign int, member_id bigint UNIQUE) ON COMMIT DROP")
        cursor.execute(f"INSERT INTO drawn SELECT %s, a.member_id FROM ({statement}) a", [7, *params])
        cursor.execute("SELECT member_id FROM drawn")
        found = {row[0] for row in cursor.fetchall()}
        cursor.execute("DROP TABLE drawn")
    return found


@pytest.mark.django_db(transaction=True)
def test_two_audiences_become_part_of_each_other_in_no_order(transactional_db):
    town = world.build()
    one, other = save(town, name="One"), save(town, name="Other")
    found = at_once(
        lambda: save(town, name="One", condition={"audience": {"id": other.pk}}, audience=one),
        lambda: save(town, name="Other", condition={"audience": {"id": one.pk}}, audience=other),
    )
    assert sorted(type(each).__name__ for each in found) == ["Audience", "Fault"]


@pytest.mark.requirement("TAG-033")
def test_how_many_and_whom_before_anything_is_saved(town):
    men = {world.person(town, gender="male").pk for _number in range(30)}
    world.person(town, gender="female")
    seen = reading.preview(condition=MEN, node=town.group, as_of=NOW, size=10)
    assert (seen.count, len(seen.sample), seen.said) == (30, 10, "Gender is male.")
    assert set(seen.sample) < men
    assert reading.preview(condition=MEN, node=town.group, as_of=NOW, size=10) == seen
    assert Audience.objects.count() == 0


def test_staff_of_a_dealer_choose_among_its_members_only(town):
    ours = world.person(town, gender="male", organization=town.nodes["s2"])
    world.person(town, gender="male", organization=town.nodes["s3"])
    assert reading.preview(condition=MEN, node=town.nodes["d1"], as_of=NOW).sample == [ours.pk]
    assert reading.preview(condition={"not": MEN}, node=town.nodes["d1"], as_of=NOW).count == 0
    assert members(save(town, node="d1")) == {ours.pk}
    assert members(save(town)) > {ours.pk}


def test_an_audience_of_the_group_used_by_a_dealer_stays_among_its_members(town):
    ours = world.person(town, gender="male", organization=town.nodes["s1"])
    world.person(town, gender="male", organization=town.nodes["s4"])
    men = save(town)
    assert members(save(town, name="Ours", node="d1", condition={"audience": {"id": men.pk}})) == {ours.pk}


@pytest.mark.requirement("TAG-101")
def test_a_frozen_audience_keeps_its_members_a_dynamic_one_changes(town):
    first = world.person(town, gender="male")
    frozen, dynamic = save(town, name="Frozen"), save(town, name="Dynamic")
    audiences.freeze(audience=frozen, by=None, now=NOW)
    second = world.person(town, gender="male")
    assert (frozen.count, frozen.frozen_at) == (1, NOW)
    assert members(frozen) == {first.pk}
    assert members(dynamic) == {first.pk, second.pk}
    assert audiences.refresh(audience=dynamic, now=NOW).count == 2
    inside = save(town, name="Inside", condition={"audience": {"id": frozen.pk}})
    assert members(inside) == {first.pk}


def test_freezing_twice_changes_nothing(town):
    world.person(town, gender="male")
    audience = audiences.freeze(audience=save(town), by=None, now=NOW)
    world.person(town, gender="male")
    assert audiences.freeze(audience=audience, by=None, now=NOW).count == 1
    assert AudienceMember.objects.count() == 1


def test_who_was_merged_after_freezing_counts_as_the_one_he_became(town):
    kept, gone = world.person(town, gender="male"), world.person(town, gender="male")
    audience = audiences.freeze(audience=save(town), by=None, now=NOW)
    gone.account.member = kept
    gone.account.save()
    Member.objects.filter(pk=gone.pk).update(retired_at=NOW)
    assert members(audience) == {kept.pk}


def test_a_frozen_audience_is_not_said_anew(town):
    audience = audiences.freeze(audience=save(town), by=None, now=NOW)
    with pytest.raises(audiences.Refused, match="is frozen and keeps its members"):
        save(town, condition=EVERYBODY, audience=audience)


def test_a_wrong_condition_is_not_saved(town):
    with pytest.raises(Fault):
        save(town, condition={"profile": {"field": "shoe_size", "op": "known"}})
    assert Audience.objects.count() == 0


def test_two_audiences_of_a_node_have_two_names(town):
    save(town)
    with pytest.raises(IntegrityError), transaction.atomic():
        save(town)


def test_a_used_audience_is_not_deleted_and_its_users_are_named(town):
    used = save(town)
    save(town, name="Others", condition={"all": [{"not": {"audience": {"id": used.pk}}}]})
    tags_of.rule(town, "male", condition={"audience": {"id": used.pk}})
    lineage.rebuild(now=NOW)
    with pytest.raises(audiences.Refused, match="used by the audience “Others”, the tag “Male”"):
        audiences.delete(audience=used, now=NOW)
    audiences.delete(audience=Audience.objects.get(name="Others"), now=NOW)
    used.refresh_from_db()
    assert uses.of_audience(audience=used) == ["the tag “Male”"]


def test_an_unused_audience_is_deleted(town):
    audiences.delete(audience=save(town), now=NOW)
    assert Audience.objects.count() == 0


def test_a_class_of_the_model_is_an_audience_of_exactly_its_members(town):
    tags_of.rfm(town, bounds={"recency": 50, "frequency": 2, "monetary": 1_000})
    sleeping = {world.person(town).pk for _number in range(7)}
    for member in Member.objects.filter(pk__in=sleeping):
        factories.order(account=member.accounts.get(), amount=5_000, at=world.days_ago(200))
    factories.order(account=world.person(town).account, amount=5_000)
    compute.compute(now=NOW)
    audience = save(town, condition={"tag": {"tag": "rfm", "value": "important_retain"}})
    assert audience.count == 7
    assert members(audience) == sleeping
    assert reading.said(audience=audience) == "RFM is Important retain."


def test_the_number_of_queries_does_not_depend_on_what_there_is(town):
    def asked() -> int:
        return tags_of.queries(lambda: reading.preview(condition=MEN, node=town.group, as_of=NOW))

    before = asked()
    definitions.install(organization=town.group, now=NOW)
    for number in range(5):
        save(town, name=str(number))
        world.person(town, gender="male")
    assert asked() == before


def test_a_form_that_was_open_while_it_was_frozen_does_not_thaw_it(town):
    men = save(town)
    opened = Audience.objects.get(pk=men.pk)
    audiences.freeze(audience=men, by=None, now=NOW)
    with pytest.raises(audiences.Refused, match="frozen"):
        save(town, condition=EVERYBODY, audience=opened)
    men.refresh_from_db()
    assert (men.frozen_at, men.condition) == (NOW, MEN)


def test_a_rule_may_stand_on_a_frozen_audience(town):
    man = world.person(town, gender="male")
    men = save(town)
    audiences.freeze(audience=men, by=None, now=NOW)
    tags_of.rule(town, "chosen", condition={"audience": {"id": men.pk}})
    for only in (None, [man.pk]):
        assert compute.compute(now=NOW, members=only).error == ""
    assert set(MemberTags.objects.values_list("member", flat=True)) == {man.pk}


def test_an_audience_that_the_database_gives_up_stops_no_other_count(town, monkeypatch):
    first, _second = save(town), save(town, name="Everybody", condition=EVERYBODY)
    world.person(town)
    fetched = audiences.sets.fetched

    def gives_up(query):
        if query == chosen:
            raise DatabaseError("canceling statement due to statement timeout")
        return fetched(query)

    chosen = reading.members(audience=first, as_of=LATER)
    monkeypatch.setattr(audiences.sets, "fetched", gives_up)
    assert audiences.refresh_all(now=LATER) == 1
    assert dict(Audience.objects.values_list("name", "count")) == {"Men": 0, "Everybody": 1}
