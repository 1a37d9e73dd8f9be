"""Zodiac, join path, rates, what is in the cart and what was joined."""

import datetime as dt

import pytest

from members.models import Event, Membership
from tags.actions import compute
from tags.conditions.faults import Fault
from tags.models import MemberTags, Tag
from tags.models_of import in_cart, join_path, rate, words_of_events, zodiac
from tests import factories
from tests.tags.modelled import said
from tests.tags.test_standard_tags import install
from tests.tags.world import NOW, days_ago, person

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("TAG-100")
def test_the_fifth_of_august_is_a_lion_and_no_birthday_is_no_sign(town):
    member, _unknown = person(town, birth_date=dt.date(1990, 8, 5)), person(town, name="李雷")
    names = {code: chinese for code, _english, chinese in zodiac.VALUES}
    found = said(town, zodiac)
    assert {who: names[code] for who, code in found.items()} == {member.pk: "狮子座"}


@pytest.mark.parametrize(
    ("month", "day", "sign"),
    [
        (1, 19, "capricorn"), (1, 20, "aquarius"), (2, 18, "aquarius"), (2, 19, "pisces"), (2, 29, "pisces"),
        (3, 20, "pisces"), (3, 21, "aries"), (7, 22, "cancer"), (7, 23, "leo"), (12, 21, "sagittarius"), (12, 22, "capricorn"),
        (12, 31, "capricorn"),
    ],
)  # fmt: skip
def test_signs_change_on_their_days(town, month, day, sign):
    member = person(town, birth_date=dt.date(1992, month, day))
    assert said(town, zodiac, members=[member]) == {member.pk: sign}


@pytest.mark.requirement("TAG-012")
def test_who_scanned_the_code_of_a_store_and_joined_in_the_mini_program_took_that_path(town):
    mini = factories.channel(organization=town.group, code="mini", kind="mini_program")
    member, alone, never, late = (person(town, channel=mini) for _ in range(4))
    factories.event(account=member.account, name="scan", at=days_ago(3), store="s1")
    factories.event(account=member.account, name="ad_click", at=days_ago(2.5))
    factories.event(account=member.account, name="register", at=days_ago(2))
    factories.event(account=member.account, name="follow", at=days_ago(1))
    Membership.objects.filter(account=alone.account).update(joined_at=days_ago(5))
    factories.event(account=never.account, name="scan", at=days_ago(3))
    factories.event(account=late.account, name="scan", at=days_ago(40))
    factories.event(account=late.account, name="register", at=days_ago(5))
    paths = {member.pk: "store QR → mini-program", alone.pk: "mini-program", late.pk: "mini-program"}
    assert said(town, join_path) == paths
    assert said(town, join_path, members=[member, never]) == {member.pk: "store QR → mini-program"}


PARTICIPATION = {"done": ["activity_joined"], "occasions": ["activity_invited"], "by": "activity"}


@pytest.mark.requirement("TAG-011")
def test_invited_to_five_and_joined_three_is_60_percent_and_never_invited_is_nothing(town):
    member, _never, own, no = (person(town) for _ in range(4))
    for number in range(5):
        factories.event(account=member.account, name="activity_invited", activity=f"A{number}")
        factories.event(account=no.account, name="activity_invited", activity=f"A{number}")
    factories.event(account=member.account, name="activity_invited", activity="A1")
    for name in ("A0", "A1", "A1", "A2", "uninvited"):
        factories.event(account=member.account, name="activity_joined", activity=name)
    factories.event(account=own.account, name="activity_joined", activity="A1")
    assert said(town, rate, PARTICIPATION) == {member.pk: 60.0, no.pk: 0.0}


@pytest.mark.requirement("TAG-007")
def test_the_click_rate_of_the_library_counts_what_was_sent_by_sms_in_90_days(town):
    install(town, "sms_click_rate_90d")
    member, few = person(town), person(town)

    def told(who, name: str, days: float, way: str = "sms") -> None:
        account = who.account
        Event.objects.create(
            account=account, channel=account.channel, organization=account.organization, name=name,
            occurred_at=days_ago(days), touchpoint=way,
        )  # fmt: skip

    for days in range(8):
        told(member, "message.sent", days)
    for name, days, way in (
        ("message.sent", 91, "sms"), ("message.sent", 5, "email"), ("link_clicked", 5, "email"),
        ("link_clicked", 3, "sms"), ("link_clicked", 2, "sms"), ("link_clicked", 91, "sms"),
    ):  # fmt: skip
        told(member, name, days, way)
    for days in range(4):
        told(few, "message.sent", days)
    assert compute.compute(now=NOW).error == ""
    slot = Tag.objects.get(code="sms_click_rate_90d").slot
    numbers = dict(MemberTags.objects.values_list("member_id", f"numbers__{slot - 1}"))
    assert {who: number for who, number in numbers.items() if number is not None} == {member.pk: 25.0}


@pytest.mark.requirement("TAG-024")
def test_joining_an_activity_is_a_word(town):
    member, other = person(town), person(town)
    for name in ("A1", "A2", "A1", ""):
        factories.event(account=member.account, name="activity_joined", activity=name)
    factories.event(account=other.account, name="activity_joined")
    asked = {"events": ["activity_joined"], "property": "activity"}
    assert said(town, words_of_events, asked) == {member.pk: {"A1", "A2"}}
    assert said(town, words_of_events, asked | {"least": 2}) == {member.pk: {"A1"}}


@pytest.mark.requirement("TAG-025")
def test_a_sku_is_in_the_cart_until_it_is_paid_for(town):
    member = person(town)
    for sku, days in (("SKU1", 3), ("SKU2", 2), ("SKU3", 2), ("SKU4", 31)):
        factories.event(account=member.account, name="add_to_cart", at=days_ago(days), sku=sku)
    factories.event(account=member.account, name="remove_from_cart", at=days_ago(1), sku="SKU3")
    factories.order(account=member.account, sku="SKU2", at=days_ago(20))
    assert said(town, in_cart) == {member.pk: {"SKU1", "SKU2"}}
    elsewhere = factories.account(channel=town.tmall, member=member)
    factories.order(account=elsewhere, sku="SKU1", at=days_ago(1), status="created")
    assert said(town, in_cart, members=[member]) == {member.pk: {"SKU1", "SKU2"}}
    factories.order(account=elsewhere, sku="SKU1", at=days_ago(1))
    assert said(town, in_cart, members=[member]) == {member.pk: {"SKU2"}}
    assert said(town, in_cart) == {member.pk: {"SKU2"}}


@pytest.mark.parametrize(
    ("module", "parameters", "place"),
    [
        (zodiac, {"sign": "leo"}, "parameters.sign"),
        (join_path, {"within": -1}, "parameters.within"),
        (rate, {"done": ["a"]}, "parameters"),
        (rate, {"done": ["a"], "occasions": []}, "parameters.occasions"),
        (in_cart, {"window": {"days": 10**6}}, "parameters.window.days"),
        (words_of_events, {"events": ["a"], "property": ""}, "parameters.property"),
    ],
)
def test_wrong_parameters_are_named(module, parameters, place):
    with pytest.raises(Fault) as fault:
        module.parse(parameters)
    assert fault.value.place == place
