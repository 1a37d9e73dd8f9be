import datetime as dt
from types import SimpleNamespace

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.models import EventCursor, Member
from tags.actions import compute
from tags.conditions.leaves import profile
from tags.conditions.sql import Sql
from tags.models import MemberTags, Tag, TagChange, TagRun, TagValue
from tests import factories
from tests.tags import world

pytestmark = pytest.mark.django_db


def rule(town, code="buyer", condition=None, node="g", **values):
    tag = factories.tag(
        code=code, name=code.title(), source="rule", organization=town.nodes[node], purpose="test"
    )
    values = values or {"yes": condition or {"orders": {"aggregate": "count"}}}
    for position, (name, document) in enumerate(values.items()):
        TagValue.objects.create(tag=tag, code=name, name=name, position=position, condition=document)
    return tag


def held() -> set[tuple[int, str, str]]:
    named = {value.pk: (value.tag.code, value.code) for value in TagValue.objects.select_related("tag")}
    return {(row.member_id, *named[value]) for row in MemberTags.objects.all() for value in row.values}


def rfm(town, **parameters):
    tag = factories.tag(
        code="rfm", name="RFM", source="model", model="rfm", organization=town.group, parameters=parameters
    )
    from tags.models_of import rfm as model

    for position, (code, english, _chinese) in enumerate(model.VALUES):
        TagValue.objects.create(tag=tag, code=code, name=english, position=position)
    return tag


@pytest.mark.parametrize("restricted", [False, True])
def test_members_get_the_values_whose_conditions_hold(town, restricted):
    rule(town)
    rfm(town, bounds={"recency": 50, "frequency": 2, "monetary": 1000})
    buyer, visitor = world.person(town), world.person(town)
    factories.order(account=buyer.account, amount=5000, at=world.days_ago(12))
    run = compute.compute(now=world.NOW, members=[buyer.pk, visitor.pk] if restricted else None)
    assert run.error == ""
    assert held() == {(buyer.pk, "buyer", "yes"), (buyer.pk, "rfm", "important_development")}
    assert (run.gained, run.lost) == (2, 0)
    assert sum(len(each.gained) for each in TagChange.objects.all()) == 2


def test_computing_twice_changes_nothing(town):
    rule(town)
    buyer = world.person(town)
    factories.order(account=buyer.account)
    compute.compute(now=world.NOW)
    before = list(MemberTags.objects.values()), TagChange.objects.count()
    again = compute.compute(now=world.NOW)
    assert (again.gained, again.lost) == (0, 0)
    assert (list(MemberTags.objects.values()), TagChange.objects.count()) == before
    assert TagRun.objects.count() >= 2


def test_the_first_value_whose_condition_holds_is_given_and_the_rest_go_to_one_without(town):
    rule(
        town,
        "band",
        big={"orders": {"aggregate": "amount", "op": ">=", "value": 100}},
        small={"orders": {"aggregate": "count"}},
        none=None,
    )
    big, small, none = (world.person(town) for _number in range(3))
    factories.order(account=big.account, amount=100)
    factories.order(account=small.account, amount="99.99")
    compute.compute(now=world.NOW)
    assert held() == {(big.pk, "band", "big"), (small.pk, "band", "small"), (none.pk, "band", "none")}


def test_tags_that_ask_for_tags_are_computed_after_them(town):
    rule(town, "second", condition={"tag": {"tag": "first"}})
    rule(town, "first")
    buyer = world.person(town)
    factories.order(account=buyer.account)
    run = compute.compute(now=world.NOW)
    assert held() == {(buyer.pk, "first", "yes"), (buyer.pk, "second", "yes")}
    assert run.gained == 2
    assert compute.compute(now=world.NOW, members=[buyer.pk]).gained == 0


def test_a_tag_that_cannot_be_computed_keeps_its_values_and_the_others_are_computed(town):
    broken, _sound = rule(town, "broken"), rule(town, "sound")
    first, second = world.person(town), world.person(town)
    factories.order(account=first.account)
    compute.compute(now=world.NOW)
    broken.values.update(condition={"channel": {"channel": "closed"}})
    factories.order(account=second.account)
    for members in (None, [first.pk, second.pk]):
        run = compute.compute(now=world.NOW, members=members)
        assert (
            run.error
            == "broken: yes: channel.channel: the channel “closed” is not known. Choose one of app, tmall."
        )
        assert held() == {
            (first.pk, "broken", "yes"),
            (first.pk, "sound", "yes"),
            (second.pk, "sound", "yes"),
        }


@pytest.mark.parametrize("restricted", [False, True])
def test_tags_in_a_circle_are_left_alone_and_named(town, restricted):
    rule(town, "egg", condition={"not": {"tag": {"tag": "hen"}}})
    rule(town, "hen", condition={"tag": {"tag": "egg"}})
    member = world.person(town)
    run = compute.compute(now=world.NOW, members=[member.pk] if restricted else None)
    assert run.error.splitlines() == ["egg: this tag depends on itself", "hen: this tag depends on itself"]
    assert held() == set()


