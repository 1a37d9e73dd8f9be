"""Budgets: down the tree, held, settled, given back, never overspent."""

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.actions import budgets
from campaigns.models import Budget, BudgetDraw, BudgetMove
from campaigns.queries import budgets as read
from members.actions import holds, points, postings, reversals
from members.models import Hold, Posting
from tests import factories
from tests.campaigns.making import staff
from tests.campaigns.pots import MINUTE, NOW, budget, fund, hold, money, standing
from tests.connections import at_once
from tests.members.ledger import purses
from tests.members.ledger.purses import accounts, earn, key


@pytest.fixture(autouse=True)
def _adds_up(db):
    yield
    assert purses.faults() == []


def grant(above, to, amount, **more):
    told = {"key": key(), "by": staff("owner"), "now": NOW} | more
    return budgets.grant(budget=above, to=to, amount=amount, **told)


def of(kind, found) -> int:
    return sum(isinstance(each, kind) for each in found)


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("CMP-040")
def test_of_two_grants_of_60_at_once_from_a_budget_of_100_one_is_refused_and_after_its_refund_it_returns():
    ours = budget(organization=factories.organization(), amount=100)
    found = at_once(*(lambda each=each: hold(ours, 6_000, key=each) for each in ("till-1", "till-2")))
    assert (of(holds.Held, found), of(budgets.NoBudget, found)) == (1, 1)
    assert standing(ours) == (10_000, 6_000, 0, 4_000)
    won = next(each.key for each in found if isinstance(each, holds.Held))
    holds.commit(key=won, now=NOW)
    assert standing(ours) == (10_000, 0, 6_000, 4_000)
    budgets.give_back(hold=won, offer="ACT-1", steps=6_000, key="return-1", now=NOW)
    assert standing(ours) == (10_000, 0, 0, 10_000)
    assert hold(ours, 6_000).state == "open"


@pytest.mark.django_db(transaction=True)
def test_of_two_grants_down_at_once_one_is_refused():
    group = factories.organization()
    above = budget(organization=group, amount=100)
    below = [budget(organization=group, parent=above) for _ in range(2)]
    found = at_once(*(lambda each=each: grant(above, each, 60) for each in below))
    assert of(budgets.NoBudget, found) == 1
    assert sorted(standing(each)[3] for each in (above, *below)) == [0, 4_000, 6_000]


def test_money_goes_down_the_tree_and_back(nodes):
    group = budget(organization=nodes["g"], amount=1_000)
    brand = budget(organization=nodes["b1"], parent=group, amount=400)
    dealer = budget(organization=nodes["d1"], parent=brand, amount=150)
    assert [standing(each) for each in (group, brand, dealer)] == [
        (60_000, 0, 0, 60_000), (25_000, 0, 0, 25_000), (15_000, 0, 0, 15_000),
    ]  # fmt: skip
    budgets.take_back(budget=dealer, amount=50, key="back", by=staff("owner"), now=NOW)
    assert [standing(each)[3] for each in (brand, dealer)] == [30_000, 10_000]
    with pytest.raises(budgets.NoBudget, match=r"101.00 CNY were asked for, and 100.00 can be spent"):
        budgets.take_back(budget=dealer, amount=101, key="more", by=staff("owner"), now=NOW)


def test_money_goes_nowhere_else(nodes):
    group = budget(organization=nodes["g"], amount=100)
    brand = budget(organization=nodes["b1"], parent=group)
    dealer = budget(organization=nodes["d1"], parent=brand)
    with pytest.raises(budgets.NotInTheTree, match="not right below"):
        grant(group, dealer, 1)
    with pytest.raises(budgets.NotInTheTree, match="from the budget above"):
        fund(brand, 1)
    with pytest.raises(budgets.NotInTheTree, match="top of its tree"):
        budgets.take_back(budget=group, amount=1, key="x", by=staff("owner"), now=NOW)


