"""Category groups, each in its own window and net of returns; and what an appliance's owner may need."""

import pytest

from members.models import Appliance, OrderLine, ReturnLine
from tags.conditions.faults import Fault
from tags.models_of import appliance_needs, category_groups
from tags.models_of.learning import TooLittle
from tests import factories
from tests.tags.modelled import learned, said
from tests.tags.world import days_ago, person

pytestmark = pytest.mark.django_db


def buyer(town, category: str, *days: float):
    member = person(town)
    for day in days:
        member.order = factories.order(account=member.account, category=category, at=days_ago(day))
    return member


@pytest.mark.requirement("TAG-089")
def test_two_diaper_orders_in_90_days_are_mother_and_baby_and_one_is_not(town):
    two, _one, _late = buyer(town, "diaper", 1, 90), buyer(town, "diaper", 1), buyer(town, "diaper", 1, 91)
    assert said(town, category_groups) == {two.pk: {"mother_baby"}}


@pytest.mark.requirement("TAG-090")
def test_five_fresh_food_orders_in_90_days_are_fresh_and_none_are_not(town):
    five, none = buyer(town, "生鲜", 1, 2, 3, 40, 80), person(town)
    assert said(town, category_groups, members=[five, none]) == {five.pk: {"fresh"}}


@pytest.mark.requirement("TAG-091")
def test_three_beverage_orders_are_beverages_and_one_may_be_in_several_groups(town):
    member = buyer(town, "drink", 1, 20, 60)
    for days in (3, 4):
        factories.order(account=member.account, category="diaper", at=days_ago(days))
    assert said(town, category_groups) == {member.pk: {"beverages", "mother_baby"}}


@pytest.mark.requirement("TAG-092")
def test_of_two_cosmetics_orders_one_came_back_so_that_one_is_left(town):
    kept, back, line_back = (buyer(town, "cosmetics", 1, 2) for _ in range(3))
    factories.returned(order=back.order, amount=back.order.amount)
    OrderLine.objects.create(
        order=line_back.order, line=2, sku="S9", category="book", quantity=1, unit_price=900, amount=900
    )
    type(line_back.order).objects.filter(pk=line_back.order.pk).update(amount=1_000)
    part = factories.returned(order=line_back.order, amount=100)
    ReturnLine.objects.create(returned=part, position=1, line=1, sku="S1", quantity=1, refund=100)
    assert said(town, category_groups) == {kept.pk: {"beauty"}}
    assert said(town, category_groups, members=[kept, back, line_back]) == {kept.pk: {"beauty"}}


@pytest.mark.requirement("TAG-093")
def test_one_appliance_order_in_365_days_is_a_group_in_a_window_of_its_own(town):
    year, _older, _fresh = (
        buyer(town, "air-conditioner", 365),
        buyer(town, "tv", 366),
        buyer(town, "fresh", 91, 92, 93),
    )
    assert said(town, category_groups) == {year.pk: {"appliances"}}


def test_several_lines_of_one_order_are_one_order(town):
    member = buyer(town, "diaper", 1)
    OrderLine.objects.create(
        order=member.order, line=2, sku="S2", category="diaper", quantity=1, unit_price=5, amount=5
    )
    assert said(town, category_groups) == {}


def test_a_brand_counts_what_its_own_stores_sold(town):
    member = person(town, organization=town.nodes["b1"])
    for store in ("s1", "s4"):
        factories.order(
            account=member.account, category="diaper", at=days_ago(1), organization=town.nodes[store]
        )
    assert said(town, category_groups) == {member.pk: {"mother_baby"}}
    assert said(town, category_groups, node="b1") == {}


def buyers(town, *amounts: int) -> None:
    """Others, so that it can be told what a high amount is."""
    for amount in amounts:
        factories.order(account=person(town).account, amount=amount, at=days_ago(10))


def owner(town, category: str, *, days: float, price: int = 3_000):
    member = person(town)
    factories.order(account=member.account, amount=price, category=category, sku="M1", at=days_ago(days))
    return member


YEAR = 365.25