def test_one_tag_alone_leaves_the_others(town):
    rule(town, "one"), rule(town, "two")
    buyer = world.person(town)
    factories.order(account=buyer.account)
    compute.compute(now=world.NOW, tags=["one"])
    assert held() == {(buyer.pk, "one", "yes")}
    compute.compute(now=world.NOW, tags=["two"])
    assert held() == {(buyer.pk, "one", "yes"), (buyer.pk, "two", "yes")}


def test_an_inactive_tag_leaves_everybody(town):
    tag = rule(town)
    buyer = world.person(town)
    factories.order(account=buyer.account)
    compute.compute(now=world.NOW)
    Tag.objects.filter(pk=tag.pk).update(status="retired", retired_at=world.NOW)
    assert compute.compute(now=world.NOW).lost == 1
    assert held() == set()


def test_a_retired_member_loses_his_tags(town):
    rule(town)
    kept, gone = world.person(town), world.person(town)
    factories.order(account=gone.account)
    compute.compute(now=world.NOW)
    gone.account.member = kept
    gone.account.save()
    Member.objects.filter(pk=gone.pk).update(retired_at=world.NOW)
    compute.compute(now=world.NOW)
    assert held() == {(kept.pk, "buyer", "yes")}


def test_time_alone_changes_tags(town):
    rule(town, condition={"orders": {"aggregate": "count", "window": {"days": 30}}})
    buyer = world.person(town)
    factories.order(account=buyer.account, at=world.days_ago(30))
    assert compute.compute(now=world.NOW).gained == 1
    assert compute.compute(now=world.NOW + dt.timedelta(days=1)).lost == 1


@pytest.mark.requirement("MEM-009")
def test_a_tag_of_a_brand_is_given_by_its_orders_to_its_members(town):
    rule(town, node="b1")
    ours = world.person(town, organization=town.nodes["b1"])
    theirs = world.person(town, organization=town.nodes["b2"])
    both = world.person(town, organization=town.nodes["b1"])
    factories.order(account=ours.account, organization=town.nodes["s1"])
    factories.order(account=theirs.account, organization=town.nodes["s4"])
    factories.order(account=both.account, organization=town.nodes["s4"])
    for members in (None, [ours.pk, theirs.pk, both.pk]):
        compute.compute(now=world.NOW, members=members)
        assert held() == {(ours.pk, "buyer", "yes")}


@pytest.fixture
def older(db):
    """A transaction on the same database that began before all of ours."""
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
        other.execute("SELECT pg_current_xact_id()")
        yield other


@pytest.mark.parametrize("restricted", [False, True])
def test_queries_do_not_grow_with_members_nor_when_an_older_transaction_ends(older, town, restricted):
    rule(town)
    members = [world.person(town)]
    compute.compute(now=world.NOW)
    behind = EventCursor.objects.get().tx
    factories.order(account=members[0].account)
    before = queries(lambda: compute.compute(now=world.NOW, members=members_of(members, restricted)))
    older.commit()
    members += [world.person(town) for _number in range(30)]
    for member in members:
        factories.order(account=member.account)
    assert queries(lambda: compute.compute(now=world.NOW, members=members_of(members, restricted))) == before
    assert (EventCursor.objects.get().tx > behind) is not restricted


def members_of(members, restricted):
    return [member.pk for member in members] if restricted else None


def queries(work) -> int:
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


@pytest.mark.parametrize("restricted", [False, True])
def test_what_the_database_refuses_fails_one_tag_only(town, restricted, monkeypatch):
    rule(town, "sound")
    rule(town, "broken", condition={"profile": {"field": "gender", "op": "known"}})
    monkeypatch.setattr(profile.Profile, "term", lambda _self, _row, _setting: Sql("1 / 0 = 1"))
    buyer = world.person(town)
    factories.order(account=buyer.account)
    run = compute.compute(now=world.NOW, members=[buyer.pk] if restricted else None)
    assert run.error.startswith("broken: the database refused: division by zero")
    assert held() == {(buyer.pk, "sound", "yes")}


@pytest.mark.parametrize("restricted", [False, True])
@pytest.mark.parametrize("way", ["several", "python"])
def test_a_model_that_fails_stops_no_other_tag(town, restricted, way, monkeypatch):
    """Whether its rows cannot be read, or its own arithmetic fails."""
    from tags import models_of

    class Broken:
        def sources(self):
            return ()

        def signals(self):
            return set()

    if way == "several":
        Broken.rows = lambda _self, _setting, _fitted: Sql("SELECT 1 / 0, 'yes'::text")
    else:
        Broken.asks = lambda _self, _setting: Sql("SELECT 1::float8 AS member_id")
        Broken.scored = lambda _self, columns, _fitted: columns["nothing like that"]
    module = SimpleNamespace(CODE="broken", VALUES=(("yes", "Yes", "是"),), parse=lambda _given: Broken())
    monkeypatch.setitem(models_of.MODELS, "broken", module)
    factories.tag(
        organization=town.group,
        code="broken",
        source="model",
        model="broken",
        shape="several",
        values=["yes"],
    )
    rule(town, "sound")
    buyer = world.person(town)
    factories.order(account=buyer.account)
    run = compute.compute(now=world.NOW, members=[buyer.pk] if restricted else None)
    assert held() == {(buyer.pk, "sound", "yes")}
    assert run.error.startswith("broken: the ")
