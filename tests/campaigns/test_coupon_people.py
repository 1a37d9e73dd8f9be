"""Whose coupons are whose: against a small oracle, beside joining and parting, and when a person is erased."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.actions import coupon_uses, coupons
from campaigns.models import Coupon
from config import privacy
from members.actions import copies, erasure
from members.models import Account
from tests import factories
from tests.campaigns.offering import NOW, author
from tests.campaigns.vouchers import claim, standing, state, template
from tests.connections import at_once
from tests.members.ledger.purses import accounts, key, merge, split

few = st.integers(0, 5)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("claim"), few),
        st.tuples(st.just("grant"), st.lists(few, max_size=6)),
        st.tuples(st.just("withdraw"), few),
        st.tuples(st.just("merge"), few, few),
        st.tuples(st.just("split"), few),
    ),
    max_size=12,
)


class Oracle:
    """People are sets of accounts; what somebody has are the coupons of his accounts that were not withdrawn."""

    def __init__(self, quota, per_person):
        self.quota, self.per_person, self.issued = quota, per_person, 0
        self.person = {account: account for account in range(6)}
        self.coupons = dict.fromkeys(range(6), 0)

    def has(self, account):
        return sum(self.coupons[each] for each in self.coupons if self.person[each] == self.person[account])

    def give(self, wanted):
        first = {}
        for account in sorted(set(wanted)):
            first.setdefault(self.person[account], account)
        getting = [each for each in first.values() if self.has(each) < self.per_person]
        if self.issued + len(getting) > self.quota:
            return "used up"
        for account in getting:
            self.coupons[account] += 1
        self.issued += len(getting)
        return len(getting)


def did(verb, people, ours, argument):
    try:
        if verb == "claim":
            claim(ours, people[argument])
            return 1
        told = {"template": ours, "accounts": [people[each] for each in argument], "key": key()}
        return len(coupons.grant(now=NOW, by=author(), **told))
    except coupons.UsedUp:
        return "used up"
    except coupons.Enough:
        return 0


@pytest.mark.django_db(transaction=True)
@given(quota=st.integers(0, 6), per_person=st.integers(1, 2), told=steps)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_who_gets_coupons_is_what_a_small_oracle_says(quota, per_person, told):
    group = factories.organization()
    ours, people = (
        template(organization=group, quota=quota, per_person=per_person),
        accounts(6, organization=group),
    )
    oracle = Oracle(quota, per_person)
    for verb, *arguments in told:
        if verb in ("claim", "grant"):
            wanted = arguments[0] if verb == "grant" else [arguments[0]]
            assert did(verb, people, ours, arguments[0]) == oracle.give(wanted), (verb, arguments)
        elif verb == "withdraw":
            mine = Coupon.objects.filter(account=people[arguments[0]], template=ours, state="claimed").first()
            if mine:
                coupons.withdraw(coupon=mine, reason="over", by=author(), now=NOW)
                oracle.coupons[arguments[0]] -= 1
        else:
            move(people, oracle, verb, arguments)
    assert standing(ours)[0] == oracle.issued == Coupon.objects.filter(template=ours).count()
    found = [Coupon.objects.filter(account=each, state="claimed").count() for each in people]
    assert found == list(oracle.coupons.values())


def move(people, oracle, verb, arguments):
    """Only the pointers of accounts, as the recomputation of people moves them."""
    account, other = people[arguments[0]], people[arguments[-1]]
    if verb == "merge":
        Account.objects.filter(pk=other.pk).update(member=Account.objects.get(pk=account.pk).member)
        oracle.person[arguments[1]] = oracle.person[arguments[0]]
    else:
        split(account)
        oracle.person[arguments[0]] = arguments[0]


@pytest.mark.django_db(transaction=True)
def test_joining_and_parting_beside_claims_moves_no_coupon_and_stops_nobody():
    tree = factories.tree()
    ours, pair = template(organization=tree["g"], per_person=None), accounts(2, organization=tree["g"])
    till = factories.channel(organization=tree["s1"])
    first = {account: claim(ours, account) for account in pair}

    def use(account):
        told = {"channel": till, "order_key": f"SO-{account.pk}", "now": NOW, "account": account}
        return coupon_uses.redeem(codes=[first[account].code], organization=tree["s1"], **told)

    moves = [lambda: merge(*pair), lambda: split(*pair)] * 2
    claims = [lambda account=account: claim(ours, account) for account in pair * 2]
    found = at_once(*moves, *claims, *(lambda account=account: use(account) for account in pair))
    assert [each for each in found if isinstance(each, Exception)] == []
    assert [Coupon.objects.filter(account=account).count() for account in pair] == [3, 3]


def test_an_erased_persons_coupons_are_in_his_copy_and_can_be_used_by_nobody(nodes):
    privacy.hang_up_all()
    ours = template(organization=nodes["g"], per_person=None)
    [account] = accounts(1, organization=nodes["g"])
    unused, used, withdrawn = (claim(ours, account) for _ in range(3))
    coupon_uses.redeem(
        codes=[used.code], organization=nodes["s1"], channel=account.channel, order_key="SO-1", now=NOW,
        account=account,
    )  # fmt: skip
    coupons.withdraw(coupon=withdrawn, reason="he telephoned in anger", by=author(), now=NOW)
    copied = copies.plain(copies.make(member=account.member, now=NOW))["rooms"]["campaigns"]["coupons"]
    assert {each["code"] for each in copied} == {unused.code, used.code, withdrawn.code}
    assert "anger" not in str(copied)
    asked = erasure.request(member=account.member, reason="in writing, case 17", now=NOW, door="command")
    erasure.carry_out(erasure=asked, now=NOW)
    assert [state(each) for each in (unused, used, withdrawn)] == ["withdrawn", "redeemed", "withdrawn"]
    assert [each.reason for each in (unused, used, withdrawn)] == ["erased", "", "erased"]
    assert used.order_key == "SO-1"