@pytest.mark.requirement("TAG-085")
def test_a_fridge_bought_ten_years_ago_is_to_be_replaced_unless_there_is_a_newer_one(town):
    buyers(town, *range(100, 2_100, 100))
    old, _young, renewed = (owner(town, "refrigerator", days=years * YEAR) for years in (10, 8.9, 10))
    factories.order(account=renewed.account, amount=3_000, category="refrigerator", at=days_ago(700))
    assert said(town, appliance_needs) == {old.pk: {"replacement"}}
    assert said(town, appliance_needs, {"lives": {"refrigerator": 8}})[_young.pk] == {"replacement"}


def test_a_connected_appliance_is_owned_too(town):
    buyers(town, *range(100, 2_100, 100))
    member = person(town)
    Appliance.objects.create(
        serial="A1", category="washing-machine", bound_account=member.account, bound_at=days_ago(9 * YEAR)
    )
    assert said(town, appliance_needs) == {member.pk: {"replacement"}}


@pytest.mark.requirement("TAG-086")
def test_an_address_changed_and_no_air_conditioner_owned_is_a_new_fit_out(town):
    buyers(town, *range(100, 2_100, 100))
    moved, cool, earlier = person(town), owner(town, "air-conditioner", days=300), person(town)
    for member, days in ((moved, 20), (cool, 20), (earlier, 181)):
        factories.event(account=member.account, name="address_changed", at=days_ago(days))
    assert said(town, appliance_needs) == {moved.pk: {"new_fit_out"}}


@pytest.mark.requirement("TAG-087")
def test_the_owner_of_an_entry_tv_with_a_high_purchasing_power_is_to_upgrade(town):
    buyers(town, *range(100, 2_100, 100))
    rich, poor, fine = (owner(town, "tv", days=700, price=price) for price in (1_500, 1_500, 9_000))
    for member, amount in ((rich, 5_000), (poor, 50), (fine, 5_000)):
        factories.order(account=member.account, amount=amount, category="tea", at=days_ago(5))
    assert said(town, appliance_needs) == {rich.pk: {"upgrade"}}
    power = learned(town, appliance_needs.parse({}))["power"]
    assert 1_700 <= power <= 2_000


@pytest.mark.requirement("TAG-088")
def test_each_need_has_the_offer_that_answers_it(town):
    buyers(town, *range(100, 2_100, 100))
    old, moved, rich = (
        owner(town, "refrigerator", days=10 * YEAR),
        person(town),
        owner(town, "tv", days=700, price=999),
    )
    factories.event(account=moved.account, name="address_changed", at=days_ago(2))
    factories.order(account=rich.account, amount=9_000, category="tea", at=days_ago(5))
    offers = said(town, appliance_needs, {"gives": "offer"})
    assert offers == {old.pk: {"trade_in"}, moved.pk: {"full_reduction"}, rich.pk: {"high_end"}}


def test_who_has_a_high_purchasing_power_is_not_told_from_a_few_buyers(town):
    buyers(town, 100, 200, 300)
    with pytest.raises(TooLittle, match="from 20 buyers on; there are 3"):
        learned(town, appliance_needs.parse({}))


@pytest.mark.parametrize(
    ("module", "parameters", "place"),
    [
        (category_groups, {"groups": {}}, "parameters.groups"),
        (category_groups, {"groups": {"fresh": {}}}, "parameters.groups.fresh"),
        (
            category_groups,
            {"groups": {"fresh": {"categories": ["a"], "days": 10**6}}},
            "parameters.groups.fresh.days",
        ),
        (appliance_needs, {"lives": {"tv": 0}}, "parameters.lives.tv"),
        (appliance_needs, {"gives": "love"}, "parameters.gives"),
        (appliance_needs, {"power": 100}, "parameters.power"),
        (appliance_needs, {"entry": []}, "parameters.entry"),
    ],
)
def test_wrong_parameters_are_named(module, parameters, place):
    with pytest.raises(Fault) as fault:
        module.parse(parameters)
    assert fault.value.place == place
