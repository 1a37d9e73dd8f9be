"""Versions of the long plan: which one an order earns by, what can be published, and that nothing of it changes."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction

from members.actions import earning, plans
from members.models import (
    Account,
    Book,
    EarningRule,
    Event,
    GoodsSet,
    Plan,
    Posting,
    Programme,
    SpendRule,
    Tier,
)
from members.models.event import SettledBefore
from members.queries import plans as reading
from tests import factories
from tests.identity import company
from tests.identity.company import NOW, accept, account, order, returned
from tests.members.ledger.purses import DAY, available, book, faults, held
from tests.members.plans import drafted, published, rule

LONG_AGO = NOW - 1000 * DAY


@pytest.fixture
def house(db, monkeypatch):
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))  # a test's transaction is still open
    nodes = company.build()
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    ours = book(organization=nodes["b1"])
    accept(account("u1"))
    return {**nodes, "club": club, "book": ours}


def earned(house, external_id="u1", *, channel="app", at=NOW):
    while earning.follow(now=at):
        pass
    assert faults() == []
    holder = Account.objects.get(external_id=external_id, channel__code=channel)
    return available(holder, house["book"], at=at)


def refused(change) -> str:
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        change()
    return str(caught.value)


@pytest.mark.requirement("MEM-014")
def test_orders_before_a_version_s_start_earn_by_the_one_before_it(house):
    published(house["club"], rules=[rule(house["book"], 1)], starts_at=LONG_AGO)
    january = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    second = drafted(house["club"], rules=[rule(house["book"], 2)], starts_at=january, now=NOW)
    accept(order("o0", "u1", amount="10.00", occurred_at=january.isoformat()), now=january)
    assert earned(house, at=january) == 10
    third = plans.copy(plan=second, by=None, now=NOW)
    Plan.objects.filter(pk=third.pk).update(starts_at=january + DAY)
    plans.publish(plan=third, by=None, now=NOW)
    at = [january + DAY - dt.timedelta(microseconds=1), january + DAY, january + 2 * DAY]
    later = {"now": january + 3 * DAY}
    accept(
        *(
            order(f"o{n}", "u1", amount="100.00", occurred_at=each.isoformat())
            for n, each in enumerate(at, 1)
        ),
        **later,
    )
    assert earned(house, at=january + 3 * DAY) == 10 + 100 + 200 + 200
    versions = dict(Posting.objects.exclude(order_key="o0").values_list("order_key", "plan__number"))
    assert versions == {"o1": 1, "o2": 3, "o3": 3}


@pytest.mark.requirement("MEM-017")
def test_an_order_earns_its_amount_with_its_number_and_once(house):
    published(house["club"], rules=[rule(house["book"], 1)], starts_at=LONG_AGO)
    sale = order("SO-7", "u1", amount="199.00")
    accept(sale)
    assert earned(house) == 199
    accept(sale)
    assert earned(house) == 199
    assert list(Posting.objects.values_list("amount", "order_key")) == [(199, "SO-7")]


@pytest.mark.requirement("MEM-022")
def test_a_new_member_without_a_tag_earns_with_the_first_order(house):
    published(house["club"], rules=[rule(house["book"], 1)], starts_at=LONG_AGO)
    accept(account("new", on=1), order("first", "new", amount="50.00"))
    assert earned(house, "new") == 50


@pytest.mark.requirement("MEM-010")
def test_whoever_came_from_tmall_or_a_store_earns_the_same(house):
    growth = book(organization=house["b1"], code="growth", kind="growth")
    published(house["club"], rules=[rule(house["book"], 1), rule(growth, 2)], starts_at=LONG_AGO)
    for name, channel in (("t1", "tmall"), ("p1", "pos")):
        accept(account(name, channel=channel), order(name, name, channel=channel, amount="120.00"))
    found = [earned(house, name, channel=channel) for name, channel in (("t1", "tmall"), ("p1", "pos"))]
    grown = [held(Account.objects.get(external_id=name), growth, at=NOW).available for name in ("t1", "p1")]
    assert found + grown == [120, 120, 240, 240]


def test_a_brand_s_programme_rules_under_the_group_s_and_a_closed_one_no_longer(house):
    group = Programme.objects.create(organization=house["g"], name="Group")
    shared = book(organization=house["g"], code="group")
    published(group, rules=[rule(shared, 5)], starts_at=LONG_AGO)
    published(house["club"], rules=[rule(house["book"], 1)], starts_at=LONG_AGO)
    closing = NOW - 10 * DAY
    Programme.objects.filter(pk=house["club"].pk).update(closed_at=closing)
    for name, at in (("before", closing - DAY), ("at", closing)):
        accept(order(name, "u1", amount="10.00", occurred_at=at.isoformat()))
    assert earned(house) == 10
    assert held(Account.objects.get(), shared, at=NOW).available == 50


def test_a_closed_book_is_earned_in_no_more(house):
    published(house["club"], rules=[rule(house["book"], 1)], starts_at=LONG_AGO)
    closing = NOW - 10 * DAY
    Book.objects.filter(pk=house["book"].pk).update(closed_at=closing)
    for name, at in (("before", closing - DAY), ("at", closing)):
        accept(order(name, "u1", amount="10.00", occurred_at=at.isoformat()))
    assert earned(house) == 10


def test_an_order_moved_to_before_a_plan_s_start_loses_what_it_earned(house):
    begin = NOW - 20 * DAY
    published(house["club"], rules=[rule(house["book"], 1)], starts_at=begin)
    accept(order("o1", "u1", amount="10.00", occurred_at=begin.isoformat()))
    assert earned(house) == 10
    moved = (begin - dt.timedelta(seconds=1)).isoformat()
    accept(order("o1", "u1", amount="10.00", occurred_at=moved, updated_at=NOW.isoformat()))
    assert earned(house) == 0


def test_goods_are_told_apart_by_line_and_so_are_their_returns(house):
    eco = GoodsSet.objects.create(organization=house["b1"], code="eco", name="Eco", categories=["eco"])
    rules = [rule(house["book"], 3, goods=eco), rule(house["book"], 1)]
    published(house["club"], rules=rules, starts_at=LONG_AGO)
    lines = [
        {"line": 1, "sku": "S1", "quantity": "1", "unit_price": "100.00"},
        {"line": 2, "sku": "E1", "category": "eco", "quantity": "1", "unit_price": "100.00"},
    ]
    accept(order("o1", "u1", lines=lines))
    assert earned(house) == 400
    accept(returned("r1", "o1", lines=[{"line": 2, "quantity": "1", "refund": "50.00"}]))
    assert earned(house) == 250
    accept(returned("r2", "o1", on=3, lines=[{"sku": "S1", "quantity": "1", "refund": "100.00"}]))
    assert earned(house) == 150
    GoodsSet.objects.update(categories=["other"])
    earning.settle_everything(now=NOW)
    assert earned(house) == 150


def test_a_rule_is_for_channels_and_for_organizations_with_all_below(house):
    rules = [rule(house["book"], 1, channels=["pos"]), rule(house["book"], 2, organizations=["d1"])]
    published(house["club"], rules=rules, starts_at=LONG_AGO)
    accept(account("p1", channel="pos"), order("a", "p1", channel="pos", amount="10.00"))
    accept(order("b", "u1", organization="s2", amount="10.00"), order("c", "u1", amount="10.00"))
    assert (earned(house, "p1", channel="pos"), earned(house)) == (10, 20)


def test_what_is_published_stays(house):
    plan = published(house["club"], rules=[rule(house["book"], 1)], starts_at=LONG_AGO)
    row = EarningRule.objects.get()
    assert "published plan stay" in refused(lambda: EarningRule.objects.update(rate=5))
    assert "published plan stay" in refused(row.delete)
    assert "published plan stay" in refused(lambda: EarningRule.objects.create(plan=plan, book=house["book"], currency="CNY", position=2))  # fmt: skip
    draft = drafted(house["club"], rules=[rule(house["book"], 2)], starts_at=NOW + DAY)
    assert "published plan stay" in refused(lambda: draft.earning_rules.update(plan=plan, position=2))
    draft.earning_rules.update(rate=3)
    draft.delete()
    assert EarningRule.objects.get() == row


@pytest.mark.parametrize(
    "wrong",
    [{"rate": -1}, {"fixed": -1}, {"times": "0.5"}, {"times": 2, "rate": 1}, {"currency": "cny"}, {"rounding": "up"},
     {"at_least": 0}],
)  # fmt: skip
def test_a_rule_is_one_that_can_be_kept(house, wrong):
    assert "earning_rule" in refused(
        lambda: drafted(house["club"], rules=[rule(house["book"], **wrong)], starts_at=NOW)
    )


def test_a_place_in_a_book_is_taken_once(house):
    twice = [rule(house["book"], 1, position=1), rule(house["book"], 2, position=1)]
    assert "earning_rule_unique" in refused(lambda: drafted(house["club"], rules=twice, starts_at=NOW))


def test_a_plan_that_would_not_work_is_not_published(house):
    club, ours = house["club"], house["book"]
    elsewhere = book(organization=factories.organization(), code="elsewhere")
    below = book(organization=house["d1"], code="below")

    def refusal(now=NOW, **plan) -> str:
        draft = drafted(club, **{"rules": [rule(ours, 1)], "starts_at": NOW + DAY} | plan)
        with pytest.raises(plans.Refused) as refused:
            plans.publish(plan=draft, by=None, now=now)
        draft.refresh_from_db()
        assert draft.state == "draft"
        return str(refused.value)

    assert "no rule" in refusal(rules=[])
    for other in (elsewhere, below):
        assert "another organization" in refusal(rules=[rule(other, 1)])
    spending = [{"book": elsewhere, "currency": "CNY", "unit_value": 1}]
    assert "another organization" in refusal(spending=spending)
    assert "for short plans" in refusal(rules=[rule(ours, times=2)])
    assert "round alike" in refusal(rules=[rule(ours, 1), rule(ours, 2, rounding="half_up")])
    short = {"cycle": "short", "ends_at": NOW + 3 * DAY}
    assert "stands on a long one" in refusal(**short)
    published(club, rules=[rule(ours, 1)], starts_at=NOW - DAY)
    assert "begins in the future" in refusal(starts_at=NOW - DAY / 2)
    assert "needs an end" in refusal(cycle="short")
    assert "before it begins" in refusal(**short, now=NOW + 4 * DAY)
    assert "No holiday" in refusal(cycle="short", calendar="holiday", holiday="nobodys_day")
    assert "not a day" in refusal(cycle="short", calendar="season", season_from="02-30", season_to="03-01")
    published(club, rules=[rule(ours, 1)], starts_at=NOW + DAY)
    assert "begins at that instant" in refusal()
    Programme.objects.update(closed_at=NOW)
    assert "is closed" in refusal(starts_at=NOW + 2 * DAY)


def test_a_plan_is_published_once(house):
    plan = published(house["club"], rules=[rule(house["book"], 1)], starts_at=NOW)
    with pytest.raises(plans.Refused, match="Only a draft"):
        plans.publish(plan=plan, by=None, now=NOW)
    with pytest.raises(plans.Refused, match="Only a draft"):
        plans.lock_draft(plan=plan)


def test_who_drafted_and_published_is_in_the_log(house):
    staff = factories.staff()
    published(house["club"], rules=[rule(house["book"], 1)], starts_at=NOW, by=staff, name="Basis")
    told = Event.objects.get(name="plan.published")
    assert (told.organization, told.properties["by"], told.properties["name"]) == (
        house["b1"],
        staff.username,
        "Basis",
    )


def test_a_copy_has_the_same_rules_and_the_next_number(house):
    spending = [{"book": house["book"], "currency": "CNY", "unit_value": "0.01"}]
    plan = published(
        house["club"],
        rules=[rule(house["book"], 1), rule(house["book"], 2)],
        spending=spending,
        starts_at=NOW,
    )
    made = plans.copy(plan=plan, by=None, now=NOW)
    assert (made.state, made.number, made.starts_at) == ("draft", 2, NOW + DAY)
    assert list(made.earning_rules.order_by("position").values_list("rate", flat=True)) == [1, 2]
    assert (SpendRule.objects.count(), plan.earning_rules.count()) == (2, 2)


def test_the_version_in_force_is_the_latest_that_began(house):
    first = published(house["club"], rules=[rule(house["book"], 1)], starts_at=NOW)
    second = published(house["club"], rules=[rule(house["book"], 1)], starts_at=NOW + DAY)
    at = [NOW - DAY / 2, NOW, NOW + DAY - dt.timedelta(microseconds=1), NOW + DAY]
    found = [reading.in_force(programme=house["club"], at=each) for each in at]
    assert found == [None, first, first, second]


def test_a_plan_whose_tiers_would_not_work_is_not_published(house):
    club, ours = house["club"], house["book"]
    silver, gold = (
        Tier.objects.create(programme=club, code=code, name=code.title(), rank=rank)
        for rank, code in enumerate(("silver", "gold"), 1)
    )
    other = Programme.objects.create(organization=house["b2"], name="Other")
    foreign = Tier.objects.create(programme=other, code="vip", name="VIP", rank=1)
    growth = book(organization=house["b1"], code="growth", kind="growth")
    elsewhere = book(organization=house["b2"], code="else", kind="growth")

    def refusal(*tiers, rules=(), **plan) -> str:
        with pytest.raises(plans.Refused) as refused:
            published(club, rules=rules or [rule(ours, 1)], tiers=tiers, starts_at=NOW + DAY, **plan)
        return str(refused.value)

    reached = {"tier": gold, "growth_from": 1000}
    assert "another programme" in refusal({"tier": foreign}, growth_book=growth)
    assert "another organization" in refusal(reached, growth_book=elsewhere)
    assert "Points is one of points" in refusal(reached, growth_book=ours)
    steps = ({"tier": silver, "growth_from": 1000}, reached)
    assert "Gold stands above Silver" in refusal(*steps, growth_book=growth)
    assert "more growth to keep it" in refusal(reached | {"keep_from": 1001}, growth_book=growth)
    assert "no tier with the code vip" in refusal(rules=[rule(ours, 1, tiers=["gold", "vip"])])
    published(
        club,
        rules=[rule(ours, 1)],
        tiers=[reached, {"tier": silver, "growth_from": 0}],
        starts_at=NOW + DAY,
        growth_book=growth,
    )
    short = {"cycle": "short", "ends_at": NOW + 9 * DAY, "now": NOW + 2 * DAY}
    assert "ruled by the long cycle" in refusal(reached, **short)
    assert "ruled by the long cycle" in refusal(growth_book=growth, **short)


def test_goods_of_another_branch_are_not_in_a_plan(house):
    def plan(node):
        goods = GoodsSet.objects.create(organization=house[node], code=node, name=node, skus=["S1"])
        return drafted(house["club"], rules=[rule(house["book"], 2, goods=goods)], starts_at=NOW + DAY)

    with pytest.raises(plans.Refused, match="another branch"):
        plans.publish(plan=plan("b2"), by=None, now=NOW)
    for days, near in enumerate(("g", "b1", "d1"), 1):
        draft = plan(near)
        Plan.objects.filter(pk=draft.pk).update(starts_at=NOW + days * DAY)
        assert plans.publish(plan=draft, by=None, now=NOW).state == "published"
