"""Short plans on top of the long one: for a time, a season, a holiday; switched on, stopped and replaced at once."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from members.actions import earning, plans, points
from members.models import Account, Event, Plan, Posting, Programme
from members.models.event import SettledBefore
from members.queries import plans as reading
from tests import factories
from tests.identity import company
from tests.identity.company import NOW, accept, account, order, returned
from tests.members.ledger.purses import DAY, available, book, faults
from tests.members.plans import published, rule

SHANGHAI = ZoneInfo("Asia/Shanghai")
SECOND = dt.timedelta(seconds=1)


def at(*parts) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=SHANGHAI)


@pytest.fixture
def house(db, monkeypatch, settings):
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))  # a test's transaction is still open
    settings.TIME_ZONE = "Asia/Shanghai"
    nodes = company.build()
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    ours = book(organization=nodes["b1"])
    long = published(club, rules=[rule(ours, 1)], starts_at=at(2020, 1, 1))
    accept(account("u1"))
    return {**nodes, "club": club, "book": ours, "long": long}


def short(house, *rules, now, **plan) -> Plan:
    rules = rules or (rule(house["book"], times=2),)
    return published(house["club"], cycle="short", rules=rules, now=now, **{"starts_at": now} | plan)


def sold(name, moment, *, now=None, amount="100.00", **more):
    accept(order(name, "u1", amount=amount, occurred_at=moment.isoformat(), **more), now=now or moment)


def settle(now=NOW + 3000 * DAY) -> None:
    while earning.follow(now=now):
        pass
    assert faults() == []


def parts(name) -> dict:
    """What an order stands at, by plan."""
    settle()
    found: dict = {}
    for plan, amount in Posting.objects.filter(order_key=name).values_list("plan", "amount"):
        found[plan] = found.get(plan, 0) + amount
    return found


@pytest.mark.requirement("MEM-024")
def test_double_points_switched_on_at_noon(house):
    noon = at(2026, 6, 6, 12)
    weekend = short(house, now=noon, ends_at=at(2026, 6, 8))
    sold("before", noon - dt.timedelta(minutes=1), now=noon)
    sold("after", noon + dt.timedelta(minutes=1))
    long = house["long"].pk
    assert (parts("before"), parts("after")) == ({long: 100}, {long: 100, weekend.pk: 100})
    assert reading.in_force(programme=house["club"], at=noon + DAY) == house["long"]
    assert Plan.objects.filter(cycle="long").count() == 1


@pytest.mark.requirement("MEM-032")
def test_long_and_short_give_separate_movements(house):
    saturday = at(2026, 6, 6)
    weekend = short(house, now=saturday, ends_at=at(2026, 6, 8))
    sold("o1", saturday + DAY)
    assert parts("o1") == {house["long"].pk: 100, weekend.pk: 100}
    assert available(Account.objects.get(), house["book"], at=saturday + DAY) == 200
    accept(returned("r1", "o1", refund="33.30", on=200), now=at(2026, 8, 1))
    assert parts("o1") == {house["long"].pk: 66, weekend.pk: 66}
    accept(returned("r2", "o1", refund="66.70", on=201), now=at(2026, 8, 1))
    assert parts("o1") == {house["long"].pk: 0, weekend.pk: 0}


@pytest.mark.requirement("MEM-025")
def test_a_summer_plan_gives_more_for_air_conditioners_in_its_season(house):
    extra = rule(house["book"], 1, categories=["air_conditioner"])
    summer = short(
        house, extra, now=at(2026, 1, 1), calendar="season", season_from="06-01", season_to="08-31"
    )
    goods = [
        {"line": 1, "sku": "AC1", "category": "air_conditioner", "quantity": "1", "unit_price": "100.00"}
    ]
    moments = {
        "may": at(2026, 6, 1) - SECOND, "first": at(2026, 6, 1), "last": at(2026, 9, 1) - SECOND,
        "september": at(2026, 9, 1), "next": at(2027, 7, 1),
    }  # fmt: skip
    for name, moment in moments.items():
        sold(name, moment, lines=goods)
    sold("fridge", at(2026, 7, 1))
    long = {house["long"].pk: 100}
    both = long | {summer.pk: 100}
    found = [parts(name) for name in (*moments, "fridge")]
    assert found == [long, both, both, long, both, long]


@pytest.mark.requirement("MEM-026")
def test_a_mid_autumn_plan_gives_more_on_the_day_in_each_year(house):
    feast = short(house, now=at(2023, 1, 1), calendar="holiday", holiday="mid_autumn")
    for name, moment in (("a", at(2024, 9, 17, 8)), ("b", at(2025, 10, 6, 8)), ("c", at(2025, 9, 17, 8))):
        sold(name, moment)
    assert [feast.pk in parts(name) for name in "abc"] == [True, True, False]


@pytest.mark.requirement("MEM-027")
def test_a_plan_stopped_ends_at_once_and_says_who_when_and_why(house):
    begin, stop = at(2026, 6, 1), at(2026, 6, 18, 20)
    answer = short(house, now=begin, ends_at=at(2026, 7, 1))
    staff = factories.staff()
    sold("before", stop - SECOND)
    assert parts("before") == {house["long"].pk: 100, answer.pk: 100}
    stopped = plans.stop(plan=answer, reason="competitor 618", by=staff, now=stop)
    assert (stopped.stopped_by, stopped.stopped_at, stopped.stop_reason) == (staff, stop, "competitor 618")
    told = Event.objects.get(name="plan.stopped")
    assert (told.properties["by"], told.occurred_at, told.properties["reason"]) == (
        staff.username,
        stop,
        "competitor 618",
    )
    sold("at", stop)
    sold("after", stop + dt.timedelta(minutes=1))
    earning.settle_everything(now=stop)
    long = house["long"].pk
    found = [parts(name) for name in ("before", "at", "after")]
    assert found == [{long: 100, answer.pk: 100}, {long: 100}, {long: 100}]


def test_stopped_and_replaced_in_the_same_second_leaves_no_gap_and_no_overlap(house):
    begin, change = at(2026, 6, 1), at(2026, 6, 10)
    first = short(house, now=begin, ends_at=at(2026, 7, 1))
    plans.stop(plan=first, reason="more", by=None, now=change)
    second = short(house, rule(house["book"], times=3), now=change, ends_at=at(2026, 7, 1))
    sold("a", change - SECOND)
    sold("b", change)
    long = house["long"].pk
    assert (parts("a"), parts("b")) == ({long: 100, first.pk: 100}, {long: 100, second.pk: 200})
    assert reading.shorts(programme=house["club"], at=change) == [second]


def test_a_short_plan_whose_start_has_passed_begins_when_it_is_published(house):
    now = at(2026, 6, 6, 12)
    plan = short(house, now=now, starts_at=now - 5 * DAY, ends_at=now + DAY)
    assert plan.starts_at == now


def test_two_short_plans_each_give_their_own_on_top_of_the_long_one_alone(house):
    now = at(2026, 6, 6)
    double = short(house, now=now, ends_at=now + DAY)
    bonus = short(house, rule(house["book"], fixed=30), now=now, ends_at=now + DAY)
    sold("o1", now)
    assert parts("o1") == {house["long"].pk: 100, double.pk: 100, bonus.pk: 30}


def test_points_spent_of_both_parts_come_back_once(house):
    now = at(2026, 6, 6)
    short(house, now=now, ends_at=now + DAY)
    sold("o1", now)
    settle()
    points.spend(account=Account.objects.get(), book=house["book"], amount=150, key="k", now=now)
    accept(returned("r1", "o1", refund="100.00", on=200), now=at(2026, 8, 1))
    settle()
    back = Posting.objects.filter(verb="reverse")
    assert sum(each.amount for each in back) == -50
    assert sum(each.short for each in back) == 150
    assert available(Account.objects.get(), house["book"], at=at(2026, 8, 2)) == 0


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_stop_needs_a_reason(house, reason):
    plan = short(house, now=at(2026, 6, 1), ends_at=at(2026, 7, 1))
    with pytest.raises(plans.Refused, match="Say why"):
        plans.stop(plan=plan, reason=reason, by=None, now=at(2026, 6, 2))


def test_only_a_short_plan_that_is_published_is_stopped_and_once(house):
    now = at(2026, 6, 2)
    plan = short(house, now=now, ends_at=at(2026, 7, 1))
    plans.stop(plan=plan, reason="enough", by=None, now=now)
    with pytest.raises(plans.Refused, match="Only a published plan"):
        plans.stop(plan=plan, reason="again", by=None, now=now)
    with pytest.raises(plans.Refused, match="until the next one"):
        plans.stop(plan=house["long"], reason="enough", by=None, now=now)
