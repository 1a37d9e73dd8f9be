"""Primary and secondary keys, and the digital temperature, of one person."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from identity.actions import seeds
from identity.matching.policy import DEFAULT_KINDS
from identity.models import Identifier, IdentifierKind
from identity.queries import keys, temperature
from members.models import Account
from tests import factories
from tests.identity import company, oneids
from tests.identity.test_oneid_flows import A_B_C

pytestmark = pytest.mark.django_db
STRENGTH = {kind.code: kind.strength for kind in DEFAULT_KINDS}


@pytest.fixture
def app():
    return oneids.house(app={})["app"]


def of(account):
    return keys.of(member=account.member)


def degrees(account):
    return temperature.of(held=of(account))


@pytest.mark.requirement("IDN-078")
def test_the_best_available_key_is_the_primary_one(app):
    account = oneids.account(app, "a", "phone:+8613800138001", "cookie:c1")
    assert of(account).primary.kind == "phone"
    ladder = ["cookie:c", "device:d", "openid:o", "unionid:u", "phone:+8613800138002", "national_id:n"]
    climber, best = oneids.account(app, "climber"), []
    for carried in ladder:
        oneids.bind(climber, carried)
        best.append((of(climber).primary.kind, of(climber).primary.verified))
    assert best == [
        ("cookie", False), ("device", False), ("openid", False), ("unionid", False), ("phone", False), ("phone", True),
    ]  # fmt: skip


@pytest.mark.requirement("IDN-079")
def test_a_b_c_has_three_secondary_keys():
    company.build()
    company.accept(*A_B_C)
    held = of(Account.objects.get(external_id="a"))
    assert held.primary.kind == "phone"
    assert [key.kind for key in held.secondary] == ["email", "openid", "device"]
    assert held.variety == 3


@pytest.mark.requirement("IDN-080")
def test_more_and_closer_keys_are_warmer(app):
    rich = oneids.account(app, "rich", "phone:+8613800138001", "email:a@b.cn", "openid:o", "device:d")
    plain = oneids.account(app, "plain", "phone:+8613800138002")
    guest = oneids.account(app, "guest", "cookie:c")
    nobody = oneids.account(app, "nobody")
    assert degrees(rich) > degrees(plain) > degrees(guest) > degrees(nobody) == 0
    assert [degrees(each) for each in (rich, plain, guest)] == [81, 63, 14]


def test_variety_warms_more_than_more_of_the_same():
    assert temperature.score(closeness=90, counts=[1, 1]) > temperature.score(closeness=90, counts=[2])
    assert temperature.score(closeness=20, counts=[1000]) < temperature.score(closeness=90, counts=[])
    assert temperature.score(closeness=100, counts=[1] * 40) == 100


def test_what_is_shared_blocked_or_revoked_is_no_key(app):
    account = oneids.account(app, "a", "phone:+8613800138001", "email:a@b.cn", "device:d", "ad_click:x")
    Identifier.objects.filter(kind="phone").update(shared="accounts")
    Identifier.objects.filter(kind="email").update(blocked=True)
    assert [key.kind for key in [of(account).primary, *of(account).secondary]] == ["device"]
    Account.objects.update(revoked_at=factories.NOW, revoke_reason="closed")
    assert of(account).primary is None


def test_an_identifier_of_several_accounts_is_one_key(app):
    one = oneids.account(app, "a", "phone:+8613800138001")
    oneids.bind(factories.account(channel=app, member=one.member), "phone:+8613800138001")
    assert of(one).secondary == []
    assert of(one).primary.accounts == 2


held = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from(["phone", "phone", "national_id", "cookie", "cookie", "email"]),
        st.sampled_from("xyz"),
        st.sampled_from(["", "", "accounts"]),
        st.booleans(),
    ),
    max_size=20,
)


class Oracle(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(held, st.lists(st.booleans(), min_size=5, max_size=5))
    def test_one_query_agrees_with_plain_python(self, rows, revoked):
        seeds.kinds()
        app = factories.channel(organization=factories.organization())
        first = factories.account(channel=app, external_id="0")
        accounts = [
            first,
            *[factories.account(channel=app, member=first.member if n < 3 else None) for n in range(1, 5)],
        ]
        for number, kind, value, shared, holder in rows:
            identifier = oneids.bind(
                accounts[number], f"{kind}:{value}", role="holder" if holder else "receiver"
            )
            Identifier.objects.filter(pk=identifier.pk, shared="").update(shared=shared)
        for account, gone in zip(accounts, revoked, strict=True):
            if gone:
                Account.objects.filter(pk=account.pk).update(revoked_at=factories.NOW, revoke_reason="closed")
        expected = self.oracle()
        for account in accounts:
            assert self.told(keys.of(member=account.member)) == expected.get(account.member_id)

    def told(self, held):
        best = held.primary
        if best is None:
            return None
        degrees = temperature.of(held=held)
        return best.kind, best.verified, best.closeness, len(held.secondary), held.variety, degrees

    def oracle(self):
        own = defaultdict(set)
        for account in Account.objects.filter(revoked_at=None).prefetch_related("bindings__identifier"):
            carried = [
                b.identifier for b in account.bindings.all() if b.role == "holder" and not b.identifier.shared
            ]
            proven = any(each.kind_id == "national_id" for each in carried)
            own[account.member_id] |= {(each.kind_id, each.value, proven) for each in carried}
        return {member: self.row(held) for member, held in own.items() if held}

    def row(self, held):
        verified = {(kind, value) for kind, value, proven in held if proven and kind == "phone"}
        distinct = {(kind, value) for kind, value, _proven in held}
        primary = max(distinct, key=lambda key: (key in verified, STRENGTH[key[0]]))
        closeness = 100 if primary in verified else STRENGTH[primary[0]]
        kinds = Counter(kind for kind, _value in distinct - {primary})
        degrees = temperature.score(closeness=closeness, counts=kinds.values())
        return primary[0], primary in verified, closeness, sum(kinds.values()), len(kinds), degrees


@pytest.mark.requirement("IDN-075")
def test_the_list_of_kinds_is_data_that_staff_edit(app):
    account = oneids.account(app, "a", "phone:+8613800138001", "cookie:c1")
    IdentifierKind.objects.filter(code="cookie").update(strength=95)
    assert of(account).primary.kind == "cookie"
