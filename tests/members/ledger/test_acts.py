"""Actions earn what the rules say of them: each, once a day or once, whatever arrives first and however often."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from members.models import Book, Event, Lot, Posting, Programme
from members.queries import movements
from tests.identity import company
from tests.identity.company import NOW, accept, account, event, order, review
from tests.members.ledger import deeds
from tests.members.ledger.deeds import again, earned, follow, holder, plan, short, signed
from tests.members.ledger.purses import DAY, available, merge, split
from tests.members.plans import action, rule

pytestmark = pytest.mark.usefixtures("within_its_transaction")


@pytest.fixture
def house(db):
    return deeds.house()


@pytest.mark.requirement("MEM-017")
def test_a_rule_gives_points_by_action_once_with_its_source_and_its_expiry(house):
    ruling = plan(house, action(house["book"], 5))
    accept(signed(1), signed(1), signed(2))
    assert earned(house) == 10
    accept(signed(1))
    assert earned(house) == 10
    again()
    newest, *_ = movements.of(member=holder().member, book=house["book"])
    assert (newest.amount, newest.cause, newest.event) == (5, f"plan {ruling.name}", "sign_in")
    ends = Lot.objects.filter(wallet__account=holder()).order_by("id").values_list("expires_at", flat=True)
    assert [each.date() for each in ends] == [dt.date(2027, 1, 2), dt.date(2027, 1, 3)]


def test_once_a_day_is_a_day_of_the_company(house, settings):
    settings.TIME_ZONE = "Asia/Shanghai"
    plan(house, action(house["book"], 5, per="day"))
    accept(signed(1, hour=1), signed(1, hour=15), signed(1, hour=17), signed(2, hour=15), signed(2, hour=16))
    assert earned(house) == 15
    again()


def test_once_is_once_whatever_comes_later_and_in_whatever_version(house):
    plan(
        house,
        action(house["book"], 50, event="bind_phone", per="once"),
        action(house["book"], 5, per="day"),
    )
    plan(
        house, action(house["book"], 80, event="bind_phone", per="once"), action(house["book"], 5, per="day"),
        starts_at=NOW - 30 * DAY, now=NOW - 40 * DAY,
    )  # fmt: skip
    done = [event("bind_phone", "u1", occurred_at=(NOW - each * DAY).isoformat()) for each in (90, 60, 5)]
    accept(done[2])
    assert earned(house) == 80
    accept(done[1], done[0])
    assert earned(house) == 50
    accept(event("bind_phone", "u2", occurred_at=(NOW - 5 * DAY).isoformat()))
    assert earned(house, "u2") == 80
    again()


def test_the_day_on_which_a_version_begins_gives_once(house):
    plan(house, action(house["book"], 5, per="day"))
    plan(house, action(house["book"], 7, per="day"), starts_at=NOW - DAY, now=NOW - 2 * DAY)
    accept(event("sign_in", "u1", occurred_at=(NOW - DAY - dt.timedelta(hours=1)).isoformat()))
    accept(event("sign_in", "u1", occurred_at=(NOW - DAY + dt.timedelta(hours=1)).isoformat()))
    assert earned(house) == 5


def test_a_person_is_given_once_though_both_accounts_act(house):
    merge(holder("u1"), holder("u2"))
    plan(
        house,
        action(house["book"], 5, per="day"),
        action(house["book"], 50, per="once"),
        action(house["book"], 1),
    )
    accept(signed(1, "u2", hour=9), signed(1, "u1", hour=8), signed(2, "u2"))
    assert (earned(house, "u1"), earned(house, "u2")) == (56, 6 + 1)
    accept(signed(1, "u2", hour=7))
    assert (earned(house, "u1"), earned(house, "u2")) == (56, 8)
    again()
    split(holder("u1"), holder("u2"))
    assert (earned(house, "u1"), earned(house, "u2")) == (56, 8)
    accept(signed(5, "u2"))
    assert (earned(house, "u1"), earned(house, "u2")) == (56, 8 + 56)


def test_what_two_accounts_were_given_before_they_became_one_person_stays(house):
    plan(house, action(house["book"], 50, per="once"))
    accept(signed(1, "u1"), signed(1, "u2"))
    assert (earned(house, "u1"), earned(house, "u2")) == (50, 50)
    merge(holder("u1"), holder("u2"))
    accept(signed(3, "u1"), signed(3, "u2"))
    assert available(holder("u1"), house["book"], at=NOW) == 100
    again()
    split(holder("u1"), holder("u2"))
    assert (earned(house, "u1"), earned(house, "u2")) == (50, 50)


def test_what_the_house_writes_earns_nothing(house):
    with pytest.raises(IntegrityError, match="earning_rule_of_a_customers_action"), transaction.atomic():
        plan(house, action(house["book"], 1, event="points.earned"))
    ruling = plan(house, rule(house["book"], 1), action(house["book"], 5))
    accept(order("o1", "u1", amount="10.00"), signed(1))
    assert earned(house) == 15
    told = Event.objects.filter(name="points.earned").values_list("properties__amount", flat=True)
    assert sorted(told) == ["10", "5"]
    assert ruling.earning_rules.filter(event="").count() == 1


@pytest.mark.parametrize(
    ("wrong", "broken"),
    [
        ({"rate": 1}, "earning_rule_of_an_action"),
        ({"currency": "CNY"}, "earning_rule_of_an_action"),
        ({"skus": ["S1"]}, "earning_rule_of_an_action"),
        ({"at_least": 5}, "earning_rule_of_an_action"),
        ({"per": ""}, "earning_rule_of_an_action"),
        ({"per": "week"}, "earning_rule_of_an_action"),
        ({"fixed": 0}, "earning_rule_of_an_action_gives"),
        ({"fixed": 0, "times": 2, "per": "day"}, "earning_rule_of_an_action_gives"),
        ({"event": "", "currency": "CNY"}, "earning_rule_of_an_action"),
        ({"event": "", "per": ""}, "earning_rule_currency"),
    ],
)  # fmt: skip
def test_a_rule_for_an_action_says_nothing_of_money_or_goods(house, wrong, broken):
    with pytest.raises(IntegrityError, match=f'"{broken}"'), transaction.atomic():
        plan(house, action(house["book"], 5) | wrong)


def test_an_event_that_waits_earns_when_its_account_comes(house):
    plan(house, action(house["book"], 5), action(house["book"], 50, event="review.posted"))
    accept(event("sign_in", "late"), review("v1", "o1"))
    follow()
    assert not Posting.objects.exists()
    accept(account("late"), order("o1", "u1"))
    assert (earned(house, "late"), earned(house)) == (5, 50)
    again()


def test_a_review_earns_once_though_it_is_written_anew(house):
    plan(house, action(house["book"], 20, event="review.posted"))
    accept(order("o1", "u1"), review("v1", "o1"), review("v1", "o1", rating=5, updated_at=company.day(5)))
    assert earned(house) == 20
    accept(review("v1", "o1", rating=1, updated_at=company.day(9)), review("v2", "o1"))
    assert earned(house) == 40
    again()


def test_an_event_told_anew_under_its_number_earns_once(house):
    plan(house, action(house["book"], 5))
    accept(
        signed(1, external_id="e1", properties={"a": 1}),
        signed(1, hour=11, external_id="e1", properties={"a": 2}),
    )
    assert earned(house) == 5
    accept(signed(1, hour=11, external_id="e2"))
    assert earned(house) == 10


@pytest.mark.requirement("MEM-032")
def test_a_short_plan_gives_movements_of_its_own(house):
    long = plan(house, action(house["book"], 5, per="day"))
    weekend = short(
        house, action(house["book"], times=Decimal(2)), action(house["book"], 30, per="once", channels=["app"]),
        starts_at=NOW - 10 * DAY, ends_at=NOW - 8 * DAY,
    )  # fmt: skip
    times = [
        NOW - 11 * DAY,
        NOW - 10 * DAY,
        NOW - 10 * DAY + dt.timedelta(hours=1),
        NOW - 9 * DAY,
        NOW - 8 * DAY,
    ]
    accept(*(event("sign_in", "u1", occurred_at=at.isoformat()) for at in times))
    assert earned(house) == 4 * 5 + 2 * 5 + 30
    told = Posting.objects.values_list("plan", "amount")
    assert sorted(told) == sorted([(long.pk, 5)] * 4 + [(weekend.pk, 5)] * 2 + [(weekend.pk, 30)])


def test_what_the_long_plan_did_not_give_is_not_doubled(house):
    """Who signed in that morning has had that day's points when the double hours begin."""
    plan(house, action(house["book"], 5, per="day"))
    noon = NOW - 10 * DAY
    short(house, action(house["book"], times=Decimal(3)), starts_at=noon, ends_at=NOW)
    early, late = (
        event("sign_in", "u1", occurred_at=(noon + hour).isoformat()) for hour in (-DAY / 24, DAY / 24)
    )
    accept(late)
    assert earned(house) == 15
    accept(early)
    assert earned(house) == 5
    again()


