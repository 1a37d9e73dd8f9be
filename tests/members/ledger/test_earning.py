"""Orders earn what the rules say of them as they stand: once, after every change, whatever arrives first."""

import io
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.actions import earning, points
from members.models import Account, Book, Event, EventCursor, Order, Posting, Programme, Wallet
from tests.identity import company
from tests.identity.company import NOW, accept, account, brought, order, returned, take_back
from tests.members.ledger.purses import DAY, available, book, faults, held, key
from tests.members.plans import published, rule

pytestmark = pytest.mark.usefixtures("within_its_transaction")

LONG_AGO = NOW - 1000 * DAY


@pytest.fixture
def house(db):
    nodes = company.build()
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    ours = book(organization=nodes["b1"])
    published(club, rules=[rule(ours, 1)], starts_at=LONG_AGO)
    accept(account("u1"))
    return {**nodes, "club": club, "book": ours}


def follow(now=NOW) -> None:
    while earning.follow(now=now):
        pass


def holder(external_id="u1") -> Account:
    return Account.objects.get(external_id=external_id)


def earned(house, external_id="u1", *, at=NOW):
    follow()
    assert faults() == []
    return available(holder(external_id), house["book"], at=at)


def test_a_paid_order_earns_once(house):
    sale = order("o1", "u1", amount="199.90")
    accept(sale)
    accept(sale, order("o1", "u1", amount="199.90", on=2, status="completed"))
    assert earned(house) == 199
    EventCursor.objects.filter(reader=earning.READER).update(tx=0, event_id=0)
    assert earned(house) == 199
    posting = Posting.objects.get()
    assert (posting.verb, posting.order_key, posting.account) == ("earn", "o1", holder())
    assert posting.occurred_at == Order.objects.get().occurred_at


@pytest.mark.parametrize("status", ["created", "cancelled"])
def test_an_order_that_is_not_paid_earns_nothing(house, status):
    accept(order("o1", "u1", status=status))
    assert earned(house) == 0
    assert not Posting.objects.exists()


def test_shipping_earns_nothing(house):
    accept(order("o1", "u1", amount="100.00", shipping="12.00", discount="10.00"))
    assert earned(house) == 90


def test_a_corrected_order_posts_the_difference(house):
    accept(order("o1", "u1", amount="100.00"))
    assert earned(house) == 100
    accept(order("o1", "u1", amount="130.00", on=2))
    assert earned(house) == 130
    accept(order("o1", "u1", amount="80.00", on=3))
    assert earned(house) == 80
    assert list(Posting.objects.order_by("id").values_list("amount", flat=True)) == [100, 30, -50]


def test_parts_returned_take_their_share_and_leave_no_rounding_error(house):
    accept(order("o1", "u1", amount="99.90"))
    assert earned(house) == 99
    for number, left in ((1, 66), (2, 33), (3, 0)):
        accept(returned(f"r{number}", "o1", refund="33.30", on=number + 1))
        assert earned(house) == left


def test_a_cancelled_order_keeps_nothing(house):
    accept(order("o1", "u1", amount="100.00"))
    assert earned(house) == 100
    accept(order("o1", "u1", amount="100.00", on=2, status="cancelled"))
    assert earned(house) == 0


def test_points_that_were_spent_are_taken_from_others_and_the_rest_is_let_go(house):
    accept(order("o1", "u1", amount="100.00"), order("o2", "u1", amount="30.00"))
    follow()
    points.spend(account=holder(), book=house["book"], amount=90, key=key(), now=NOW)
    accept(returned("r1", "o1", refund="100.00"))
    assert earned(house) == 0
    back = Posting.objects.get(verb="reverse")
    assert (back.amount, back.short) == (-40, 60)
    accept(returned("r2", "o2", refund="1.00"))
    assert earned(house) == 0


def test_points_that_were_spent_are_owed_where_the_book_allows_it(house):
    type(house["book"]).objects.filter(pk=house["book"].pk).update(below_zero=True)
    accept(order("o1", "u1", amount="100.00"))
    follow()
    points.spend(account=holder(), book=house["book"], amount=90, key=key(), now=NOW)
    accept(returned("r1", "o1", refund="100.00"))
    assert earned(house) == 0
    assert held(holder(), house["book"], at=NOW).owed == 90
    accept(
        order("o2", "u1", amount="50.00"),
        order("o3", "u1", amount="30.00"),
        order("o4", "u1", amount="20.00"),
    )
    assert earned(house) == 10
    assert held(holder(), house["book"], at=NOW).owed == 0


def test_an_order_before_its_account_and_a_return_before_its_order_earn_when_they_are_joined(house):
    accept(returned("r1", "o9", refund="30.00"), order("o8", "late", amount="50.00"))
    assert earned(house) == 0
    accept(order("o9", "u1", amount="100.00"), account("late"))
    assert earned(house) == 70
    assert earned(house, "late") == 50


def test_an_order_that_changes_hands_takes_its_points_along(house):
    accept(account("u2"), order("o1", "u1", amount="100.00"))
    assert earned(house) == 100
    accept(order("o1", "u2", amount="100.00", on=2))
    assert (earned(house), earned(house, "u2")) == (0, 100)


def test_the_nearest_programme_rules_and_each_rule_from_its_day_on(house):
    group = Programme.objects.create(organization=house["g"], name="Group")
    shared = book(organization=house["g"], code="group")
    published(group, rules=[rule(shared, 2)], starts_at=LONG_AGO)
    published(house["club"], rules=[rule(house["book"], 3)], starts_at=NOW + DAY, now=NOW)
    accept(account("x", channel="ad"), order("g1", "x", channel="ad", amount="10.00"))
    later = {"now": NOW + 3 * DAY}
    at = (NOW + 2 * DAY).isoformat()
    accept(order("o1", "u1", amount="10.00"), order("o2", "u1", amount="10.00", occurred_at=at), **later)
    follow()
    assert available(holder(), house["book"], at=NOW + 3 * DAY) == 40
    assert held(holder("x"), shared, at=NOW).available == 20
    assert held(holder("x"), house["book"], at=NOW) is None


