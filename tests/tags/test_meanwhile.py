"""What may happen between reading the tags and writing them, and values whose time is over."""

import datetime as dt

import pytest
from django.db import connection
from django.urls import reverse

from members.actions.profiles import UNUSUAL
from tags.actions import approvals, changed, compute, ending
from tags.conditions.sql import build
from tags.models import MemberTags, MemberTurn, Tag, TagValue
from tags.queries import counting, planning, selection
from tests import factories
from tests.tags import world
from tests.tags.world import NOW

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def held(member):
    row = MemberTags.objects.filter(member=member).first()
    return sorted(TagValue.objects.filter(pk__in=row.values if row else []).values_list("code", flat=True))


def test_expired_several_alone(town):
    tag = factories.tag(
        organization=town.group, code="plan", source="strategy", shape="several", values=["a", "b"],
        expires_at=NOW + DAY,
    )  # fmt: skip
    man = world.person(town)
    world.give(tag, man, "a")
    compute.compute(now=NOW)
    assert held(man) == ["a"]
    run = compute.compute(now=NOW + 2 * DAY)
    assert run.error == ""
    assert held(man) == []


def test_expired_two_several(town):
    for code in ("plan", "plan2"):
        tag = factories.tag(
            organization=town.group,
            code=code,
            source="strategy",
            shape="several",
            values=[code],
            expires_at=NOW + DAY,
        )
    man = world.person(town)
    for tag in Tag.objects.all():
        world.give(tag, man, tag.code)
    compute.compute(now=NOW)
    assert held(man) == ["plan", "plan2"]
    run = compute.compute(now=NOW + 2 * DAY, members=[man.pk])
    assert run.error == ""
    assert held(man) == []


def test_retired_meanwhile(town, monkeypatch):
    doc = {"profile": {"field": "gender", "op": "=", "value": "male"}}
    tag = factories.tag(organization=town.group, code="men", values=[("yes", doc)])
    man = world.person(town, gender="male")
    lock = changed.merging.lock

    def retired_first():
        if tag.status == "approved":
            approvals.retire(tag=tag, by=None, now=NOW)
            ending.end(now=NOW, tag=tag)
        lock()

    monkeypatch.setattr(changed.merging, "lock", retired_first)
    compute.compute(now=NOW, members=[man.pk])
    assert held(man) == []


def test_retired_during_everybody(town, monkeypatch):
    from tags.actions import staging

    doc = {"profile": {"field": "gender", "op": "=", "value": "male"}}
    tag = factories.tag(organization=town.group, code="men", values=[("yes", doc)])
    man = world.person(town, gender="male")
    index = staging.index

    def retired_first():
        if tag.status == "approved":
            approvals.retire(tag=tag, by=None, now=NOW)
            ending.end(now=NOW, tag=tag)
        index()

    monkeypatch.setattr(staging, "index", retired_first)
    compute.compute(now=NOW)
    assert held(man) == []


def test_unmatched_return_leaves_hours(town):
    man = world.person(town)
    factories.order(account=man.account, at=NOW - dt.timedelta(hours=1))
    order = factories.order(account=man.account, at=NOW)
    back = factories.returned(order=order, amount="50", at=NOW - dt.timedelta(hours=47))
    back.order = None
    back.save()
    order.lines.all().delete()
    order.delete()
    factories.tag(
        organization=town.group,
        code="much",
        values=[
            ("yes", {"orders": {"aggregate": "amount", "op": ">=", "value": 100, "window": {"hours": 48}}})
        ],
    )
    compute.compute(now=NOW)
    assert held(man) == []
    assert MemberTurn.objects.get(member=man).due_at <= NOW + dt.timedelta(hours=1, seconds=1)


def test_first_order_is_not_one_cancelled_at_the_same_moment(town):
    man = world.person(town)
    factories.order(account=man.account, at=world.days_ago(3), status="cancelled", channel=town.tmall)
    factories.order(account=man.account, at=world.days_ago(3))
    assert world.chosen(town, {"first_order": {"where": {"channel": "app"}}}) == {man.pk}


def test_first_order_is_not_one_given_back_or_sold_elsewhere_at_the_same_moment(town):
    man = world.person(town, organization=town.nodes["b1"])
    at = {"account": man.account, "at": world.days_ago(3)}
    returned = factories.order(**at, channel=town.tmall, organization=town.nodes["s1"])
    factories.returned(order=returned, amount="100")
    factories.order(**at, channel=town.tmall, organization=town.nodes["s1"], amount=UNUSUAL)
    factories.order(**at, channel=town.tmall, organization=town.nodes["s4"])
    factories.order(**at, organization=town.nodes["s1"])
    assert world.chosen(town, {"first_order": {"where": {"channel": "app"}}}, node="b1") == {man.pk}
    assert world.chosen(town, {"first_order": {"where": {"channel": "tmall"}}}, node="b1") == set()


def test_a_count_that_takes_too_long_is_stopped_and_says_so(town, client, monkeypatch):
    with pytest.raises(planning.TooLong), planning.bounded(seconds=1), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(20)")
    client.force_login(factories.staff(superuser=True))
    monkeypatch.setattr(counting, "PATIENCE", 1)
    monkeypatch.setattr(
        "tags.queries.sets.fetched", lambda _query: selection.row(build("SELECT pg_sleep(20)"))
    )
    asked = {"organization": town.group.pk, "condition": '{"profile": {"field": "gender", "op": "known"}}'}
    answer = client.post(reverse("admin:tags_audience_count"), asked).json()
    assert "longer than 30 seconds" in answer["fault"]["says"]


@pytest.mark.parametrize("restricted", [False, True])
def test_several_values_of_a_brand_s_rule_are_none_for_who_is_unknown_there(town, restricted):
    every = {"orders": {"aggregate": "count", "op": ">=", "value": 0}}
    factories.tag(
        organization=town.nodes["b1"], code="plan", shape="several", values=[("a", every), ("b", every)]
    )
    ours = world.person(town, organization=town.nodes["b1"])
    theirs = world.person(town, organization=town.nodes["b2"])
    run = compute.compute(now=NOW, members=[ours.pk, theirs.pk] if restricted else None)
    assert (run.error, held(ours), held(theirs)) == ("", ["a", "b"], [])


def test_words_that_are_known_take_no_new_number(town):
    factories.tag(organization=town.group, code="apart", source="model", model="province", values=[])
    world.person(town, province="Shandong")
    for _round in range(3):
        compute.compute(now=NOW)
    first = TagValue.objects.get()
    world.person(town, province="Hebei")
    compute.compute(now=NOW)
    assert TagValue.objects.get(code="Hebei").pk == first.pk + 1
