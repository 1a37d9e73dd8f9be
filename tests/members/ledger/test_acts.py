"""Actions earn what the rules say of them: each, once a day or once, whatever arrives first and however often."""

import datetime as dt
import io
from collections import Counter
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from identity.actions import intake, undoing
from identity.models import IngestRun
from members.actions import acts, earning, erasure, points
from members.models import Account, Book, Event, EventCursor, Lot, Posting, Programme, Wallet
from members.models.event import SettledBefore
from members.queries import movements, proofs
from tests.identity import company
from tests.identity.company import NOW, accept, account, event, order, review
from tests.members.ledger.purses import DAY, available, book, held, key, merge, split
from tests.members.plans import action, published, rule

LONG_AGO = NOW - 1000 * DAY


@pytest.fixture(autouse=True)
def _within_its_transaction(monkeypatch):
    """A test's events are never settled: its transaction is still open."""
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))


@pytest.fixture
def house(db):
    nodes = company.build()
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    accept(account("u1"), account("u2"))
    return {
        **nodes,
        "club": club,
        "book": book(organization=nodes["b1"], expiry="months_after", expiry_months=12),
    }


def plan(house, *rules, starts_at=LONG_AGO, **more):
    return published(house["club"], rules=rules, starts_at=starts_at, **more)


def short(house, *rules, starts_at, ends_at, **more):
    return plan(house, *rules, starts_at=starts_at, ends_at=ends_at, cycle="short", **more)


def follow(now=NOW) -> None:
    while earning.follow(now=now):
        pass
    assert [each for each in proofs.findings() if each.count] == []


def again() -> None:
    """The log is read from its beginning: nothing may come of it."""
    before = Posting.objects.count()
    EventCursor.objects.filter(reader=earning.READER).update(tx=0, event_id=0)
    follow()
    assert Posting.objects.count() == before


def holder(external_id="u1") -> Account:
    return Account.objects.get(external_id=external_id)


def earned(house, external_id="u1"):
    """What the account itself has, whoever the person is."""
    follow()
    return sum(Posting.objects.filter(account=holder(external_id)).values_list("amount", flat=True))


def signed(on, who="u1", *, hour=10, **more):
    return event("sign_in", who, occurred_at=company.day(on, hour), **more)


@pytest.mark.requirement("MEM-017")
def test_a_rule_gives_points_by_action_once_with_its_source_and_its_expiry(house):
    ruling = plan(house, action(house["book"], 5))
    accept(signed(1), signed(1), signed(2))
    assert earned(house) == 10
    accept(signed(1))
    assert earned(house) == 10
    again()
    newest, *_ = movements.of(member=holder().member, book=house["book"])
    assert (newest.amount, newest.cause) == (5, f"plan {ruling.name}, sign_in")
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


def brought(*records):
    run = IngestRun.objects.create(source="f", fingerprint="f", state="finished", started_at=NOW)
    intake.accept(records=list(records), source="file", now=NOW, run=run)
    return run


def take_back(run):
    withdrawal = undoing.begin(run=run, reason="the wrong file", by=None, now=NOW)
    undoing.go_on(withdrawal=withdrawal, clock=lambda: NOW)


def test_an_import_taken_back_takes_back_what_its_actions_earned(house):
    plan(
        house, action(house["book"], 5), action(house["book"], 3, per="day"), action(house["book"], 50, per="once"),
        action(house["book"], 20, event="review.posted"),
    )  # fmt: skip
    accept(signed(2), order("o1", "u1"))
    run = brought(
        signed(1), signed(2, hour=12), signed(3), signed(4, "u9"), account("u9"), review("v1", "o1")
    )
    assert (earned(house), earned(house, "u9")) == (4 * 5 + 3 * 3 + 50 + 20, 58)
    gone = Wallet.objects.get(account=holder("u9"))
    take_back(run)
    assert earned(house) == 58
    gone.refresh_from_db()
    assert gone.balance == 0
    again()
    accept(signed(1), account("u9"), signed(4, "u9"))
    assert (earned(house), earned(house, "u9")) == (66, 58)


def test_what_is_taken_back_from_one_account_another_one_of_the_person_earned_as_well(house):
    plan(house, action(house["book"], 50, per="once"))
    accept(account("p1", phone="13800138000"), account("p2", phone="13800138000"))
    run = brought(signed(1, "p1"))
    accept(signed(2, "p2"))
    assert (earned(house, "p1"), earned(house, "p2")) == (50, 0)
    take_back(run)
    assert holder("p1").member == holder("p2").member
    assert (earned(house, "p1"), earned(house, "p2")) == (0, 50)
    again()


