"""Carts followed: begun by watched goods, ended by the customer or by the wait."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from campaigns.actions import carts
from campaigns.models import CartRun
from members.models import AccessRecord, Account, Event, GoodsSet, Order
from members.models.event import SettledBefore
from tests import factories
from tests.identity import company
from tests.identity.company import accept, account, day, event, order

BEGUN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
State = CartRun.State


@pytest.fixture
def nodes(db, monkeypatch):
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))  # this transaction is still open
    return company.build()


@pytest.fixture
def watch(nodes):
    listed = GoodsSet.objects.create(organization=nodes["b1"], code="listed", name="Listed", skus=["S1"])
    accept(account("m1", channel="mall", phone="13800138000"))
    return watched(nodes["b1"], listed)


def watched(organization, goods=None, **more):
    return carts.watch(
        organization=organization, name="Carts", goods=goods, by=factories.staff(), now=BEGUN, **more
    )


def put(sku="S1", *, on=1, at=0, who="m1", channel="mall", name="add_to_cart"):
    """Ten o'clock and so many minutes."""
    moment = (dt.datetime.fromisoformat(day(on)) + at * MINUTE).isoformat()
    accept(event(name, who, channel=channel, properties={"sku": sku}) | {"occurred_at": moment})


def clock(on=1, minutes=0) -> dt.datetime:
    return dt.datetime.fromisoformat(day(on)) + minutes * MINUTE


def read(now):
    while carts.follow(now=now):
        pass


def ended() -> list[tuple]:
    return list(CartRun.objects.order_by("id").values_list("sku", "state"))


def test_listed_goods_start_one_run_others_none_and_a_second_adding_none(watch):
    put("S9")
    read(clock())
    assert ended() == []
    put("S1", at=1)
    put("S1", at=2)
    read(clock())
    put("S1", at=3)
    read(clock())
    assert ended() == [("S1", State.RUNNING)]
    run = CartRun.objects.get()
    assert (run.started_at, run.due_at) == (clock(minutes=1), clock(minutes=31))


def test_a_category_of_the_list_is_watched_too(watch):
    GoodsSet.objects.update(categories=["fridge"])
    accept(event("add_to_cart", "m1", channel="mall", properties={"sku": "S7", "category": "fridge"}))
    read(clock())
    assert ended() == [("S7", State.RUNNING)]


def test_an_order_of_the_goods_within_the_wait_ends_it_and_nothing_is_left(watch):
    put()
    read(clock(minutes=5))
    accept(order("O1", "m1", channel="mall", on=1) | {"occurred_at": clock(minutes=20).isoformat()})
    read(clock(minutes=25))
    run = CartRun.objects.get()
    assert (run.state, run.ended_at, run.order) == (State.PAID, clock(minutes=20), Order.objects.get())
    assert carts.leave(now=clock(minutes=60)) == 0
    assert not Event.objects.filter(name="cart.left").exists()


@pytest.mark.parametrize(
    "bought",
    [
        {"lines": [{"line": 1, "sku": "S9", "quantity": "1", "unit_price": "1"}]},
        {"status": "created"},
        {"occurred_at": (clock() - 5 * MINUTE).isoformat()},
    ],
    ids=["other goods", "not paid", "before the cart"],
)
def test_what_does_not_pay_for_the_cart_does_not_end_it(watch, bought):
    put()
    accept(order("O1", "m1", channel="mall") | {"occurred_at": clock(minutes=9).isoformat()} | bought)
    read(clock(minutes=10))
    assert ended() == [("S1", State.RUNNING)]


def test_the_wait_that_passes_leaves_the_cart_and_the_log_is_told_once(watch):
    put()
    read(clock())
    assert carts.leave(now=clock(minutes=29)) == 0
    assert carts.leave(now=clock(minutes=30)) == 1
    assert carts.leave(now=clock(minutes=30)) == 0
    told = Event.objects.get(name="cart.left")
    assert (told.account, told.properties) == (Account.objects.get(), {"watch": watch.pk, "sku": "S1"})
    assert told.organization.code == "b1"
    assert ended() == [("S1", State.LEFT)]


def test_paid_meanwhile_though_nobody_has_read_it_yet_is_paid(watch):
    put()
    read(clock())
    accept(order("O1", "m1", channel="mall") | {"occurred_at": clock(minutes=20).isoformat()})
    assert carts.leave(now=clock(minutes=31)) == 1
    assert ended() == [("S1", State.PAID)]
    assert not Event.objects.filter(name="cart.left").exists()


def test_an_order_that_the_log_tells_before_the_cart_ends_it_too(watch):
    accept(order("O1", "m1", channel="mall") | {"occurred_at": clock(minutes=20).isoformat()})
    read(clock(minutes=21))
    put()
    read(clock(minutes=22))
    assert ended() == [("S1", State.PAID)]


def test_another_account_of_the_person_pays(watch):
    accept(account("a1", channel="app", phone="13800138000"))
    put()
    put(who="a1", channel="app", at=1)
    read(clock(minutes=2))
    assert ended() == [("S1", State.RUNNING)]
    accept(order("O1", "a1") | {"occurred_at": clock(minutes=3).isoformat()})
    read(clock(minutes=4))
    assert ended() == [("S1", State.PAID)]


def test_goods_taken_out_end_it_and_put_in_again_begin_anew(watch):
    put()
    put("S9", name="remove_from_cart", at=1)
    read(clock(minutes=2))
    assert ended() == [("S1", State.RUNNING)]
    put(name="remove_from_cart", at=3)
    put(at=4)
    read(clock(minutes=5))
    assert ended() == [("S1", State.REMOVED), ("S1", State.RUNNING)]
    put(at=6)
    read(clock(minutes=7))
    assert CartRun.objects.count() == 2


