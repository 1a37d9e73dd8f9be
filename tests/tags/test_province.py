"""The province of the most trusted source that tells one: told by records, shown with its source, and falling back."""

import importlib
import random

import pytest

from identity.cleaning import segments
from members import provinces
from members.models import Account, Order
from tags.actions import compute, follow
from tags.conditions.faults import Fault
from tags.models import MemberTags, TagValue
from tags.models_of import province
from tags.queries import explaining, reasons
from tests import factories
from tests.identity import company
from tests.identity.company import NOW, accept, account, event, order, returned
from tests.tags.modelled import said
from tests.tags.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("alone_on_the_server")]

BEIJING = "13901000000"
SHANDONG = {"receiver": {"name": "Han Meimei", "province": "山东省"}}


@pytest.fixture
def nodes(transactional_db):
    return company.build()


@pytest.fixture
def tag(nodes):
    return factories.tag(organization=nodes["g"], code="province", model="province", values=[])


def carried(tag) -> tuple[str, str] | None:
    """(province, source) of the one member, as he carries it and as it is explained."""
    while follow.follow(now=NOW):
        pass
    member = Account.objects.get(external_id="u1").member
    held = MemberTags.objects.filter(member=member).first()
    values = list(TagValue.objects.filter(pk__in=held.values if held else [], tag=tag).select_related("tag"))
    told = reasons.of(member=member, values=values, as_of=NOW)
    assert len(values) == len(told) <= 1
    return next(((value.code, told[value.pk].source) for value in values), None)


@pytest.mark.requirement("TAG-023")
def test_the_address_of_an_order_goes_before_the_telephone_until_the_order_is_removed(tag):
    compute.compute(now=NOW)
    accept(account("u1", phone=BEIJING))
    run = company.brought(order("o1", "u1", **SHANDONG))
    assert carried(tag) == ("Shandong", "address")
    company.take_back(run)
    assert not Order.objects.exists()
    assert carried(tag) == ("Beijing", "phone")


@pytest.mark.requirement("TAG-023")
@pytest.mark.parametrize(
    "ending", [order("o1", "u1", status="cancelled", on=2, **SHANDONG), returned("r1", "o1")]
)
def test_an_order_that_is_cancelled_or_given_back_counts_no_more(tag, ending):
    compute.compute(now=NOW)
    accept(account("u1", phone=BEIJING), order("o1", "u1", **SHANDONG))
    assert carried(tag) == ("Shandong", "address")
    accept(ending)
    assert carried(tag) == ("Beijing", "phone")


def test_each_source_takes_the_place_of_a_weaker_one(tag):
    compute.compute(now=NOW)
    accept(account("u1", profile={"ip_province": "海南"}))
    assert carried(tag) == ("Hainan", "ip")
    accept(account("u1", on=1, phone=BEIJING))
    assert carried(tag) == ("Beijing", "phone")
    accept(account("u1", on=2, profile={"province": "辽宁省"}))
    assert carried(tag) == ("Liaoning", "profile")
    accept(order("o1", "u1", on=3, **SHANDONG))
    assert carried(tag) == ("Shandong", "address")
    accept(order("o2", "u1", on=4, receiver={"province": "Guangdong Province"}))
    assert carried(tag) == ("Guangdong", "address")


def test_the_source_is_shown_in_an_explanation(tag):
    accept(account("u1", phone=BEIJING), order("o1", "u1", **SHANDONG))
    compute.compute(now=NOW)
    told = explaining.of_condition(
        condition={"tag": {"tag": "province"}}, node=tag.organization, as_of=NOW,
        member=Account.objects.get(external_id="u1").member,
    )  # fmt: skip
    assert told.reason.found == "Shandong, source: address of an order"


def test_parameters_reorder_and_leave_out_sources(nodes):
    accept(account("u1", phone=BEIJING), order("o1", "u1", **SHANDONG))
    town = World(nodes=nodes, app=None, tmall=None)
    member = Account.objects.get(external_id="u1").member
    for parameters, expected in (
        ({}, "Shandong"),
        ({"order": ["phone", "address"]}, "Beijing"),
        ({"order": ["profile", "ip"]}, None),
    ):
        for members in (None, [member]):
            assert said(town, province, parameters, as_of=NOW, members=members).get(member.pk) == expected
    for wrong in ({"order": []}, {"order": ["stars"]}, {"days": 0}):
        with pytest.raises(Fault) as fault:
            province.parse(wrong)
        assert fault.value.place.startswith("parameters.")


def test_the_receivers_telephone_and_a_number_abroad_tell_nothing(nodes):
    accept(account("u1", identifiers=[{"kind": "phone", "value": "+14155550132"}]))
    gift = {"kind": "phone", "value": BEIJING, "role": "receiver"}
    accept(event("login", "u1", identifiers=[gift]), order("o1", "u1", identifiers=[gift]))
    assert not Account.objects.filter(traits__has_key="phone_province").exists()


@pytest.mark.parametrize(
    ("written", "kept"),
    [("山东", "Shandong"), (" SHANDONG province ", "Shandong"), ("Shandnog", "Shandnog"), ("California", "California"), (["Shandong"], ""), (None, "")],
)  # fmt: skip
def test_a_province_is_kept_in_one_spelling_or_as_it_is_written(nodes, written, kept):
    accept(account("u1"), order("o1", "u1", receiver={"province": written}))
    assert Order.objects.get().receiver_province == kept


def test_a_newer_version_rules_the_province_and_an_older_one_does_not(nodes):
    accept(account("u1"), order("o1", "u1", on=2, **SHANDONG))
    accept(order("o1", "u1", on=1, receiver={"province": "Hebei"}))
    assert Order.objects.get().receiver_province == "Shandong"
    accept(order("o1", "u1", on=3, receiver={"province": "Hebei"}))
    assert Order.objects.get().receiver_province == "Hebei"


def test_an_erased_person_leaves_no_province(nodes):
    accept(account("u1", phone=BEIJING), order("o1", "u1", **SHANDONG))
    found = Account.objects.get()
    assert found.traits["phone_province"]["value"] == "Beijing"
    company.erase(found.member)
    found.refresh_from_db()
    assert (Order.objects.get().receiver_province, found.traits) == ("", {})


def test_the_table_of_segments_agrees_with_the_library_it_was_made_of():
    data = importlib.import_module("phonenumbers.geodata.data20").data
    prefixes = sorted(prefix for prefix in data if prefix.startswith("86") and len(prefix) == 9)
    assert len(prefixes) > 1_000
    for prefix in random.Random(23).sample(prefixes, 1_000):
        assert segments.province(f"+{prefix}0000") == provinces.known(data[prefix]["en"].rpartition(", ")[2])


def test_there_are_34_provinces_and_each_is_known_in_every_spelling():
    assert len(set(provinces.PROVINCES)) == 34
    for english, short, whole in provinces.NAMES:
        assert {provinces.known(each) for each in (english, english.upper(), short, whole)} == {english}
    assert provinces.known("Shan") == ""


def test_segments_know_mobiles_and_area_codes():
    told = {number: segments.province(number) for number in ("+8613901000000", "+861065551234", "+8653185551234", "+8675512345678")}  # fmt: skip
    assert list(told.values()) == ["Beijing", "Beijing", "Shandong", "Guangdong"]
    assert {segments.province(number) for number in ("+14155550132", "+86", "", "+86139", "13901000000")} == {
        ""
    }