def test_a_new_programme_below_changes_nothing_for_older_orders(house):
    accept(order("o1", "u1", organization="s1", amount="100.00"))
    assert earned(house) == 100
    below = Programme.objects.create(organization=house["d1"], name="Dealer")
    published(below, rules=[rule(house["book"], 5)], starts_at=NOW + DAY, now=NOW)
    accept(returned("r1", "o1", refund="10.00"))
    assert earned(house) == 90


def test_other_currencies_and_unusual_amounts_earn_nothing(house):
    accept(order("o1", "u1", currency="USD"), order("o2", "u1", amount="1000000000.00"))
    assert earned(house) == 0


def test_halves_are_rounded_as_the_rule_says(house):
    money = book(organization=house["g"], code="bonus", kind="stored_value_bonus", unit="CNY", scale=2)
    group = Programme.objects.create(organization=house["g"], name="Group")
    published(group, rules=[rule(money, Decimal("0.05"), rounding="half_up")], starts_at=LONG_AGO)
    Programme.objects.filter(pk=house["club"].pk).update(closed_at=LONG_AGO)
    accept(order("o1", "u1", amount="99.90"))
    earned(house)
    assert held(holder(), money, at=NOW).available == Decimal("5.00")


def test_everything_can_be_settled_after_a_first_plan_that_begins_in_the_past(house):
    shared = book(organization=house["g"], code="group")
    accept(account("x", channel="ad"), order("g1", "x", channel="ad", amount="70.00"))
    follow()
    group = Programme.objects.create(organization=house["g"], name="Group")
    published(group, rules=[rule(shared, 1)], starts_at=LONG_AGO, now=NOW)
    call_command("earn_points", every_order=True, stdout=io.StringIO())
    assert held(holder("x"), shared, at=NOW).available == 70


def test_many_orders_ask_as_many_questions_as_one(house, django_assert_num_queries):
    accept(*(account(f"n{each}") for each in range(30)))
    accept(*(order(f"a{each}", f"n{each}") for each in range(30)))
    keys = list(Order.objects.values_list("channel_id", "external_id"))
    with django_assert_num_queries(16):
        assert earning.settle(keys=keys, now=NOW) == 30
    with django_assert_num_queries(10):
        assert earning.settle(keys=keys, now=NOW) == 0


def test_points_wait_until_the_order_is_completed_and_the_days_after_are_over(house):
    Book.objects.filter(pk=house["book"].pk).update(waits_from="completed", pending_days=7)
    accept(order("o1", "u1", amount="100.00"), order("o2", "u1", amount="50.00", status="completed"))
    assert earned(house) == 50
    assert held(holder(), house["book"], at=NOW).waiting == 100
    accept(order("o1", "u1", amount="100.00", status="completed", updated_at=NOW.isoformat()))
    follow()
    assert [available(holder(), house["book"], at=NOW + days * DAY) for days in (6, 7)] == [50, 150]
    earning.settle_everything(now=NOW)
    assert available(holder(), house["book"], at=NOW + 7 * DAY) == 150
    accept(returned("r1", "o1", refund="40.00", on=200), now=NOW + 300 * DAY)
    assert earned(house, at=NOW + 7 * DAY) == 110


def test_earning_is_told_in_the_log(house):
    accept(order("o1", "u1", amount="10.00"))
    follow()
    told = Event.objects.get(name="points.earned")
    assert told.properties == {"book": "points", "amount": "10", "order": "o1"}


def test_an_import_taken_back_takes_back_what_it_earned(house):
    accept(account("u1"), order("o1", "u1", amount="40.00"))
    told = [order("o1", "u1", amount="100.00", on=3), order("o2", "u1", amount="7.00"), account("u9")]
    run = brought(*told, order("o9", "u9"))
    assert earned(house) == 107
    take_back(run)
    assert earned(house) == 40
    assert not Wallet.objects.exclude(balance__in=[0, 40]).filter(role="").exists()


HISTORY = [
    order("o1", "u1", amount="100.00"),
    order("o1", "u1", amount="60.00", on=2),
    order("o2", "u1", amount="50.50"),
    order("o2", "u1", amount="50.50", on=5, status="cancelled"),
    returned("r1", "o1", refund="20.00", on=3),
    order("o3", "u2", amount="10.00"),
    account("u2", on=4),
]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(HISTORY), st.lists(st.booleans(), min_size=len(HISTORY), max_size=len(HISTORY)))
def test_any_order_of_arrival_earns_the_same(house, facts, follows):
    with transaction.atomic():
        for record, now in zip(facts, follows, strict=True):
            accept(record)
            if now:
                follow()
        found = earned(house), earned(house, "u2")
        transaction.set_rollback(True)
    assert found == (40, 10)


def test_points_that_are_over_and_lie_there_still_pay_for_no_return(house):
    Book.objects.filter(pk=house["book"].pk).update(expiry="months_after", expiry_months=1)
    accept(order("o1", "u1", amount="100.00"), order("o2", "u1", amount="30.00", on=140))
    follow()
    now = NOW - 5 * DAY
    points.spend(account=holder(), book=house["book"], amount=30, key=key(), now=now)
    accept(returned("r2", "o2", refund="30.00", on=150))
    follow()
    back = Posting.objects.get(verb="reverse")
    assert (back.amount, back.short) == (0, 30)
    points.expire(now=NOW)
    assert Posting.objects.get(verb="expire").amount == -100
