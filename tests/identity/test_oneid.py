"""OneID in the database: what arrives is joined, what is withdrawn is parted, in any order and any portions."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from identity.actions import oneid
from identity.models import Binding, Identifier, LineageEntry, ReviewCase
from members.models import Account, Event, Member
from tests.identity import oneids
from tests.identity.oneids import DAY, NOW, account, people, resolve

pytestmark = pytest.mark.django_db
PHONE = "phone:+8613800138000"


def nothing_to_rebuild() -> bool:
    return not oneid.rebuild(now=NOW, dry_run=True) and not oneid.rebuild(now=NOW)


@pytest.mark.requirement("IDN-060", "IDN-059")
@pytest.mark.parametrize("order", list(itertools.permutations("abc")))
def test_a_b_c_are_one_person_in_any_order(order):
    mall = oneids.house(mall={})["mall"]
    carries = {
        "a": [PHONE, "device:d1"],
        "b": ["email:b@x.com", "device:d1"],
        "c": ["email:b@x.com", "openid@app:o1"],
    }
    for each in order:
        resolve(account(mall, each, *carries[each], at=NOW + DAY * "abc".index(each)))
    assert people() == [["a", "b", "c"]]
    person = Member.objects.active().get()
    assert person == Account.objects.get(external_id="a").minted
    assert nothing_to_rebuild()


@pytest.mark.requirement("IDN-057")
def test_a_phone_on_500_accounts_becomes_shared_and_links_nobody():
    mall = oneids.house(mall={})["mall"]
    first = [account(mall, f"a{n}", PHONE) for n in range(3)]
    resolve(*first)
    assert len(people()) == 1
    rest = [account(mall, f"b{n}", PHONE) for n in range(497)]
    resolve(*rest)
    assert len(people()) == 500
    assert Identifier.objects.get().shared == "accounts"
    assert Member.objects.active().count() == 500
    assert nothing_to_rebuild()


def test_an_identifier_stops_being_shared_when_carriers_leave():
    mall = oneids.house(mall={})["mall"]
    everyone = [account(mall, f"a{n:02}", PHONE) for n in range(14)]
    resolve(*everyone)
    assert len(people()) == 14
    phone = Identifier.objects.get()
    Binding.objects.filter(account__in=everyone[:3]).delete()
    resolve(*everyone[:3], identifiers=[phone.pk])
    assert len(people()) == 4
    assert Identifier.objects.get().shared == ""
    assert nothing_to_rebuild()


@pytest.mark.requirement("IDN-064")
def test_one_openid_under_two_appids_is_two_identifiers():
    mall = oneids.house(mall={})["mall"]
    resolve(account(mall, "a", "openid@app-1:o1"), account(mall, "b", "openid@app-2:o1"))
    assert Identifier.objects.count() == 2
    assert people() == [["a"], ["b"]]


@pytest.mark.requirement("IDN-065")
def test_two_openids_with_one_unionid_are_one_person():
    mall = oneids.house(mall={})["mall"]
    resolve(
        account(mall, "a", "openid@app-1:o1", "unionid@wx:u1"),
        account(mall, "b", "openid@app-2:o2", "unionid@wx:u1"),
    )
    assert people() == [["a", "b"]]


@pytest.mark.requirement("IDN-066")
def test_unionid_joins_official_account_mini_program_and_wecom():
    channels = oneids.house(oa={}, mini={}, wecom={})
    for (code, channel), own in zip(
        channels.items(), ["openid@oa:o1", "openid@mini:o2", "external_userid@corp:w1"], strict=True
    ):
        resolve(account(channel, code, own, "unionid@wx:u1"))
    assert people() == [["mini", "oa", "wecom"]]


def test_resolving_again_changes_nothing():
    mall = oneids.house(mall={})["mall"]
    a, b = account(mall, "a", PHONE, at=NOW), account(mall, "b", PHONE, at=NOW + DAY)
    assert resolve(a, b) == {a.minted_id, b.minted_id}
    before = (Event.objects.count(), LineageEntry.objects.count())
    assert resolve(a, b) == set()
    assert (Event.objects.count(), LineageEntry.objects.count()) == before == (1, 1)


def test_merge_and_split_are_told_and_both_oneids_come_back():
    mall = oneids.house(mall={})["mall"]
    a, b = account(mall, "a", PHONE, at=NOW), account(mall, "b", PHONE, at=NOW + DAY)
    resolve(a, b)
    b.minted.refresh_from_db()
    assert b.minted.retired_at == NOW
    phone = Identifier.objects.get()
    Binding.objects.filter(account=b).delete()
    resolve(b, identifiers=[phone.pk])
    assert people() == [["a"], ["b"]]
    b.minted.refresh_from_db()
    assert b.minted.retired_at is None
    moves = [(e.account_id, e.from_member_id, e.to_member_id) for e in LineageEntry.objects.order_by("id")]
    assert moves == [(b.pk, b.minted_id, a.minted_id), (b.pk, a.minted_id, b.minted_id)]
    assert list(Event.objects.order_by("id").values_list("name", "account")) == [
        ("identity.merged", b.pk),
        ("identity.split", b.pk),
    ]


def test_accounts_made_in_the_same_transaction_leave_no_lineage():
    mall = oneids.house(mall={})["mall"]
    a, b = account(mall, "a", PHONE, at=NOW), account(mall, "b", PHONE, at=NOW + DAY)
    resolve(a, b, new=[b.pk])
    assert people() == [["a", "b"]]
    assert not LineageEntry.objects.exists()
    assert not Event.objects.exists()


def test_a_refused_link_is_a_case_once_and_closes_when_it_is_no_longer_true():
    mall = oneids.house(mall={})["mall"]
    he = account(mall, "he", PHONE, name="王小明", birth_date="1984-05-06")
    she = account(mall, "she", PHONE, name="李佳", birth_date="1991-02-03")
    resolve(he, she)
    resolve(she)
    case = ReviewCase.objects.get()
    assert (case.sort, case.reason, case.left, case.right) == ("refused", "profile", [he.pk], [she.pk])
    assert case.identifier == Identifier.objects.get()
    Account.objects.filter(pk=she.pk).update(traits={})
    resolve(she)
    case.refresh_from_db()
    assert (case.state, case.closed_at) == ("obsolete", NOW)
    assert people() == [["he", "she"]]
    assert nothing_to_rebuild()


def test_a_refused_link_reopens_its_case():
    mall = oneids.house(mall={})["mall"]
    he = account(mall, "he", PHONE, name="王小明")
    she = account(mall, "she", PHONE, name="李佳")
    resolve(he, she)
    traits = Account.objects.get(pk=she.pk).traits
    for told in ({}, traits):
        Account.objects.filter(pk=she.pk).update(traits=told)
        resolve(she)
    assert ReviewCase.objects.get().state == "open"


def test_one_account_a_person_is_a_setting_of_the_channel():
    card = oneids.house(card={"one_account_a_person": True})["card"]
    resolve(account(card, "a", PHONE), account(card, "b", PHONE))
    assert people() == [["a"], ["b"]]
    assert ReviewCase.objects.get().reason == "one_account"


def test_the_anchor_is_named_before_anonymous():
    channels = oneids.house(mall={}, web={"named": False})
    cookie = account(channels["web"], "cookie", PHONE, at=NOW)
    mall = account(channels["mall"], "mall", PHONE, at=NOW + DAY)
    resolve(cookie, mall)
    assert set(Account.objects.values_list("member", flat=True)) == {mall.minted_id}


def test_a_carrier_of_a_crowded_value_tells_people_apart_no_longer():
    """A device is shared by two unionids too many; one of them turns out to be a test id on everybody."""
    mall = oneids.house(mall={})["mall"]
    trio = [account(mall, each, "device:d1", f"unionid@wx:{each}") for each in "abc"]
    resolve(*trio)
    assert Identifier.objects.get(kind="device").shared == "distinct"
    crowd = [account(mall, f"x{n:02}", "unionid@wx:c") for n in range(13)]
    resolve(*crowd)
    assert nothing_to_rebuild()


def test_query_count_is_constant(django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    mall = oneids.house(mall={})["mall"]

    def count(size: int) -> int:
        made = [account(mall, f"{size}-{n}", f"phone:{size}{n // 2}", at=NOW + DAY * n) for n in range(size)]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            resolve(*made)
        return len(captured)

    assert count(4) == count(60)


CARRIED = ["phone:1", "phone:2", "unionid@wx:1", "unionid@wx:2", "email:1", "device:1", "device:2"]
NAMES = [None, None, "王小明", "李佳"]
arrival = st.tuples(
    st.sampled_from("abcdefg"),
    st.lists(st.sampled_from(CARRIED), max_size=3),
    st.sampled_from(["holder", "holder", "contact"]),
    st.integers(0, 3),
)


class Histories(TestCase):
    """Random histories: whatever was resolved step by step is what a rebuild makes of the facts."""

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(arrival, min_size=2, max_size=12),
        st.lists(st.tuples(st.integers(0, 11), st.booleans()), max_size=4),
        st.dictionaries(st.sampled_from("abcdefg"), st.sampled_from(NAMES), max_size=7),
    )
    def test_step_by_step_equals_at_once(self, arrivals, later, names):
        from identity.models import IdentifierKind

        mall = oneids.house(mall={})["mall"]
        IdentifierKind.objects.filter(code__in=["phone", "device"]).update(max_accounts=3)
        for day, (each, carries, role, orders) in enumerate(arrivals):
            named = {"name": names[each]} if names.get(each) else {}
            resolve(account(mall, each, *carries, at=NOW + DAY * day, role=role, orders=orders, **named))
        for place, whole in later:
            bindings = Binding.objects.order_by("id")[place : place + (3 if whole else 1)]
            gone = [(b.pk, b.account_id, b.identifier_id) for b in bindings]
            Binding.objects.filter(pk__in=[row[0] for row in gone]).delete()
            oneid.resolve(accounts=[row[1] for row in gone], identifiers=[row[2] for row in gone], now=NOW)
        changes = oneid.rebuild(now=NOW, dry_run=True)
        assert not changes, changes
        assert not oneid.rebuild(now=NOW).cases
        assert set(Member.objects.active()) == {a.member for a in Account.objects.select_related("member")}