def test_where_and_when_nothing_rules_nothing_is_earned(house):
    plan(house, action(house["book"], 5, channels=["mall"]), starts_at=NOW - 30 * DAY)
    soon = {"occurred_at": (NOW - DAY).isoformat()}
    accept(account("x", channel="ad"), account("m", channel="mall"))
    accept(
        event("sign_in", "u1", **soon), event("sign_in", "x", channel="ad", **soon),
        event("sign_in", "m", channel="mall", occurred_at=(NOW - 31 * DAY).isoformat()),
    )  # fmt: skip
    follow()
    assert not Posting.objects.exists()
    accept(event("sign_in", "m", channel="mall", **soon))
    assert earned(house, "m") == 5


def test_a_closed_programme_or_book_gives_nothing_for_what_happens_then(house):
    plan(house, action(house["book"], 5))
    Book.objects.filter(pk=house["book"].pk).update(closed_at=NOW - 20 * DAY)
    accept(*(event("sign_in", "u1", occurred_at=(NOW - each * DAY).isoformat()) for each in (21, 20, 19)))
    assert earned(house) == 5
    Book.objects.filter(pk=house["book"].pk).update(closed_at=None)
    Programme.objects.filter(pk=house["club"].pk).update(closed_at=NOW - 10 * DAY)
    accept(*(event("sign_in", "u2", occurred_at=(NOW - each * DAY).isoformat()) for each in (11, 10, 9)))
    assert earned(house, "u2") == 5
