"""Bought on one end, used on another: rights are the person's, not the channel's."""

import pytest

from members.actions import bought_rights
from members.models import Account, Channel, Member, RightUse
from tests.api import callers
from tests.identity import company
from tests.identity.company import accept, account, order, returned
from tests.members.entitled import by_goods, follow, right

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("within_its_transaction")]
PHONE = "13800138001"


@pytest.fixture
def x():
    """OneID X: an account of the own mall and one of Tmall, joined by a telephone."""
    nodes = company.build()
    by_goods(
        right(organization=nodes["b1"], code="vip-year", kind="third_party", name="VIP year"),
        skus=["VIP-YEAR"],
    )
    accept(account("m1", channel="mall", phone=PHONE), account("U1", channel="tmall", phone=PHONE))
    return Member.objects.get(accounts__external_id="m1")


def vip(member):
    client = callers.client(channel=Channel.objects.get(code="mall"), scopes="query value")
    listed = client.get(f"/api/v1/members/{member.oneid}/rights").data
    used = client.post(f"/api/v1/members/{member.oneid}/rights/vip-year/use", {"key": "k1"}, format="json")
    return [row["state"] for row in listed], used


def buy():
    sold = [{"line": 1, "sku": "VIP-YEAR", "quantity": "1", "unit_price": "88.00"}]
    accept(order("T1", "U1", channel="tmall", lines=sold))
    follow()


@pytest.mark.requirement("MEM-046")
def test_a_vip_card_bought_on_tmall_is_used_at_the_own_mall(x):
    assert Account.objects.get(external_id="U1").member == x
    buy()
    states, used = vip(x)
    assert (states, used.status_code) == (["available"], 200)
    assert (RightUse.objects.get().account.external_id, RightUse.objects.get().channel.code) == ("U1", "mall")


@pytest.mark.requirement("MEM-046")
def test_a_refund_on_tmall_revokes_it(x):
    buy()
    accept(returned("TR1", "T1", channel="tmall", refund="88.00"))
    follow()
    states, used = vip(x)
    assert (states, used.status_code, used.data["type"]) == (
        ["revoked"],
        409,
        "urn:ninefold:problem:right-revoked",
    )
    assert bought_rights.settle(keys=set(), now=company.NOW) == 0
