"""What was used of a piece of goods stays used, through whatever hands and channels the piece goes."""

import datetime as dt

import pytest

from members.actions import right_uses, rights
from members.models import Channel, Order, RightGrant, RightUse
from tests import factories
from tests.identity import company
from tests.identity.company import NOW
from tests.members.entitled import DAY, back, by_goods, right, sale, settle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("within_its_transaction")]


@pytest.fixture
def nodes():
    return company.build()


@pytest.fixture
def anna(nodes):
    return factories.account(channel=Channel.objects.get(code="app"), external_id="anna")


@pytest.fixture
def ben(nodes):
    return factories.account(channel=Channel.objects.get(code="mall"), external_id="ben")


def test_what_was_used_of_a_piece_is_not_given_again_with_it(nodes, anna, ben):
    made = right(organization=nodes["b1"], code="cleaning", kind="service")
    by_goods(made, skus=["F1"], quantity=2)
    sold = sale(anna)
    settle()
    used(made, anna, nodes["s1"])
    Order.objects.filter(pk=sold.pk).update(account=ben)
    settle()
    assert RightGrant.objects.get(account=ben).quantity == 1


def test_a_piece_that_goes_and_comes_back_brings_its_uses_once(nodes, anna, ben):
    made = right(organization=nodes["b1"], code="cleaning", kind="service")
    by_goods(made, skus=["F1"], quantity=3)
    sold = sale(anna)
    settle()
    used(made, anna, nodes["s1"], key="k1")

    def moved(account):
        Order.objects.filter(pk=sold.pk).update(account=account)
        settle()
        settle()
        return [(each.quantity, each.used) for each in RightGrant.objects.filter(revoked_at=None)]

    assert moved(ben) == [(2, 0)]
    assert moved(anna) == [(3, 1)]  # nothing was used meanwhile: what she had stands again
    assert moved(ben) == [(2, 0)]
    used(made, ben, nodes["s1"], key="k2")
    assert moved(anna) == [(1, 0)]
    used(made, anna, nodes["s1"], key="k3")
    with pytest.raises(rights.UsedUp):
        used(made, anna, nodes["s1"], key="k4")
    assert RightUse.objects.count() == 3
    assert moved(ben) == []
    assert RightGrant.objects.count() == 3


def test_one_sale_told_by_two_channels_brings_its_uses_once(nodes, anna, ben):
    """The till told it first; the house's books tell it again, a minute earlier by their clock."""
    made = right(organization=nodes["b1"], code="cleaning", kind="service")
    by_goods(made, skus=["F1"], quantity=2)
    sold = sale(anna, serial="SN-1")
    settle()
    used(made, anna, nodes["s1"])
    again = sale(anna, serial="SN-1", at=sold.occurred_at - dt.timedelta(minutes=1), channel=ben.channel)

    def standing():
        settle()
        settle()
        found = RightGrant.objects.filter(revoked_at=None).values_list("order_key", "quantity", "used")
        return list(found)

    def told_again(status):
        Order.objects.filter(pk=again.pk).update(status=status)
        return standing()

    assert standing() == [(again.external_id, 1, 0)]
    assert told_again("cancelled") == [(sold.external_id, 2, 1)]
    assert told_again("paid") == [(again.external_id, 1, 0)]
    used(made, anna, nodes["s1"], key="k2")
    assert told_again("cancelled") == []
    assert told_again("paid") == [(again.external_id, 1, 1)]


def test_an_appliance_that_is_sold_again_after_it_came_back_brings_all_its_uses(nodes, anna, ben):
    made = right(organization=nodes["b1"], code="cleaning", kind="service")
    by_goods(made, skus=["F1"], quantity=2)
    sold = sale(anna, serial="SN-1")
    settle()
    used(made, anna, nodes["s1"])
    back(sold)
    again = sale(ben, serial="SN-1", at=NOW + DAY)
    settle()
    grant = RightGrant.objects.get(revoked_at=None)
    assert (grant.order_key, grant.quantity, grant.account) == (again.external_id, 2, ben)


def used(right, account, place, key="k1", now=NOW):
    return right_uses.use(
        member=account.member, right=right, key=key, organization=place, channel=None, by=None, now=now
    )
