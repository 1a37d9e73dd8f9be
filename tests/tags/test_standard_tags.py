"""Tags of the library, computed as a run does: numbers, words that data brings, and what follows a change at once."""

import datetime as dt

import pytest

from members.models import MemberProfile, Membership
from tags import library
from tags.actions import compute, definitions
from tags.conditions import moments
from tags.models import Category, MemberTags, Tag
from tags.models_of import age
from tests import factories
from tests.members import clubs
from tests.tags.modelled import said
from tests.tags.test_compute import held
from tests.tags.world import NOW, days_ago, person

pytestmark = pytest.mark.django_db


def install(town, *codes: str) -> None:
    """These tags of the library alone."""
    category = factories.category(organization=town.group)
    for each in library.DEFINITIONS:
        if each.code in codes:
            definitions.define(organization=town.group, now=NOW, category=category, **each.fields())
    assert Tag.objects.count() == len(codes)
    assert Category.objects.count() == 1


def number(member, code: str) -> float | None:
    row = MemberTags.objects.get(member=member)
    return row.numbers[Tag.objects.get(code=code).slot - 1]


@pytest.mark.requirement("TAG-005")
def test_four_net_orders_of_a_year_are_four_and_one_returned_in_full_leaves_three(town):
    install(town, "order_count_365d", "amount_365d", "aov", "days_since_order")
    member, nobody = person(town), person(town)
    for days in (10, 20, 30, 365):
        order = factories.order(account=member.account, amount=100, at=days_ago(days))
    factories.order(account=member.account, amount=100, at=days_ago(366))
    assert compute.compute(now=NOW).error == ""
    figures = ("order_count_365d", "amount_365d", "aov", "days_since_order")
    assert [number(member, code) for code in figures] == [4, 400, 100, 10]
    assert [number(nobody, code) for code in figures] == [0, 0, None, None]
    factories.returned(order=order, amount=100)
    compute.compute(now=NOW, members=[member.pk])
    assert [number(member, code) for code in figures] == [3, 300, 100, 10]


@pytest.mark.requirement("TAG-021")
def test_sex_is_as_the_profile_says_and_unknown_stays_unknown(town):
    install(town, "gender")
    woman, unknown = person(town, gender="female"), person(town, name="李雷")
    compute.compute(now=NOW)
    assert held() == {(woman.pk, "gender", "female"), (unknown.pk, "gender", "unknown")}


@pytest.mark.requirement("TAG-022")
def test_age_changes_on_the_birthday(town):
    member, leap = (
        person(town, birth_date=dt.date(1980, 11, 21)),
        person(town, birth_date=dt.date(2000, 2, 29)),
    )
    person(town)

    def on(*day: int) -> dict:
        return said(town, age, as_of=moments.moment(dt.date(*day)))

    assert on(2025, 11, 20)[member.pk] == 44
    assert on(2025, 11, 21)[member.pk] == 45
    assert [on(2025, 2, 28)[leap.pk], on(2025, 3, 1)[leap.pk], on(2028, 2, 29)[leap.pk]] == [24, 25, 28]
    assert set(on(2025, 11, 21)) == {member.pk, leap.pk}


def test_age_is_a_number_of_the_library(town):
    install(town, "age")
    member, nobody = person(town, birth_date=dt.date(1980, 11, 21)), person(town)
    MemberProfile.objects.create(member=nobody)
    compute.compute(now=NOW)
    assert number(member, "age") == 45
    assert not MemberTags.objects.filter(member=nobody).exists() or number(nobody, "age") is None


def test_the_tag_of_a_tier_is_the_one_that_the_plan_gives(town):
    install(town, "tier")
    club = clubs.club(organization=town.group)
    member, basic, never = (person(town, at=clubs.BEGAN) for _ in range(3))
    book = clubs.growth(organization=town.group)
    clubs.ruled(club, book=book)
    for account in (member.account, basic.account):
        Membership.objects.filter(account=account).update(joined_at=days_ago(400))
    clubs.fact(club, member.account, tier="gold", day="2025-06-01")
    compute.compute(now=NOW)
    assert held() == {(member.pk, "tier", "gold"), (basic.pk, "tier", "silver")}
    clubs.fact(club, member.account, tier="black", day="2026-01-02")
    compute.compute(now=NOW, members=[member.pk, basic.pk, never.pk])
    assert held() == {(member.pk, "tier", "black"), (basic.pk, "tier", "silver")}


def test_a_tier_that_a_channel_states_is_one_where_no_plan_rules(town):
    install(town, "tier")
    clubs.club(organization=town.group)
    member = person(town)
    Membership.objects.filter(account=member.account).update(tier="gold", tier_at=NOW, stated_at=NOW)
    compute.compute(now=NOW)
    assert held() == {(member.pk, "tier", "gold")}


def test_activities_and_carts_are_words_as_soon_as_they_are_met(town):
    install(town, "joined", "cart")
    member = person(town)
    compute.compute(now=NOW)
    factories.event(account=member.account, name="activity_joined", at=days_ago(0.1), activity="A1")
    factories.event(account=member.account, name="add_to_cart", at=days_ago(0.1), sku="SKU1")
    compute.compute(now=NOW, members=[member.pk])
    assert held() == {(member.pk, "joined", "A1"), (member.pk, "cart", "SKU1")}
    factories.order(account=member.account, sku="SKU1", at=NOW)
    compute.compute(now=NOW, members=[member.pk])
    assert held() == {(member.pk, "joined", "A1")}


def test_a_need_is_told_with_the_offer_that_answers_it(town):
    install(town, "appliance_need", "need_offer", "category_group")
    for amount in range(100, 2_200, 100):
        factories.order(account=person(town).account, amount=amount, at=days_ago(10))
    owner = person(town)
    factories.order(account=owner.account, amount=3_000, category="refrigerator", at=days_ago(3_653))
    factories.order(account=owner.account, amount=30, category="air-conditioner", at=days_ago(30))
    assert compute.compute(now=NOW).error == ""
    said_of = {(tag, value) for member, tag, value in held() if member == owner.pk}
    assert said_of == {
        ("appliance_need", "replacement"), ("need_offer", "trade_in"), ("category_group", "appliances"),
    }  # fmt: skip
