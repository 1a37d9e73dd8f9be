"""Undoing a merge at any time: by account, identifier and verdict, with a preview that comes true."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from identity.actions import intake, oneid, undo, verdicts
from identity.models import Binding, Identifier, LineageEntry, Verdict
from identity.queries import lineage, lookup
from members.models import Account, Member, MemberFeatures, Membership, Order
from members.queries import people as seen
from members.queries import scopes
from tests import factories
from tests.identity import company, oneids
from tests.identity.oneids import DAY, NOW, account, part, people, resolve

pytestmark = pytest.mark.django_db
PHONE = "phone:+8613800138000"


def nothing_to_rebuild() -> bool:
    return not oneid.rebuild(now=NOW, dry_run=True)


def never_his(identifier, *accounts, by) -> Verdict:
    said = undo.never_his(identifier=identifier, accounts=[each.pk for each in accounts])
    return undo.say(verdict=said, by=by, now=NOW, reason="")


def shown(persons) -> list[list[str]]:
    return sorted(sorted(each.external_id for each in person.accounts) for person in persons)


def two_customers(**more) -> list[dict]:
    """Accounts a (2 orders, 500 points) and b (1 order, 1,000 points) on one phone."""
    phone = "+8613900139000"
    return [
        company.account(
            "a", phone=phone, membership={"organization": "b1", "tier": "gold", "points": "500"}, **more
        ),
        company.account(
            "b", channel="mall", phone=phone, on=1,
            membership={"organization": "b1", "tier": "silver", "points": "1000"},
        ),
        company.order("o1", "a"),
        company.order("o2", "a", amount="50.00"),
        company.order("o3", "b", channel="mall", amount="7.00"),
    ]  # fmt: skip


def facts() -> list:
    """Everything that hangs on accounts, and whose it is."""
    orders = Order.objects.order_by("external_id").values_list("external_id", "account__member", "amount")
    stated = Membership.objects.filter(stated_at__isnull=False).order_by("account__external_id")
    return [
        list(orders),
        list(stated.values_list("account__external_id", "account__member", "tier", "points")),
    ]


@pytest.mark.requirement("IDN-072")
def test_a_merge_sums_orders_and_its_undoing_gives_both_back_theirs(steward):
    company.build()
    first, second, *orders = two_customers()
    company.accept({**second, "identifiers": []}, {**first, "identifiers": []}, *orders)
    apart = facts()
    a, b = (Account.objects.get(external_id=each) for each in "ab")
    counted = {each.member_id: each.order_count for each in MemberFeatures.objects.all()}
    assert counted == {a.member_id: 2, b.member_id: 1}

    company.accept(*two_customers(updated_at=company.day(3)), {**second, "updated_at": company.day(3)})
    b.refresh_from_db()
    assert b.member_id == a.member_id
    assert MemberFeatures.objects.get().order_count == 3
    assert MemberFeatures.objects.get().amount == 157
    points = Membership.objects.filter(account__member=a.member_id, points__isnull=False)
    assert sorted(points.values_list("points", flat=True)) == [500, 1000]
    with pytest.raises(seen.Moved) as moved:
        seen.current(oneid_text=b.minted.oneid, node=a.organization.parent)
    assert moved.value.current == a.member.oneid

    part(a, b, by=steward, reason="his father's")
    assert facts() == apart
    assert {each.member_id: each.order_count for each in MemberFeatures.objects.all()} == counted
    assert lineage.current(oneid=b.minted.oneid) == b.minted
    company.accept(*two_customers(updated_at=company.day(4)))
    assert facts()[0] == apart[0]


def test_an_identifier_that_was_never_his_parts_him_and_survives_replay(steward):
    company.build()
    company.accept(*two_customers())
    a, b = (Account.objects.get(external_id=each) for each in "ab")
    phone = Identifier.objects.get()
    assert a.member_id == b.member_id

    verdict = never_his(phone, b, by=steward)
    assert people() == [["a"], ["b"]]
    company.accept(*two_customers(updated_at=company.day(5)))
    company.accept(company.account("b", channel="mall", phone="+8613900139000", on=9))
    assert people() == [["a"], ["b"]]
    assert nothing_to_rebuild()
    assert Binding.objects.filter(account=b, identifier=phone).exists()
    found = lookup.carrier(kind="phone", value=phone.value, namespace="", node=a.organization.parent)
    assert found == a.minted

    verdicts.withdraw(verdict=verdict, by=steward, now=NOW)
    assert people() == [["a", "b"]]
    assert nothing_to_rebuild()


def test_what_was_never_his_no_longer_crowds(mall, steward):
    everyone = [account(mall, f"a{n:02}", PHONE) for n in range(13)]
    resolve(*everyone)
    assert len(people()) == 13
    never_his(Identifier.objects.get(), everyone[0], by=steward)
    assert sorted(map(len, people())) == [1, 12]
    assert nothing_to_rebuild()


def test_an_identifier_that_nobody_bound_cannot_be_taken_off(mall, steward):
    a, b = account(mall, "a", PHONE), account(mall, "b")
    with pytest.raises(verdicts.Impossible, match=f"Account {b.pk} does not carry"):
        never_his(Identifier.objects.get(), a, b, by=steward)


@pytest.mark.parametrize("chosen", ["", "ab"])
def test_somebody_else_is_some_of_the_accounts(mall, chosen):
    a, b = account(mall, "a", PHONE), account(mall, "b", PHONE)
    resolve(a, b)
    ids = [each.pk for each in (a, b) if each.external_id in chosen]
    with pytest.raises(verdicts.Impossible, match="not all of them"):
        undo.somebody_else(member=a.minted, accounts=ids)


def test_a_preview_says_what_each_gets_back_and_writes_nothing(steward):
    company.build()
    company.accept(*two_customers())
    a, b = (Account.objects.get(external_id=each) for each in "ab")
    verdict = undo.somebody_else(member=a.member, accounts=[b.pk])
    found = undo.foresee(verdict=verdict, now=NOW)

    assert [(p.member, p.orders, p.amounts) for p in found.before] == [(a.minted, 3, [("CNY", 157)])]
    assert [(p.member, p.orders, p.amounts, p.new) for p in found.after] == [
        (a.minted, 2, [("CNY", 150)], False),
        (b.minted, 1, [("CNY", 7)], True),
    ]
    assert [[(m.tier, m.points) for m in p.stated] for p in found.after] == [
        [("gold", 500)],
        [("silver", 1000)],
    ]
    assert not Verdict.objects.exists()
    assert people() == [["a", "b"]]


def test_a_preview_hides_what_lies_beyond_the_readers_reach(steward):
    nodes = company.build()
    company.accept(company.account("a", channel="pos", phone="+8613900139000"),
                   company.account("b", channel="pos2", phone="+8613900139000", on=1),
                   company.order("o1", "b", channel="pos2"))  # fmt: skip
    a, b = (Account.objects.get(external_id=each) for each in "ab")
    verdict = undo.somebody_else(member=a.member, accounts=[b.pk])
    found = undo.foresee(verdict=verdict, now=NOW, by=scopes.of_node(nodes["s1"]))
    assert [(shown([p]), p.elsewhere, p.orders) for p in found.before] == [([["a"]], 1, 0)]
    assert [(shown([p]), p.elsewhere) for p in found.after] == [([["a"]], 0), ([[]], 1)]


def test_a_contradiction_is_refused_with_its_chain_until_it_is_set_aside(mall, steward):
    a, b, c = (account(mall, each) for each in "abc")
    other = factories.staff(superuser=True)
    first = verdicts.same(left=[a.pk], right=[b.pk], by=steward, now=NOW)
    second = verdicts.same(left=[b.pk], right=[c.pk], by=other, now=NOW + DAY)
    with pytest.raises(verdicts.Contradicts) as refused:
        verdicts.not_same(left=[a.pk], right=[c.pk], by=steward, now=NOW + DAY)
    assert refused.value.chain == [first, second]
    assert str(steward) in str(refused.value)
    assert str(other) in str(refused.value)
    assert "Jan. 16, 2026" in str(refused.value) or "2026" in str(refused.value)
    assert people() == [["a", "b", "c"]]
    assert Verdict.objects.count() == 2

    verdict = undo.somebody_else(member=a.minted, accounts=[c.pk])
    assert undo.foresee(verdict=verdict, now=NOW + DAY).set_aside == [second]
    undo.say(verdict=verdict, by=steward, now=NOW + DAY * 2, reason="seen them both", set_aside=True)
    assert people() == [["a", "b"], ["c"]]
    assert nothing_to_rebuild()


def test_same_is_refused_where_somebody_said_not_same(mall, steward):
    a, b, c = (account(mall, each) for each in "abc")
    apart = verdicts.not_same(left=[a.pk], right=[c.pk], by=steward, now=NOW)
    joined = verdicts.same(left=[a.pk], right=[b.pk], by=steward, now=NOW)
    with pytest.raises(verdicts.Contradicts) as refused:
        verdicts.same(left=[b.pk], right=[c.pk], by=steward, now=NOW)
    assert refused.value.chain == [joined, apart]
    verdicts.withdraw(verdict=apart, by=steward, now=NOW)
    verdicts.same(left=[b.pk], right=[c.pk], by=steward, now=NOW)
    assert people() == [["a", "b", "c"]]


CARRIED = ["phone:1", "phone:2", "unionid@wx:1", "unionid@wx:2", "email:1", "device:1"]
arrival = st.tuples(st.sampled_from("abcdef"), st.lists(st.sampled_from(CARRIED), max_size=3))
saying = st.tuples(
    st.sampled_from(["same", "not_same", "shared", "not_shared", "not_his"]),
    st.integers(0, 30), st.integers(0, 30), st.booleans(),
)  # fmt: skip


def _draft(kind, one, other) -> Verdict | None:
    """A verdict on what there is, or None if there is nothing to say it of."""
    accounts = sorted(Account.objects.values_list("pk", flat=True))
    if kind in ("same", "not_same"):
        left, right = accounts[one % len(accounts)], accounts[other % len(accounts)]
        return Verdict(kind=kind, left=[left], right=[right]) if left != right else None
    bound = list(Binding.objects.order_by("pk").select_related("identifier"))
    if not bound:
        return None
    binding = bound[one % len(bound)]
    left = [binding.account_id] if kind == "not_his" else []
    return Verdict(kind=kind, identifier=binding.identifier, left=left)


def _people() -> dict[int, int]:
    return dict(Account.objects.values_list("pk", "member"))


def _foreseen(preview) -> dict[int, int]:
    return _people() | {a.pk: person.member.pk for person in preview.after for a in person.accounts}


class Undoings(TestCase):
    """Random worlds and random words about them."""

    @settings(max_examples=40, deadline=None)
    @given(st.lists(arrival, min_size=2, max_size=9), st.lists(saying, min_size=1, max_size=5))
    def test_what_is_foreseen_comes_and_withdrawing_restores_everybody(self, arrivals, sayings):
        from identity.models import IdentifierKind

        mall = oneids.house(mall={})["mall"]
        IdentifierKind.objects.filter(code__in=["phone", "device"]).update(max_accounts=3)
        for day, (each, carries) in enumerate(arrivals):
            resolve(account(mall, each, *carries, at=NOW + DAY * day))
        for day, (kind, one, other, withdrawn) in enumerate(sayings):
            verdict = _draft(kind, one, other)
            if verdict is None:
                continue
            before = (_people(), set(Member.objects.active().values_list("pk", flat=True)))
            expected = _foreseen(undo.foresee(verdict=verdict, now=NOW + DAY * day))
            said = undo.say(verdict=verdict, by=None, now=NOW + DAY * day, reason="", set_aside=True)
            assert _people() == expected
            assert nothing_to_rebuild()
            if withdrawn:
                assert _foreseen(undo.foresee(verdict=said, now=NOW)) == before[0]
                verdicts.withdraw(verdict=said, by=None, now=NOW + DAY * day)
                assert (_people(), set(Member.objects.active().values_list("pk", flat=True))) == before
                assert nothing_to_rebuild()


def test_undoing_leaves_lineage_to_be_followed(mall, steward):
    a, b = account(mall, "a", PHONE), account(mall, "b", PHONE, at=NOW + DAY)
    resolve(a, b)
    part(a, b, by=steward)
    assert [(e.from_member_id, e.to_member_id) for e in LineageEntry.objects.order_by("id")] == [
        (b.minted_id, a.minted_id),
        (a.minted_id, b.minted_id),
    ]


def test_records_taken_in_after_an_undoing_stay_with_their_account(steward):
    company.build()
    company.accept(*two_customers())
    a, b = (Account.objects.get(external_id=each) for each in "ab")
    part(a, b, by=steward)
    intake.accept(records=[company.order("o9", "b", channel="mall")], source="t", now=NOW)
    assert Order.objects.get(external_id="o9").account.member_id == b.minted_id