def test_in_and_out_many_times_in_one_reading(watch):
    for at in range(0, 8, 2):
        put(at=at)
        put(name="remove_from_cart", at=at + 1)
    put(at=9)
    read(clock(minutes=10))
    assert ended() == [("S1", State.REMOVED)] * 4 + [("S1", State.RUNNING)]


def test_goods_that_are_told_of_after_they_were_taken_out_again(watch):
    put(name="remove_from_cart", at=3)
    read(clock(minutes=4))
    put(at=1)
    read(clock(minutes=5))
    run = CartRun.objects.get()
    assert (run.state, run.ended_at) == (State.REMOVED, clock(minutes=3))


def test_another_account_of_the_person_takes_them_out(watch):
    accept(account("a1", channel="app", phone="13800138000"))
    put()
    read(clock())
    put(who="a1", channel="app", at=3, name="remove_from_cart")
    read(clock(minutes=4))
    assert ended() == [("S1", State.REMOVED)]


def test_taken_out_meanwhile_though_nobody_has_read_it_yet_is_taken_out(watch):
    put()
    read(clock())
    put(name="remove_from_cart", at=20)
    assert carts.leave(now=clock(minutes=31)) == 1
    assert ended() == [("S1", State.REMOVED)]


@pytest.mark.parametrize(("out", "state"), [(10, State.REMOVED), (30, State.PAID)])
def test_what_happened_first_ends_it_whatever_is_read_first(watch, out, state):
    put()
    put(name="remove_from_cart", at=out)
    accept(order("O1", "m1", channel="mall") | {"occurred_at": clock(minutes=20).isoformat()})
    read(clock(minutes=31))
    assert ended() == [("S1", state)]


@pytest.mark.parametrize("merged_at", [5, 35])
def test_two_people_who_turn_out_to_be_one_leave_one_cart(watch, merged_at):
    accept(account("a1", channel="app"))
    put()
    put(who="a1", channel="app", at=10)
    read(clock(minutes=11))
    assert ended() == [("S1", State.RUNNING)] * 2
    if merged_at > 30:
        carts.leave(now=clock(minutes=31))
    accept(account("a1", channel="app", phone="13800138000"))
    carts.leave(now=clock(minutes=41))
    assert ended() == [("S1", State.LEFT), ("S1", State.STOPPED)]
    assert Event.objects.filter(name="cart.left").count() == 1


def test_two_people_who_turn_out_to_be_one_pay_one_cart(watch):
    accept(account("a1", channel="app"))
    put()
    put(who="a1", channel="app", at=10)
    read(clock(minutes=11))
    accept(account("a1", channel="app", phone="13800138000"))
    accept(order("O1", "a1") | {"occurred_at": clock(minutes=20).isoformat()})
    read(clock(minutes=21))
    assert ended() == [("S1", State.PAID), ("S1", State.STOPPED)]
    put(at=25)
    read(clock(minutes=26))
    assert CartRun.objects.filter(state=State.RUNNING).count() == 1


def test_a_cart_of_somebody_not_known_yet_begins_when_he_is(watch):
    put(who="m2")
    read(clock())
    assert ended() == []
    accept(account("m2", channel="mall"))
    read(clock(minutes=1))
    assert ended() == [("S1", State.RUNNING)]


def test_carts_of_other_places_of_the_past_and_of_stopped_watches_are_not_followed(watch, nodes):
    elsewhere = watched(nodes["b2"])
    old = watched(nodes["b1"])
    carts.stop(watch=old, by=factories.staff(), now=BEGUN)
    put()
    put(on=-1, at=1)
    read(clock())
    assert [run.watch for run in CartRun.objects.all()] == [watch]
    assert not elsewhere.runs.exists()
    put("S1", on=60)
    read(clock(on=90))
    assert CartRun.objects.count() == 1


def test_stopping_stops_what_runs_and_is_recorded_once(watch):
    put()
    read(clock())
    by = factories.staff()
    for _again in range(2):
        carts.stop(watch=watch, by=by, now=clock(minutes=3))
    assert ended() == [("S1", State.STOPPED)]
    assert list(AccessRecord.objects.order_by("id").values_list("action", flat=True)) == [
        "cart_watch.started", "cart_watch.stopped",
    ]  # fmt: skip
    assert carts.leave(now=clock(minutes=40)) == 0


def test_whoever_is_erased_meanwhile_left_nothing_behind(watch):
    put()
    read(clock())
    company.erase(Account.objects.get().member)
    carts.leave(now=clock(minutes=40))
    assert ended() == [("S1", State.STOPPED)]
    assert not Event.objects.filter(name="cart.left").exists()


@pytest.mark.parametrize("wait", [0, 14 * 24 * 60 + 1])
def test_a_wait_without_sense_is_refused(nodes, wait):
    with pytest.raises(ValidationError, match="two weeks"):
        watched(nodes["b1"], wait_minutes=wait)


def test_what_has_ended_stays_and_terms_do_not_change(watch):
    put()
    read(clock())
    carts.leave(now=clock(minutes=40))
    for change in (
        lambda: CartRun.objects.update(state=State.RUNNING, ended_at=None),
        lambda: CartRun.objects.all().delete(),
        lambda: type(watch).objects.update(wait_minutes=5),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
