"""An order that comes back takes back all that it brought."""

from decimal import Decimal

import pytest

from members.actions import earning
from members.models import Account, MemberFeatures, Programme, RightGrant
from members.queries import rights
from tests.identity import company
from tests.identity.company import NOW, accept, account, order, returned
from tests.members.entitled import LONG_AGO, by_goods, follow, right
from tests.members.ledger.purses import available, book
from tests.members.plans import published, rule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("within_its_transaction")]


@pytest.mark.requirement("MEM-052")
def test_an_order_of_199_returned_takes_its_points_its_amount_and_its_right_back():
    nodes = company.build()
    points = earns_one_a_unit(nodes)
    by_goods(right(organization=nodes["b1"]), skus=["S1"])
    accept(account("u1"), order("o1", "u1", amount="199.00"))
    member = settled()
    assert available(Account.objects.get(), points, at=NOW) == 199
    assert MemberFeatures.objects.get(member=member).amount == Decimal("199.00")
    assert [each.state for each in rights.of(members=[member.pk], now=NOW)] == ["available"]
    accept(returned("r1", "o1", refund="199.00"))
    settled()
    assert available(Account.objects.get(), points, at=NOW) == 0
    assert MemberFeatures.objects.get(member=member).amount == 0
    assert [each.state for each in rights.of(members=[member.pk], now=NOW)] == ["revoked"]
    assert RightGrant.objects.get().reason == "returned"


def earns_one_a_unit(nodes):
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    points = book(organization=nodes["b1"])
    published(club, rules=[rule(points, 1)], starts_at=LONG_AGO)
    return points


def settled():
    follow()
    while earning.follow(now=NOW):
        pass
    return Account.objects.get().member