def test_what_an_erased_person_was_given_stays_though_the_log_says_less_of_him(house):
    plan(house, action(house["book"], 5), action(house["book"], 50, per="once"))
    accept(signed(1, external_id="e1"), signed(1, hour=11, external_id="e1", properties={"a": 2}), signed(2))
    assert earned(house) == 60
    account = holder()
    erase(account.member)
    acts.settle(told=(), accounts=[account.pk], now=NOW)
    again()
    assert Wallet.objects.get(account=account.pk).balance == 60


def erase(member):
    asked = erasure.request(member=member, reason="asked by letter", now=NOW, door="command")
    erasure.carry_out(erasure=asked, now=NOW)


def test_points_that_were_spent_are_taken_from_others_and_the_rest_is_let_go(house):
    plan(house, action(house["book"], 100), rule(house["book"], 1))
    run = brought(signed(1))
    accept(order("o1", "u1", amount="30.00"))
    assert earned(house) == 130
    points.spend(account=holder(), book=house["book"], amount=120, key=key(), now=NOW)
    take_back(run)
    follow()
    assert held(holder(), house["book"]) is None or available(holder(), house["book"], at=NOW) == 0
    back = Posting.objects.get(verb="reverse")
    assert (back.amount, back.short) == (-10, 90)


def test_what_staff_took_back_is_not_given_again_nor_taken_twice(house):
    plan(house, action(house["book"], 5))
    run = brought(signed(1))
    follow()
    points.reverse(posting=Posting.objects.get(), key=key(), now=NOW, reason="not he")
    again()
    assert earned(house) == 0
    take_back(run)
    assert earned(house) == 0
    assert Posting.objects.count() == 2


def test_actions_before_the_first_plan_earn_when_all_are_looked_at(house):
    accept(signed(1), signed(2), signed(2, "u2"))
    follow()
    plan(house, action(house["book"], 5, per="once"), now=NOW)
    call_command("earn_points", every_action=True, stdout=io.StringIO())
    assert (earned(house), earned(house, "u2")) == (5, 5)
    call_command("earn_points", every_action=True, stdout=io.StringIO())
    again()


def test_many_actions_ask_as_many_questions_as_a_few(house, django_assert_max_num_queries):
    plan(house, action(house["book"], 5, per="day"))
    accept(*(account(f"n{each}") for each in range(90)))
    accept(*(signed(1, f"n{each}") for each in range(90)))
    told = list(Event.objects.filter(name="sign_in").order_by("id"))
    with CaptureQueriesContext(connection) as few:
        assert acts.settle(told=told[:25], now=NOW) == 25
    with django_assert_max_num_queries(len(few)):
        assert acts.settle(told=told[25:], now=NOW) == 65


HISTORY = [
    signed(1), signed(1, hour=12), signed(2, "u2"), signed(3, "u2", hour=3), signed(3, "u2", hour=20), signed(150),
    signed(151, hour=8), signed(151, hour=11), signed(151, "u2", hour=11), event("share", "u1", on=151, external_id="s1"),
    event("share", "u1", on=4, external_id="s1"), account("u3"), signed(6, "u3"), signed(151, "u3", hour=11),
]  # fmt: skip
DOUBLE = dt.datetime(2026, 6, 1, 10, tzinfo=dt.UTC)


def oracle() -> dict[str, int]:
    """What the actions of the history earn, reckoned from the rules of the test below."""
    found, had, zone = Counter(), set(), timezone.get_default_timezone()
    for each in sorted(
        (each for each in HISTORY if each["type"] == "event"), key=lambda each: each["occurred_at"]
    ):
        who, at = each["account"], dt.datetime.fromisoformat(each["occurred_at"])
        if each["name"] == "share":
            gains = {(who, each["external_id"]): 7}
        else:
            gains = {(who, at): 2, (who, at.astimezone(zone).date()): 5, who: 50}
        times = 2 if at >= DOUBLE and each["name"] == "sign_in" else 1
        found[who] += times * sum(gain for what, gain in gains.items() if what not in had)
        had |= gains.keys()
    return dict(found)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(HISTORY), st.lists(st.integers(0, 2), min_size=len(HISTORY), max_size=len(HISTORY)))
def test_any_order_of_arrival_earns_the_same(house, facts, follows):
    with transaction.atomic():
        plan(
            house, action(house["book"], 5, per="day"), action(house["book"], 2), action(house["book"], 50, per="once"),
            action(house["book"], 7, event="share"),
        )  # fmt: skip
        double = action(house["book"], times=Decimal(2), channels=["app"])
        short(house, double, starts_at=DOUBLE, ends_at=DOUBLE + DAY)
        for record, times in zip(facts, follows, strict=True):
            for _ in range(max(1, times)):
                accept(record)
            if times:
                follow()
        found = {each: earned(house, each) for each in ("u1", "u2", "u3")}
        transaction.set_rollback(True)
    assert found == oracle()
