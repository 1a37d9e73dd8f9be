"""Accounts taken in: one pool, memberships, traits, consents."""

import pytest

from members.models import Account, Consent, Member
from members.queries import memberships
from tests.identity import company
from tests.identity.company import accept, account, event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nodes")]


@pytest.mark.requirement("MEM-001")
def test_one_pool_of_all_channels():
    accept(
        account("tb-1", channel="tmall", phone="13800138000"),
        event("ad_click", channel="ad", identifiers=[{"kind": "phone", "value": "13800138000"}]),
        account("u-1", channel="app", phone="+86 138 0013 8000"),
        account("card-1", channel="pos", phone="138-0013-8000"),
        account("card-2", channel="pos", phone="13900139000"),
    )
    pool = Member.objects.active()
    assert pool.count() == 2
    assert sorted(member.accounts.count() for member in pool) == [1, 4]


@pytest.mark.requirement("IDN-004")
def test_an_ad_click_makes_an_anonymous_profile_with_its_parameters():
    click = event(
        "ad_click",
        channel="ad",
        identifiers=[{"kind": "cookie", "value": "ck-1"}],
        attribution={"campaign": "SUMMER", "ad": "A1"},
    )
    accept(click)
    visitor = Account.objects.get()
    assert visitor.is_contact
    assert not visitor.channel.named
    assert visitor.member_id
    assert visitor.events.get().properties["attribution"] == {"campaign": "SUMMER", "ad": "A1"}


@pytest.mark.requirement("MEM-005")
def test_joining_through_a_store_makes_a_group_member():
    joined = {"organization": "b1", "number": "M1"}
    accept(account("c1", channel="pos", phone="13800138000", membership=joined))
    levels = {each.kind: each for each in memberships.joined(member=Member.objects.active().get())}
    assert levels["group"].joined_at is not None
    assert levels["group"].join_source == "s1"


@pytest.mark.requirement("MEM-006")
def test_two_brands_one_group():
    accept(
        account("c1", channel="pos", phone="13800138000", membership={"organization": "b1", "tier": "gold"}),
        account("u1", channel="app", phone="13800138000", membership={"organization": "b2", "number": "N2"}),
    )
    levels = memberships.joined(member=Member.objects.active().get())
    assert sorted(each.organization for each in levels if each.kind == "brand") == ["b1", "b2"]
    assert [each.organization for each in levels if each.kind == "group"] == ["g"]
    brands = {each.organization: each for each in levels}
    assert (brands["b1"].tier, brands["b2"].number) == ("gold", "N2")


def test_traits_are_the_latest_and_organization_the_first():
    accept(
        account("u1", on=5, profile={"name": "Li Lei", "gender": "M"}, organization="s2"),
        account("u1", on=1, profile={"name": "Li", "city": "Qingdao"}, organization="s1"),
    )
    found = Account.objects.get()
    assert {name: said["value"] for name, said in found.traits.items()} == {
        "name": "Li Lei",
        "gender": "male",
        "city": "Qingdao",
    }
    assert found.organization.code == "s1"
    profile = found.member.profile
    assert (profile.name, profile.gender, profile.city, profile.account_count) == (
        "Li Lei",
        "male",
        "Qingdao",
        1,
    )


def test_consents_are_kept_once_each():
    said = [
        {
            "purpose": "marketing",
            "channel": "sms",
            "granted": True,
            "at": company.day(1),
            "text_version": "v1",
        }
    ]
    accept(account("u1", consents=said), account("u1", on=3, consents=[*said, said[0] | {"granted": False}]))
    assert Consent.objects.count() == 2
