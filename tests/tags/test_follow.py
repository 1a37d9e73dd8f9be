"""From the event to the tag: the reader of the log, in transactions of its own."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone

from members.models import EventCursor, Member
from tags import tasks
from tags.actions import compute, follow
from tags.models import MemberTags, TagChange, TagRun
from tests import factories, speed
from tests.connections import together
from tests.tags import world
from tests.tags.test_compute import held, rule
from tests.tags.world import NOW

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("alone_on_the_server")]


@pytest.fixture
def town(transactional_db) -> world.World:
    return world.build()


def bought(account, *, at=NOW, **fields):
    with transaction.atomic():
        order = factories.order(account=account, at=at, **fields)
        factories.event(account=account, name="order.paid", at=at)
    return order


@pytest.mark.requirement("TAG-030")
def test_an_order_changes_tags_without_anybody_doing_anything(town):
    rule(town)
    buyer, idle = world.person(town), world.person(town)
    bought(buyer.account)
    assert follow.follow(now=NOW) == 1
    assert held() == {(buyer.pk, "buyer", "yes")}
    assert follow.follow(now=NOW) == 0
    run = TagRun.objects.get()
    assert (run.scope, run.members, run.gained) == ("changed", 1, 1)
    assert not MemberTags.objects.filter(member=idle).exists()


@pytest.mark.requirement("PLT-014")
def test_from_the_event_to_the_tag_in_less_than_five_seconds(town):
    rule(town)
    buyer = world.person(town)
    assert speed.is_once(lambda: until_tagged(buyer), within=5)
    assert held() == {(buyer.pk, "buyer", "yes")}


def until_tagged(buyer) -> float:
    """Seconds from a new order to the end of what takes it in."""
    bought(buyer.account, at=timezone.now())
    assert tasks.compute_changed()
    run = TagRun.objects.latest("id")
    return (run.ended_at - run.oldest_event_at).total_seconds()


def test_a_condition_no_longer_met_ends_the_tag_with_its_date(town):
    rule(town)
    buyer = world.person(town)
    order = bought(buyer.account)
    assert follow.follow(now=NOW)
    with transaction.atomic():
        factories.returned(order=order, amount="100")
        factories.event(account=buyer.account, name="order.returned")
    assert follow.follow(now=NOW + dt.timedelta(minutes=1))
    assert held() == set()
    changes = [(bool(each.gained), each.at) for each in TagChange.objects.order_by("id")]
    assert changes == [(True, NOW), (False, NOW + dt.timedelta(minutes=1))]


def test_a_merge_moves_tags_and_a_split_moves_them_back(town):
    rule(town)
    anchor, other = world.person(town), world.person(town)
    bought(other.account)
    assert follow.follow(now=NOW)
    moved(other.account, anchor, name="identity.merged", left=other)
    Member.objects.filter(pk=other.pk).update(retired_at=NOW)
    assert follow.follow(now=NOW)
    assert held() == {(anchor.pk, "buyer", "yes")}
    Member.objects.filter(pk=other.pk).update(retired_at=None)
    moved(other.account, other, name="identity.split", left=anchor)
    assert follow.follow(now=NOW)
    assert held() == {(other.pk, "buyer", "yes")}


def moved(account, to, *, name, left):
    with transaction.atomic():
        account.member = to
        account.save()
        factories.event(account=account, name=name, **{"from": left.oneid, "to": to.oneid})


def test_an_order_by_a_clock_a_little_ahead_counts_at_once(town):
    rule(town)
    buyer = world.person(town)
    bought(buyer.account, at=NOW + dt.timedelta(minutes=2))
    assert follow.follow(now=NOW)
    assert held() == {(buyer.pk, "buyer", "yes")}


def test_what_fails_halfway_begins_again(town, monkeypatch):
    rule(town)
    buyer = world.person(town)
    bought(buyer.account)
    with monkeypatch.context() as broken:
        broken.setattr("tags.actions.changed.close", _fail)
        with pytest.raises(RuntimeError):
            assert follow.follow(now=NOW)
    assert (held(), TagRun.objects.count(), TagChange.objects.count()) == (set(), 0, 0)
    assert follow.follow(now=NOW) == 1
    assert held() == {(buyer.pk, "buyer", "yes")}


def _fail(*_given, **_named):
    raise RuntimeError("killed")


def test_computing_everybody_spares_the_reader_what_it_took_in(town):
    rule(town)
    bought(world.person(town).account)
    compute.compute(now=NOW)
    assert follow.follow(now=NOW) == 0
    assert EventCursor.objects.get(reader="tags").moved_at == NOW
    late = world.person(town)
    bought(late.account)
    assert follow.follow(now=NOW) == 1


def test_a_fact_that_comes_while_everybody_is_computed_is_not_lost(town, monkeypatch):
    """Staged before the order was committed, merged after it: what was staged must not undo the follower's work."""
    rule(town, condition={"orders": {"aggregate": "count", "op": "=", "value": 0}})
    buyer = world.person(town)
    from tags.actions import everybody

    merge = everybody._merge

    def meanwhile(*given, **named):
        together(lambda: bought(buyer.account))
        together(lambda: follow.follow(now=NOW))
        return merge(*given, **named)

    monkeypatch.setattr(everybody, "_merge", meanwhile)
    compute.compute(now=NOW)
    assert held() == set()


def test_two_computations_at_once_write_every_change_once(town):
    rule(town)
    buyers = [world.person(town) for _number in range(20)]
    for buyer in buyers:
        bought(buyer.account)
    together(*[lambda: compute.compute(now=NOW)] * 2, *[lambda: follow.follow(now=NOW)] * 2)
    assert held() == {(buyer.pk, "buyer", "yes") for buyer in buyers}
    assert TagChange.objects.count() == len(buyers)
