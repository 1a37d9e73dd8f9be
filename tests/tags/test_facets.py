"""The first tags by their facets, as the list and the API filter them."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from tags.actions import compute, definitions
from tags.models import Category, MemberTags, Tag
from tests import factories
from tests.tags import world
from tests.tags.world import NOW, days_ago

pytestmark = pytest.mark.django_db
LIST = "admin:tags_tag_changelist"


@pytest.fixture
def listed(town, client):
    """Codes of the tags that the list shows under some filters."""
    cache.clear()
    definitions.install(organization=town.group, now=NOW)
    client.force_login(factories.staff(superuser=True))
    return lambda **facets: {tag.code for tag in client.get(reverse(LIST), facets).context["cl"].queryset}


OF_ORDERS = {
    "frequency_365d", "last_order", "value_band", "rfm", "big_ticket", "first_channel", "buys_where", "gave_back",
    "order_count_365d", "amount_365d", "aov", "days_since_order",
}  # fmt: skip


@pytest.mark.requirement("TAG-002")
def test_crowd_holds_age_sex_and_region_and_nothing_of_orders(listed):
    found = listed(category="crowd")
    assert {"age_group", "gender", "province"} <= found
    assert listed(category="transaction") >= OF_ORDERS
    assert not found & OF_ORDERS
    assert not [code for code in found if Tag.objects.get(code=code).kind == "value"]


@pytest.mark.requirement("TAG-003")
def test_member_holds_its_six_dimensions(listed):
    member = Category.objects.get(code="member")
    names = list(member.dimensions.order_by("position").values_list("name", flat=True))
    assert [name.rsplit(" ", 1)[0] for name in names] == [
        "Tier", "Loyalty", "Participation", "Join path", "Lifecycle", "Self-propagation",
    ]  # fmt: skip
    for dimension in member.dimensions.all():
        assert listed(category=dimension.code), dimension.code
        assert listed(category=dimension.code) <= listed(category="member")


@pytest.mark.requirement("TAG-020")
def test_attributes_are_sex_age_and_province(listed):
    assert {"gender", "age_group", "province"} <= listed(kind__exact="attribute")
    assert "rfm" not in listed(kind__exact="attribute")


@pytest.mark.requirement("TAG-026")
def test_values_are_promotion_preference_purchasing_power_and_fan_activeness(listed):
    assert {"promotion_preference", "purchasing_power", "fan_activeness"} <= listed(kind__exact="value")
    assert not {"gender", "age_group", "province"} & listed(kind__exact="value")


@pytest.mark.requirement("TAG-018")
def test_two_orders_in_ninety_days_and_no_return_are_exactly_three_of_ten(town):
    ages = [[1, 30], [5, 80, 85], [10, 89], [1], [], [100, 95], [20, 91], [3, 4], [2, 50], [200]]
    members = [world.person(town) for _number in ages]
    orders = [
        [factories.order(account=member.account, at=days_ago(age)) for age in own]
        for member, own in zip(members, ages, strict=True)
    ]
    for back in (orders[7][0], orders[8][1]):
        factories.returned(order=back, amount="100.00", at=days_ago(1))
    bought = {"orders": {"aggregate": "count", "window": {"days": 90}, "op": ">=", "value": 2}}
    gave_back = {"orders": {"aggregate": "count", "where": {"returned": True}}}
    definitions.define(
        code="keeper", name="Keeper", organization=town.group, now=NOW,
        values=[("yes", "Yes", {"all": [bought, {"not": gave_back}]})],
        category=factories.category(organization=town.group), **dict.fromkeys(SAID, "said"),
    )  # fmt: skip
    compute.compute(now=NOW)
    value = Tag.objects.get(code="keeper").values.get().pk
    holders = MemberTags.objects.filter(values__contains=[value]).values_list("member", flat=True)
    assert set(holders) == {member.pk for member in members[:3]}


SAID = ("definition", "direction", "benefit", "purpose", "consumer", "expected_action", "owner")
