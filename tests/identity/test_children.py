"""Revoking a child ID: it leaves linking, view and reach; the super ID and the orders stay."""

import pytest
from django.db import transaction
from django.db.utils import IntegrityError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from identity.actions import children, oneid, seeds
from identity.models import Identifier, IdentifierKind
from identity.queries import links, lookup
from members.actions import accounts as account_actions
from members.actions import profiles
from members.models import AccessRecord, Account, Event, MemberProfile, Order
from members.queries import people as visible
from tests import factories
from tests.connections import together
from tests.identity import company
from tests.identity.company import NOW, accept, account, order
from tests.identity.oneids import people

PHONE = "13800138001"
pytestmark = pytest.mark.django_db


def named(kind, value):
    return {"kind": kind, "value": value}


def child(name):
    return Account.objects.get(external_id=name)


def revoke(name, **more):
    return children.revoke(
        account=child(name), **{"reason": "closed by the customer", "by": None, "now": NOW} | more
    )


def restore(name):
    return children.restore(account=child(name), reason="opened again", by=None, now=NOW)


@pytest.mark.requirement("IDN-077")
def test_a_revoked_child_leaves_the_view_and_the_super_id_stays(nodes):
    accept(
        account("a", on=1, phone=PHONE, profile={"name": "王小明"}),
        account("b", on=2, phone=PHONE, profile={"city": "Qingdao"}),
    )
    accept(order("o1", "b"))
    super_id = child("a").member
    steward = factories.staff(organization=nodes["g"])

    revoke("b", by=steward)

    b = child("b")
    assert (b.member, b.revoked_by, b.revoke_reason) == (super_id, steward, "closed by the customer")
    profile = MemberProfile.objects.get(member=super_id)
    assert (profile.name, profile.city, profile.account_count) == ("王小明", "", 1)
    assert super_id.retired_at is None
    assert Order.objects.get().account.member == super_id
    record = AccessRecord.objects.get(action="revoke")
    assert (record.user, record.member, record.reason, record.details) == (
        steward, super_id, "closed by the customer", {"account": b.pk},
    )  # fmt: skip
    assert Event.objects.filter(account=b, name="account.revoked").count() == 1
    assert not oneid.rebuild(now=NOW)


def test_a_revoked_child_is_not_found_by_its_identifier(nodes):
    accept(account("a", on=1, phone=PHONE))
    assert lookup.carrier(kind="phone", value="+8613800138001", namespace="", node=nodes["g"])
    revoke("a")
    with pytest.raises(visible.Unknown):
        lookup.carrier(kind="phone", value="+8613800138001", namespace="", node=nodes["g"])


def test_a_replay_does_not_bring_it_back_and_restoring_does(nodes):
    records = [account("a", on=1, phone=PHONE), account("b", on=2, phone=PHONE, profile={"city": "Jinan"})]
    accept(*records)
    revoke("b")
    accept(*records, account("b", on=5, phone=PHONE, profile={"city": "Weihai"}))
    assert child("b").revoked_at
    assert MemberProfile.objects.get().city == ""

    restore("b")

    assert child("b").revoked_at is None
    assert MemberProfile.objects.get().city == "Weihai"
    assert [row.action for row in AccessRecord.objects.order_by("id")] == ["revoke", "restore"]
    assert not oneid.rebuild(now=NOW)


def test_what_only_the_revoked_child_held_together_parts_and_comes_back(nodes):
    accept(
        account("first", on=1, phone=PHONE, identifiers=[named("unionid", "u1")]),
        account("by-phone", on=2, phone=PHONE),
        account("by-unionid", on=3, identifiers=[named("unionid", "u1")]),
    )
    super_id = child("first").member

    revoke("first")

    assert people() == [["by-phone", "first"], ["by-unionid"]]
    assert child("by-phone").member == super_id
    assert not oneid.rebuild(now=NOW)
    restore("first")
    assert people() == [["by-phone", "by-unionid", "first"]]
    assert {row.member for row in Account.objects.all()} == {super_id}


def test_links_are_explained_without_it(nodes):
    accept(*[account(name, on=n, phone=PHONE) for n, name in enumerate("abc")])
    revoke("a")
    reasons = {
        reason.account.external_id: len(reason.chain) for reason in links.why_linked(member=child("a").member)
    }
    assert reasons == {"b": 0, "c": 1}
    assert links.between(left=child("a"), right=child("b")) is None


def test_an_identifier_over_its_limit_links_again(nodes):
    seeds.kinds()
    IdentifierKind.objects.filter(code="phone").update(max_accounts=2)
    accept(*[account(name, on=n, phone=PHONE) for n, name in enumerate("abc")])
    assert people() == [["a"], ["b"], ["c"]]
    revoke("c")
    assert people() == [["a", "b"], ["c"]]
    assert Identifier.objects.get().shared == ""
    restore("c")
    assert people() == [["a"], ["b"], ["c"]]
    assert not oneid.rebuild(now=NOW)


def test_repeating_changes_nothing_and_a_reason_is_needed(nodes):
    accept(account("a", on=1))
    assert revoke("a") == {child("a").member_id}
    assert revoke("a") == set()
    assert AccessRecord.objects.count() == 1
    with pytest.raises(account_actions.ReasonMissing):
        children.restore(account=child("a"), reason=" ", by=None, now=NOW)


def test_the_database_wants_a_reason(nodes):
    accept(account("a", on=1))
    with pytest.raises(IntegrityError, match="account_revoked_with_a_reason"), transaction.atomic():
        Account.objects.update(revoked_at=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_leave_one_record():
    company.build()
    accept(account("a", on=1, phone=PHONE), account("b", on=2, phone=PHONE))
    together(lambda: revoke("a"), lambda: revoke("a"))
    assert AccessRecord.objects.count() == 1
    assert not oneid.rebuild(now=NOW)


carried = st.builds(
    named, st.sampled_from(["phone", "unionid", "device"]), st.sampled_from([PHONE, "13900139003"])
)
accounts = st.builds(
    lambda who, on, carries: account(who, on=on, identifiers=carries),
    st.sampled_from("abcdef"), st.integers(0, 9), st.lists(carried, max_size=3),
)  # fmt: skip
steps = st.lists(
    st.one_of(accounts, accounts, st.tuples(st.sampled_from(["revoke", "restore"]), st.sampled_from("abcdef"))),
    min_size=2, max_size=14,
)  # fmt: skip


class Histories(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(steps)
    def test_step_by_step_equals_at_once_and_restoring_leaves_no_trace(self, history):
        company.build()
        seeds.kinds()
        IdentifierKind.objects.filter(code__in=["phone", "device"]).update(max_accounts=3)
        for step in history:
            if isinstance(step, dict):
                accept(step)
            elif Account.objects.filter(external_id=step[1]).exists():
                {"revoke": revoke, "restore": restore}[step[0]](step[1])
        assert not oneid.rebuild(now=NOW)
        stood = list(MemberProfile.objects.order_by("member").values())
        profiles.rebuild(now=NOW)
        assert list(MemberProfile.objects.order_by("member").values()) == stood
        for each in Account.objects.filter(revoked_at__isnull=False):
            restore(each.external_id)
        kept = people()
        assert not oneid.rebuild(now=NOW)
        assert people() == kept
