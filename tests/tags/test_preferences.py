"""Preferences: channel, hour, interest, promotion, taste. None below its smallest sample, none where two are alike."""

import datetime as dt

import numpy as np
import pytest
from django.utils import timezone

from members.models import Event, OrderLine, OrderPayment
from tags.conditions.faults import Fault
from tags.models_of import best_time, channel_preference, interest, promotion_preference, taste
from tags.models_of.learning import TooLittle
from tests import factories
from tests.tags.modelled import learned, said
from tests.tags.world import days_ago, person

pytestmark = pytest.mark.django_db


def messages(member, way: str, *, sent: int, clicked: int) -> None:
    account = member.account
    given = {
        "account": account,
        "channel": account.channel,
        "organization": account.organization,
        "touchpoint": way,
    }
    told = [Event(**given, name="message.sent", occurred_at=days_ago(30)) for _ in range(sent)]
    clicks = [
        Event(
            **given, name="link_clicked", occurred_at=days_ago(29), properties={"message": f"{way}{number}"}
        )
        for number in range(clicked)
    ]
    Event.objects.bulk_create([*told, *clicks])


@pytest.mark.requirement("TAG-095")
def test_one_percent_of_sms_and_nine_of_pushes_prefer_push_and_few_messages_prefer_nothing(town):
    member, new, silent, one_way = (person(town) for _ in range(4))
    messages(member, "sms", sent=100, clicked=1)
    messages(member, "push", sent=100, clicked=9)
    messages(new, "sms", sent=4, clicked=0)
    messages(new, "push", sent=4, clicked=4)
    messages(silent, "sms", sent=10, clicked=0)
    messages(silent, "push", sent=10, clicked=0)
    messages(one_way, "sms", sent=10, clicked=9)
    assert said(town, channel_preference) == {member.pk: "push"}
    assert said(town, channel_preference, members=[member, new]) == {member.pk: "push"}


def test_few_answers_on_one_way_weigh_less_than_the_rate_of_everybody(town):
    """2 of 5 on SMS, where others answer 1 in 100, is luck; 4 of 20 pushes, where others answer 1 in 5, is not."""
    for _ in range(10):
        other = person(town)
        messages(other, "sms", sent=100, clicked=1)
        messages(other, "push", sent=100, clicked=20)
    member = person(town)
    messages(member, "sms", sent=5, clicked=1)
    messages(member, "push", sent=30, clicked=5)
    assert 1 / 5 > 5 / 30
    assert said(town, channel_preference)[member.pk] == "push"


def test_the_prior_by_moments_finds_the_one_that_rates_were_drawn_from():
    chance = np.random.default_rng(7)
    sent = chance.integers(5, 60, size=40_000).astype(float)
    answered = chance.binomial(sent.astype(int), chance.beta(2.0, 18.0, size=40_000)).astype(float)
    a, b = channel_preference.prior(sent, answered)
    assert a == pytest.approx(2.0, rel=0.08)
    assert b == pytest.approx(18.0, rel=0.08)


def test_people_who_are_alike_give_a_strong_prior():
    sent = np.full(1_000, 100.0)
    assert channel_preference.prior(sent, np.full(1_000, 10.0)) == (1_000.0, 9_000.0)


def test_answers_on_one_way_only_are_too_little(town):
    member = person(town)
    messages(member, "sms", sent=10, clicked=3)
    with pytest.raises(TooLittle, match="two ways; messages were answered on 1"):
        learned(town, channel_preference.parse({}))


def at_hour(hour: int, *, days: int, minute: int = 30) -> dt.datetime:
    """So many days ago by the project's clock."""
    day = timezone.localtime(days_ago(days)).date()
    return dt.datetime.combine(day, dt.time(hour, minute), tzinfo=timezone.get_default_timezone())


@pytest.mark.requirement("TAG-096")
def test_eight_of_ten_clicks_between_20_and_21_make_20_the_best_hour(town):
    member = person(town)
    for days in range(1, 9):
        factories.event(account=member.account, name="link_clicked", at=at_hour(20, days=days))
    for hour in (9, 21):
        factories.event(account=member.account, name="link_clicked", at=at_hour(hour, days=9, minute=0))
    assert said(town, best_time) == {member.pk: "20"}
    assert said(town, best_time, members=[member]) == {member.pk: "20"}


def test_no_hour_below_the_fewest_facts_without_its_part_or_where_two_are_alike(town):
    few, spread, alike, bought = (person(town) for _ in range(4))
    for days in range(1, 5):
        factories.event(account=few.account, name="link_clicked", at=at_hour(20, days=days))
    for hour in range(8, 18):
        factories.event(account=spread.account, name="link_clicked", at=at_hour(hour, days=2))
    for days in range(1, 4):
        factories.event(account=alike.account, name="link_clicked", at=at_hour(8, days=days))
        factories.event(account=alike.account, name="link_clicked", at=at_hour(9, days=days))
    for days in range(1, 6):
        factories.order(account=bought.account, at=at_hour(7, days=days))
    assert said(town, best_time) == {bought.pk: "7"}
    assert said(town, best_time, {"purchases": False}) == {}


def test_the_best_day_of_the_week_counts_from_monday(town):
    member = person(town)
    monday = timezone.localtime(days_ago(1)).date()
    monday -= dt.timedelta(days=monday.weekday())
    for week in range(5):
        at = dt.datetime.combine(
            monday - dt.timedelta(weeks=week), dt.time(0, 5), tzinfo=timezone.get_default_timezone()
        )
        factories.event(account=member.account, name="link_clicked", at=at)
    assert said(town, best_time, {"part": "weekday"}) == {member.pk: "1"}


