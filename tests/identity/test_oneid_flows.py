"""From raw records to people: whatever the order, the portions and the repetitions of deliveries."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from identity.actions import oneid, seeds
from identity.models import Identifier, IdentifierKind, QuarantineItem, ReviewCase
from identity.queries import links
from members.models import Account, Member, MemberProfile
from tests.identity import company
from tests.identity.company import NOW, accept, account, day, order
from tests.identity.oneids import people

pytestmark = pytest.mark.django_db
PHONE = "138 0013 8001"


def named(kind: str, value: str, **more) -> dict:
    return {"kind": kind, "value": value, **more}


A_B_C = [
    account("a", on=1, phone=PHONE, identifiers=[named("device", "d1")]),
    account("b", on=2, identifiers=[named("email", "b@example.com"), named("device", "d1")]),
    account("c", on=3, identifiers=[named("email", "B@Example.com "), named("openid", "o1", namespace="wx")]),
]


@pytest.fixture(autouse=True)
def _company(request):
    if request.cls is None:
        company.build()


@pytest.mark.requirement("IDN-060", "IDN-067")
@pytest.mark.parametrize("records", list(itertools.permutations(A_B_C)))
@pytest.mark.parametrize("together", [True, False])
def test_a_b_c_make_one_person_with_all_three_contacts(records, together):
    for batch in [records] if together else [[record] for record in records]:
        accept(*batch)
    assert people() == [["a", "b", "c"]]
    person = Account.objects.get(external_id="a").minted
    assert {row.kind_id for row in links.identifiers(member=person)} >= {"phone", "email", "openid"}
    assert MemberProfile.objects.get().account_count == 3
    assert not oneid.rebuild(now=NOW)


@pytest.mark.requirement("IDN-057")
def test_a_phone_of_500_accounts_links_nobody():
    accept(*[account(f"a{n}", on=n % 100, phone=PHONE) for n in range(500)])
    assert Identifier.objects.get(kind="phone").shared == "accounts"
    assert Member.objects.active().count() == 500
    accept(account("late", phone=PHONE))
    assert Member.objects.active().count() == 501
    assert not oneid.rebuild(now=NOW)


@pytest.mark.requirement("IDN-063")
def test_an_email_in_another_case_is_the_same_and_a_malformed_one_is_rejected():
    accept(account("a", identifiers=[named("email", "A@X.com")]))
    accept(account("b", identifiers=[named("email", " a@x.com ")]))
    accept(account("c", identifiers=[named("email", "a@x")]))
    assert Identifier.objects.get().value == "a@x.com"
    assert people() == [["a", "b"], ["c"]]
    assert QuarantineItem.objects.get().code == "email.malformed"


@pytest.mark.requirement("IDN-064")
def test_the_same_openid_under_two_appids_is_two_identifiers():
    for code, appid in (("a", "wx-1"), ("b", "wx-2")):
        accept(account(code, identifiers=[named("openid", "o6_bm", namespace=appid)]))
    assert (Identifier.objects.count(), len(people())) == (2, 2)


@pytest.mark.requirement("IDN-065", "IDN-066")
def test_one_unionid_joins_official_account_mini_program_and_wecom():
    unionid = named("unionid", "u1", namespace="wx-open-1")
    for code, own in (
        ("oa", named("openid", "o1", namespace="wx-oa")),
        ("mini", named("openid", "o2", namespace="wx-mini")),
        ("wecom", named("external_userid", "wm1", namespace="corp-1")),
    ):
        accept(account(code, identifiers=[own, unionid]))
    assert people() == [["mini", "oa", "wecom"]]


@pytest.mark.requirement("IDN-087")
def test_ecosystems_without_a_common_key_stay_apart():
    accept(
        account("tb-1", channel="tmall", profile={"name": "王小明"}, identifiers=[named("ouid", "tb-1")]),
        account("o6", profile={"name": "王小明"}, identifiers=[named("unionid", "u1")]),
    )
    assert len(people()) == 2


def test_a_phone_typed_on_two_orders_links_and_on_one_does_not():
    accept(account("holder", on=1, phone=PHONE), account("buyer", on=1))
    accept(order("o1", "buyer", identifiers=[named("phone", PHONE)]))
    assert len(people()) == 2
    accept(order("o2", "buyer", identifiers=[named("phone", PHONE)]))
    assert people() == [["buyer", "holder"]]
    assert not oneid.rebuild(now=NOW)


def test_a_present_is_not_a_merge():
    accept(account("friend", on=1, phone=PHONE), account("buyer", on=1))
    for number in range(3):
        accept(order(f"o{number}", "buyer", identifiers=[named("phone", PHONE, role="receiver")]))
    assert len(people()) == 2


def test_an_order_that_is_corrected_takes_its_link_back():
    accept(account("holder", on=1, phone=PHONE), account("buyer", on=1))
    accept(*[order(f"o{n}", "buyer", identifiers=[named("phone", PHONE)]) for n in range(2)])
    assert len(people()) == 1
    accept(order("o1", "buyer", updated_at=day(9), identifiers=[]))
    assert len(people()) == 2
    assert not oneid.rebuild(now=NOW)


def test_a_till_that_knows_a_phone_knows_its_holder():
    accept(account("holder", on=1, phone=PHONE))
    accept(order("till-1", channel="pos", identifiers=[named("phone", PHONE)]))
    assert len(people()) == 1


def test_a_couple_on_one_phone_is_a_case():
    accept(
        account("he", on=1, phone=PHONE, profile={"name": "王小明", "birth_date": "1984-05-06"}),
        account("she", on=2, phone=PHONE, profile={"name": "李佳", "birth_date": "1991-02-03"}),
    )
    assert len(people()) == 2
    assert ReviewCase.objects.get().reason == "profile"


PHONES = ["13800138001", "13800138002", "13900139003"]
carried = st.one_of(
    st.builds(named, st.just("phone"), st.sampled_from(PHONES)),
    st.builds(named, st.sampled_from(["unionid", "device"]), st.sampled_from(["x", "y"])),
)
names = st.sampled_from([{}, {}, {"profile": {"name": "王小明"}}, {"profile": {"name": "李佳"}}])
accounts = st.builds(
    lambda who, on, carries, more: account(who, on=on, identifiers=carries, **more),
    st.sampled_from("abcdef"),
    st.integers(0, 9),
    st.lists(carried, max_size=3),
    names,
)
orders = st.builds(
    lambda number, who, on, carries: order(f"o{number}", who, on=on, identifiers=carries),
    st.integers(0, 5),
    st.sampled_from("abcdef"),
    st.integers(0, 9),
    st.lists(st.builds(named, st.just("phone"), st.sampled_from(PHONES)), max_size=2),
)


class Deliveries(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.one_of(accounts, accounts, orders), min_size=2, max_size=14), st.integers(0, 10**6))
    def test_any_order_and_portion_gives_the_people_of_a_rebuild(self, records, seed):
        chance = random.Random(seed)
        company.build()
        seeds.kinds()
        IdentifierKind.objects.filter(code__in=["phone", "device"]).update(max_accounts=3)
        again = records + chance.sample(records, len(records) // 3)
        chance.shuffle(again)
        while again:
            size = chance.randint(1, 4)
            accept(*again[:size])
            again = again[size:]
        assert not oneid.rebuild(now=NOW, dry_run=True)
        assert not oneid.rebuild(now=NOW).cases
        held = set(Account.objects.values_list("member", flat=True))
        assert set(Member.objects.active().values_list("pk", flat=True)) == held
        assert set(MemberProfile.objects.values_list("member", flat=True)) == held