def test_the_same_key_moves_once(nodes):
    group = budget(organization=nodes["g"], amount=100)
    brand = budget(organization=nodes["b1"], parent=group)
    assert grant(group, brand, 10, key="a") == grant(group, brand, 10, key="a")
    assert standing(brand)[3] == 1_000
    with pytest.raises(postings.KeyReused):
        grant(group, brand, 11, key="a")
    first = hold(brand, 500, key="till")
    assert hold(brand, 500, key="till") == first
    with pytest.raises(postings.KeyReused):
        hold(brand, 501, key="till")
    assert BudgetDraw.objects.count() == 1


def test_a_hold_that_is_cancelled_or_over_gives_all_back(nodes):
    ours = budget(organization=nodes["g"], amount=100)
    hold(ours, 3_000, key="cancelled")
    hold(ours, 2_000, key="over")
    assert standing(ours) == (10_000, 5_000, 0, 5_000)
    holds.cancel(key="cancelled", now=NOW)
    assert standing(ours) == (10_000, 2_000, 0, 8_000)
    holds.lapse(now=NOW + 10 * MINUTE)
    assert standing(ours) == (10_000, 0, 0, 10_000)


def test_the_customers_points_and_the_budget_are_held_together_or_not_at_all(nodes):
    ours, points_book = budget(organization=nodes["g"], amount=10), purses.book(organization=nodes["g"])
    [account] = accounts(1, organization=nodes["g"])
    earn(account, points_book, 100)
    part = holds.Part(points_book, 80)
    with pytest.raises(budgets.NoBudget):
        hold(ours, 1_001, account=account, parts=[part])
    with pytest.raises(points.NotEnough, match="100 can be spent"):
        hold(ours, 1_000, account=account, parts=[holds.Part(points_book, 101)])
    assert (Hold.objects.count(), standing(ours)[3]) == (0, 1_000)
    hold(ours, 1_000, account=account, parts=[part], key="till")
    assert purses.available(account, points_book) == 20
    holds.commit(key="till", amounts={"points": 50}, now=NOW)
    assert purses.available(account, points_book) == 50
    assert standing(ours) == (1_000, 0, 1_000, 0)


def test_a_guest_has_nothing_of_his_own_to_hold(nodes):
    ours, points_book = budget(organization=nodes["g"], amount=10), purses.book(organization=nodes["g"])
    with pytest.raises(holds.amounts.Unfit, match="A guest has no value"):
        hold(ours, 1, parts=[holds.Part(points_book, 1)])


def test_costs_are_shared_between_budgets_and_given_back_in_their_shares(nodes):
    brand, dealer = (budget(organization=nodes[each], amount=100) for each in ("b1", "d1"))
    costs = [
        budgets.Cost(brand, "ACT-1", 667),
        budgets.Cost(dealer, "ACT-1", 333),
        budgets.Cost(dealer, "ACT-2", 50),
    ]
    hold(brand, 0, costs=costs, key="till", organization=nodes["s1"])
    holds.commit(key="till", now=NOW)
    backs = [
        budgets.give_back(hold="till", offer="ACT-1", steps=steps, key=f"return-{steps}", now=NOW)
        for steps in (1, 498, 501)
    ]
    assert [sum(each.values()) for each in backs] == [1, 498, 501]
    assert [standing(each)[2] for each in (brand, dealer)] == [0, 50]
    with pytest.raises(reversals.NotReversible, match="0 can be given back"):
        budgets.give_back(hold="till", offer="ACT-1", steps=1, key="more", now=NOW)


def test_costs_of_a_sale_are_split_to_the_cent_among_who_pays(nodes):
    brand, dealer, store = (budget(organization=nodes[each]) for each in ("b1", "d1", "s1"))
    shares = {"A": ((brand, 3_333), (dealer, 3_333), (store, 3_334)), "B": ((dealer, 10_000),)}
    found = budgets.costs(amounts={"A": 100, "B": 7, "C": 9, "D": 0}, shares=shares)
    assert [(each.budget, each.offer, each.steps) for each in found] == [
        (brand, "A", 33), (dealer, "A", 33), (store, "A", 34), (dealer, "B", 7),
    ]  # fmt: skip