@pytest.mark.requirement("TAG-097")
def test_who_viewed_coffee_machines_most_is_interested_in_them(town):
    other = person(town)
    factories.order(account=other.account, sku="CM1", category="coffee machines", at=days_ago(300))
    factories.order(account=other.account, sku="TV1", category="tv", at=days_ago(300))
    member, few = person(town), person(town)
    for _ in range(3):
        factories.event(account=member.account, name="product_view", at=days_ago(2), sku="CM1")
    factories.event(account=member.account, name="category_view", at=days_ago(2), category="coffee machines")
    for _ in range(2):
        factories.event(account=member.account, name="product_view", at=days_ago(1), sku="TV1")
        factories.event(account=few.account, name="product_view", at=days_ago(1), sku="TV1")
    factories.event(account=member.account, name="product_view", at=days_ago(1), sku="never sold")
    assert said(town, interest) == {member.pk: "coffee machines"}


def test_what_was_bought_counts_as_interest(town):
    member = person(town)
    for days in (5, 6, 7):
        factories.order(account=member.account, sku="T1", category="tea", at=days_ago(days))
    factories.event(account=member.account, name="product_view", at=days_ago(1), category="tv")
    assert said(town, interest) == {member.pk: "tea"}
    assert said(town, interest, {"bought": 0}) == {}


@pytest.mark.requirement("TAG-027")
def test_three_of_four_orders_with_a_full_reduction_prefer_it(town):
    member, few, plain = (person(town) for _ in range(3))
    for days in (1, 2, 3):
        factories.order(account=member.account, discount=20, at=days_ago(days))
    factories.order(account=member.account, coupons=["C1"], at=days_ago(4))
    for days in (1, 2):
        factories.order(account=few.account, discount=20, at=days_ago(days))
    for days in (1, 2, 3, 4):
        factories.order(account=plain.account, at=days_ago(days))
    assert said(town, promotion_preference) == {member.pk: "full_reduction"}
    names = {code: chinese for code, _english, chinese in promotion_preference.VALUES}
    assert names["full_reduction"] == "满减"


def test_the_form_of_a_promotion_is_told_by_the_order_or_read_from_it(town):
    told, points, lines, back = (person(town) for _ in range(4))
    for days in (1, 2, 3):
        factories.order(
            account=told.account, discount=9, at=days_ago(days), attribution={"promotions": ["gift", "odd"]}
        )
        paid = factories.order(account=points.account, at=days_ago(days))
        OrderPayment.objects.create(order=paid, position=1, method="points", amount=5)
        cheap = factories.order(account=lines.account, at=days_ago(days))
        OrderLine.objects.filter(order=cheap).update(discount=5)
        gone = factories.order(account=back.account, discount=9, at=days_ago(days))
        factories.returned(order=gone, amount=gone.amount)
    assert said(town, promotion_preference) == {told.pk: "gift", points.pk: "points", lines.pk: "price_off"}


COFFEE = {
    "words": {
        "americano": {"names": ["Americano", "美式"]},
        "latte": {"skus": ["L1"]},
        "tea": {"categories": ["tea"]},
    }
}


@pytest.mark.requirement("TAG-099")
def test_eight_americano_of_ten_taste_of_americano(town):
    member, few, mixed = (person(town) for _ in range(3))
    for number in range(10):
        order = factories.order(account=member.account, sku="L1" if number < 2 else "A1", at=days_ago(number))
        OrderLine.objects.filter(order=order, sku="A1").update(name="Iced AMERICANO, large")
    for days in range(4):
        factories.order(account=few.account, sku="L1", at=days_ago(days))
    for days in range(5):
        factories.order(account=mixed.account, sku="L1", at=days_ago(days))
        factories.order(account=mixed.account, category="tea", at=days_ago(days))
    assert said(town, taste, COFFEE) == {member.pk: "americano"}
    assert said(town, taste, COFFEE, members=[member, few]) == {member.pk: "americano"}


@pytest.mark.parametrize(
    ("module", "parameters", "place"),
    [
        (channel_preference, {"ways": ["smoke"]}, "parameters.ways"),
        (channel_preference, {"least": 0}, "parameters.least"),
        (best_time, {"part": "minute"}, "parameters.part"),
        (best_time, {"share": 0}, "parameters.share"),
        (interest, {"window": {"days": 10**6}}, "parameters.window.days"),
        (promotion_preference, {"share": "1.5"}, "parameters.share"),
        (taste, {}, "parameters"),
        (taste, {"words": {}}, "parameters.words"),
        (taste, {"words": {"mild": {}}}, "parameters.words.mild"),
        (taste, {"words": {"mild": {"names": 5}}}, "parameters.words.mild.names"),
    ],
)
def test_wrong_parameters_are_named(module, parameters, place):
    with pytest.raises(Fault) as fault:
        module.parse(parameters)
    assert fault.value.place == place


def test_an_order_of_an_unusual_amount_is_taken_for_a_mistake(town):
    """As everywhere where purchases are counted (docs/conditions.md)."""
    member = person(town)
    for amount in (5, 5, 5, 5, 1_000_000_000):
        factories.order(account=member.account, sku="A1", amount=amount, at=days_ago(3))
    words = {"words": {"americano": {"skus": ["A1"]}}}
    assert said(town, taste, words) == {}
    assert said(town, taste, {**words, "least": 4}) == {member.pk: "americano"}
