"""Activation codes: brought in once, given out once, waited for."""

import pytest

from members.actions import right_codes, right_uses, rights
from members.models import Account, Channel, RightCode, RightGrant
from members.queries import rights as held
from tests import factories
from tests.identity import company
from tests.identity.company import NOW, accept, account, order
from tests.members.entitled import by_goods, follow, lines, live, right, settle, states

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("within_its_transaction")]


@pytest.fixture(autouse=True)
def nodes():
    return company.build()


@pytest.fixture
def vip(nodes):
    made = right(
        organization=nodes["b1"], code="vip-video", kind="third_party", name="VIP video", with_code=True,
        validity_months=12,
    )  # fmt: skip
    by_goods(made, categories=["tv-high"])
    return made


def bring(vip, *codes):
    return right_codes.bring(right=vip, lines=codes, now=NOW)


def buy(number, *, category="tv-high"):
    accept(account("u1"), order(f"o{number}", "u1", lines=lines(sku="TV", category=category)))
    follow()


@pytest.mark.requirement("MEM-037")
def test_a_high_end_television_brings_an_unused_code_and_a_mid_range_one_none(vip):
    assert bring(vip, "AAA-1", "AAA-2") == 2
    buy(1)
    buy(2, category="tv-mid")
    [grant] = RightGrant.objects.all()
    assert (grant.order_key, grant.used, grant.activation.code) == ("o1", 0, "AAA-1")
    [told] = held.of(members=[Account.objects.get().member_id], now=NOW)
    assert (told.state, told.code) == ("available", True)
    assert RightCode.objects.filter(grant=None).count() == 1


def test_where_no_code_is_left_the_right_waits_until_codes_are_brought(vip, nodes):
    buy(1)
    member = Account.objects.get().member
    assert states(member) == [("vip-video", "", "waiting")]
    with pytest.raises(rights.Waiting, match="No activation code for VIP video is there yet"):
        right_uses.use(
            member=member, right=vip, key="k", organization=nodes["s1"], channel=None, by=None, now=NOW
        )
    bring(vip, "AAA-1")
    assert states(member) == [("vip-video", "", "available")]
    used = right_uses.use(
        member=member, right=vip, key="k", organization=nodes["s1"], channel=None, by=None, now=NOW
    )
    assert used.number == 1


def test_codes_are_brought_once_blank_lines_apart(vip):
    assert bring(vip, "A", " A ", "", "B\n") == 2
    assert bring(vip, "A", "C") == 1
    assert sorted(RightCode.objects.values_list("code", flat=True)) == ["A", "B", "C"]


@pytest.mark.parametrize("code", ["x" * 201, "a\tb"])
def test_a_line_that_is_no_code_keeps_all_out(vip, code):
    with pytest.raises(right_codes.Unusable, match="Code 2"):
        bring(vip, "A", code)
    assert not RightCode.objects.exists()


def test_a_right_without_codes_takes_none(nodes):
    with pytest.raises(right_codes.Unusable, match="takes no activation codes"):
        bring(right(organization=nodes["b1"]), "A")


def test_who_waits_longest_gets_the_first_code_and_nobody_two(vip):
    for number in range(3):
        buy(number)
    bring(vip, "A", "B")
    found = list(RightGrant.objects.order_by("id").values_list("activation__code", flat=True))
    assert found == ["A", "B", None]
    settle()
    assert len(live()) == 3
    assert RightCode.objects.filter(grant=None).count() == 0


def test_a_grant_by_hand_takes_a_code(vip):
    bring(vip, "A")
    made = rights.grant(
        right=vip, account=factories.account(channel=Channel.objects.get(code="app")), quantity=1, source="hand",
        key="g", reason="won it", by=factories.staff(), now=NOW,
    )  # fmt: skip
    assert RightCode.objects.get().grant == made