def test_giving_back_with_the_same_key_happens_once(nodes):
    ours = budget(organization=nodes["g"], amount=100)
    hold(ours, 1_000, key="till")
    holds.commit(key="till", now=NOW)
    told = {"hold": "till", "offer": "ACT-1", "steps": 400, "key": "return", "now": NOW}
    assert budgets.give_back(**told) == budgets.give_back(**told) == {ours.pk: 400}
    assert standing(ours) == (10_000, 0, 600, 9_400)


@pytest.mark.django_db(transaction=True)
def test_two_returns_at_once_give_back_no_more_than_was_drawn():
    ours = budget(organization=factories.organization(), amount=100)
    hold(ours, 1_000, key="till")
    holds.commit(key="till", now=NOW)

    def back(number):
        return budgets.give_back(hold="till", offer="ACT-1", steps=600, key=f"return-{number}", now=NOW)

    found = at_once(*(lambda number=number: back(number) for number in range(3)))
    assert (of(dict, found), of(reversals.NotReversible, found)) == (1, 2)
    assert standing(ours) == (10_000, 0, 400, 9_600)


def test_a_sliced_budget_is_spent_to_its_last_cent(nodes):
    ours = budget(organization=nodes["g"], amount=1, slices=4)
    assert sorted(read.wallets(budgets=[ours])[ours.pk].values()) == [25, 25, 25, 25]
    for _each in range(3):
        hold(ours, 30)
    with pytest.raises(budgets.NoBudget, match=r"0.11 CNY were asked for|11"):
        hold(ours, 11)
    hold(ours, 10)
    assert standing(ours) == (100, 100, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_eight_tills_share_a_sliced_budget_without_overspending_or_waiting_for_ever():
    ours = budget(organization=factories.organization(), amount=1, slices=3)
    found = at_once(*(lambda number=number: hold(ours, 15, key=f"till-{number}") for number in range(8)))
    assert (of(holds.Held, found), of(budgets.NoBudget, found)) == (6, 2)
    assert standing(ours) == (100, 90, 0, 10)


def test_a_budget_that_gets_busy_is_sliced_with_what_is_left(nodes):
    ours = budget(organization=nodes["g"], amount=1)
    hold(ours, 10, key="before")
    for _twice in range(2):
        ours = budgets.slice_(budget=ours, slices=4, by=staff("owner"), now=NOW)
    assert sorted(read.wallets(budgets=[ours])[ours.pk].values()) == [22, 22, 23, 23]
    assert standing(ours) == (100, 10, 0, 90)
    holds.cancel(key="before", now=NOW)
    assert standing(ours) == (100, 0, 0, 100)
    fund(ours, 1)
    hold(ours, 200)
    with pytest.raises(holds.amounts.Unfit, match="has 4 slices"):
        budgets.slice_(budget=ours, slices=3, by=staff("owner"), now=NOW)


@pytest.mark.django_db(transaction=True)
def test_tills_go_on_while_a_budget_is_sliced():
    ours = budget(organization=factories.organization(), amount=1)
    slicing = [lambda: budgets.slice_(budget=ours, slices=3, by=staff("owner"), now=NOW)] * 2
    found = at_once(
        *slicing, *(lambda number=number: hold(ours, 20, key=f"till-{number}") for number in range(6))
    )
    ours.refresh_from_db()
    assert (of(holds.Held, found), of(budgets.NoBudget, found), of(Budget, found)) == (5, 1, 2)
    assert standing(ours) == (100, 100, 0, 0)


def test_what_is_left_to_an_offer_is_what_its_poorest_budget_can_pay(nodes):
    rich, poor = (budget(organization=nodes["g"], amount=amount) for amount in (100, 1))
    shares = {"A": [(rich, 10_000)], "B": [(rich, 7_500), (poor, 2_500)], "C": []}
    assert read.left(shares=shares) == {"A": 10_000, "B": 400}


def test_a_settlement_tells_who_paid_what_where(nodes):
    brand, dealer = (budget(organization=nodes[each], amount=100) for each in ("b1", "d1"))
    for number, place in enumerate(["s1", "s1", "s3"]):
        costs = [budgets.Cost(brand, "ACT-1", 300), budgets.Cost(dealer, "ACT-1", 100)]
        told = {"organization": nodes[place], "key": f"till-{number}", "cause": f"SO-{number}"}
        hold(brand, 0, costs=costs, **told)
        holds.commit(key=f"till-{number}", now=NOW)
    budgets.give_back(hold="till-0", offer="ACT-1", steps=200, key="return", now=NOW)
    told = {"since": NOW - MINUTE, "until": NOW + MINUTE}
    found = read.settlement(node=nodes["s1"], **told)
    assert [(each.budget, each.spent, each.back, each.orders) for each in found] == [
        (brand.pk, 600, 150, 2), (dealer.pk, 200, 50, 2),
    ]  # fmt: skip
    assert sum(each.spent - each.back for each in read.settlement(node=nodes["g"], **told)) == 1_000
    assert read.settlement(node=nodes["s1"], since=NOW + MINUTE, until=NOW + 2 * MINUTE) == []


def test_the_database_refuses_what_is_no_budget(nodes):
    group = budget(organization=nodes["g"], amount=10)
    told = {"owner": staff("owner"), "created_by": staff("owner"), "created_at": NOW, "name": "x"}
    faults = {
        "neither expires nor falls below zero": {"organization": nodes["g"], "book": purses.book(organization=nodes["g"])},
        "part of one of its own organization": {"organization": nodes["g"], "parent": budget(organization=nodes["b1"]), "book": group.book},
        "budget_code_plain": {"organization": nodes["g"], "book": group.book, "code": "a b"},
        "budget_slices": {"organization": nodes["g"], "book": group.book, "slices": 0},
        "budget_parent_in_its_book": {
            "organization": nodes["b1"], "parent": group,
            "book": purses.book(code="other", organization=nodes["g"], kind="budget"),
        },
    }  # fmt: skip
    for message, fields in faults.items():
        with pytest.raises(IntegrityError, match=message), transaction.atomic():
            Budget.objects.create(**({"code": key()} | told | fields))
    for change in (
        {"slices": 0},
        {"book": purses.book(code="third", organization=nodes["g"], kind="budget")},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            Budget.objects.filter(pk=group.pk).update(**change)
    for model in (Budget, BudgetMove):
        with pytest.raises(DatabaseError, match=r"never deleted|append-only"), transaction.atomic():
            model.objects.all()._raw_delete("default")
    with pytest.raises(ValidationError):
        budgets.create(
            organization=nodes["g"],
            code="",
            name="x",
            book=money(organization=nodes["g"]),
            owner=staff("o"),
            by=staff("o"),
            now=NOW,
        )


def test_a_draw_is_for_an_offer_and_stays(nodes):
    ours = budget(organization=nodes["g"], amount=10)
    hold(ours, 100)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        BudgetDraw.objects.update(offer="other")
    with pytest.raises(IntegrityError, match="budget_draw_for_an_offer"), transaction.atomic():
        BudgetDraw.objects.create(posting=Posting.objects.earliest("id"), budget=ours, offer="", cause="SO-1")


@given(st.integers(1, 10_000), st.lists(st.integers(0, 10_000), min_size=1, max_size=6).filter(any))
@settings(max_examples=200)
def test_shares_add_up_and_stay_within_their_weights(steps, weights):
    weights = dict(enumerate(weights))
    steps = min(steps, sum(weights.values()))
    parts = read.apportioned(steps, weights)
    assert sum(parts.values()) == steps
    assert all(0 <= part <= weights[each] for each, part in parts.items())
