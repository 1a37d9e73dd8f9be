"""Several at once over real connections: the last use, one key, one serial number told by two orders."""

import pytest

from members.actions import appliances, bought_rights, right_codes, right_uses, rights
from members.models import Appliance, Programme, RightCode, RightGrant, RightUse, Tier
from tests import factories
from tests.connections import at_once
from tests.identity.company import NOW
from tests.members.entitled import LONG_AGO, back, by_goods, live, right, sale
from tests.members.test_rights import give, in_tier, use

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def app(nodes):
    return factories.channel(organization=nodes["b1"], code="app")


@pytest.fixture
def cleaning(nodes):
    return right(organization=nodes["b1"], code="cleaning", kind="service")


def of(kind, found) -> int:
    return sum(isinstance(each, kind) for each in found)


def test_two_tills_use_the_last_one_and_one_of_them_gets_it(nodes, app, cleaning):
    anna = factories.account(channel=app)
    give(cleaning, anna, quantity=2)
    found = at_once(*(lambda n=n: use(cleaning, anna, nodes["s1"], key=f"k{n}") for n in range(4)))
    assert (of(right_uses.Use, found), of(rights.UsedUp, found)) == (2, 2)
    assert RightGrant.objects.get().used == 2


def test_the_same_key_at_once_is_one_use(nodes, app, cleaning):
    anna, ben = factories.account(channel=app), factories.account(channel=app)
    give(cleaning, anna, quantity=3, key="a")
    give(cleaning, ben, quantity=3, key="b")
    found = at_once(*(lambda: use(cleaning, anna, nodes["s1"], key="k") for _ in range(3)))
    assert len(set(found)) == 1
    found = at_once(*(lambda each=each: use(cleaning, each, nodes["s1"], key="l") for each in (anna, ben)))
    assert (of(right_uses.Use, found), of(rights.KeyReused, found)) == (1, 1)
    assert RightUse.objects.count() == 2


def test_what_a_tier_brings_is_used_once_by_two_accounts_at_once(nodes, app, cleaning):
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    tier = Tier.objects.create(programme=club, code="t1", name="Tier 1", rank=1)
    rights.add_rule(right=cleaning, tier=tier, period="year", starts_at=LONG_AGO)
    anna = in_tier(app, "t1")
    mate = in_tier(app, "t1", member=anna.member)
    found = at_once(
        *(
            lambda n=n, each=each: use(cleaning, each, nodes["s1"], key=f"k{n}")
            for n, each in enumerate((anna, mate))
        )
    )
    assert (of(right_uses.Use, found), of(rights.UsedUp, found)) == (1, 1)


def test_used_beside_revoked_it_was_used_before_or_not_at_all(nodes, app, cleaning):
    by = factories.staff()
    for number in range(3):
        anna = factories.account(channel=app)
        given = give(cleaning, anna, key=f"g{number}")
        found = at_once(
            lambda number=number, anna=anna: use(cleaning, anna, nodes["s1"], key=f"k{number}"),
            lambda given=given: rights.revoke(grant=given, reason="a mistake", by=by, now=NOW),
        )
        given.refresh_from_db()
        assert isinstance(found[0], right_uses.Use if given.used else rights.Revoked)
        assert (given.revoked_at, RightUse.objects.filter(grant=given).count()) == (NOW, given.used)


def test_used_beside_the_return_of_its_goods_it_was_used_before_or_not_at_all(nodes, app, cleaning):
    by_goods(cleaning, skus=["F1"])
    for number in range(3):
        anna = factories.account(channel=app)
        sold = sale(anna)
        settle = lambda sold=sold: bought_rights.settle(keys={(app.pk, sold.external_id)}, now=NOW)  # noqa: E731
        settle()
        back(sold)
        found = at_once(
            lambda number=number, anna=anna: use(cleaning, anna, nodes["s1"], key=f"k{number}"), settle
        )
        given = RightGrant.objects.get(order_key=sold.external_id)
        assert isinstance(found[0], right_uses.Use if given.used else rights.Revoked)
        assert (given.reason, RightUse.objects.filter(grant=given).count()) == ("returned", given.used)


def test_one_serial_number_told_by_two_orders_at_once_is_granted_once(nodes, app):
    by_goods(right(organization=nodes["b1"]), skus=["F1"])
    anna, ben = factories.account(channel=app), factories.account(channel=app)
    sold = [sale(each, serial="SN-1") for each in (anna, ben)]
    at_once(
        *(lambda each=each: bought_rights.settle(keys={(each.channel_id, each.external_id)}, now=NOW) for each in sold),
        lambda: appliances.settle(serials={"SN-1"}, now=NOW),
    )  # fmt: skip
    assert len(live()) == 1
    assert Appliance.objects.count() == 1


def test_codes_brought_while_goods_are_settled_go_to_one_grant_each(nodes, app):
    vip = right(organization=nodes["b1"], code="vip", kind="third_party", with_code=True)
    by_goods(vip, skus=["TV"])
    sold = [sale(factories.account(channel=app), sku="TV") for _ in range(2)]
    found = at_once(
        *(lambda each=each: bought_rights.settle(keys={(each.channel_id, each.external_id)}, now=NOW) for each in sold),
        *(lambda n=n: right_codes.bring(right=vip, lines=[f"C{n}"], now=NOW) for n in range(2)),
    )  # fmt: skip
    assert not of(Exception, found)
    assert RightCode.objects.exclude(grant=None).count() == 2
