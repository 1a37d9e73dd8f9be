"""Appliances by serial number: who bought and connected them, their warranties, and the services bought for them."""

import pytest

from members.actions import appliances
from members.models import Account, Channel, Return
from members.queries import appliances as owned
from members.queries import rights as held
from tests import factories
from tests.identity import company
from tests.identity.company import NOW, accept, account, event, order, returned
from tests.members.entitled import DAY, appliance, back, by_goods, follow, lines, right, sale, settle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("within_its_transaction")]


@pytest.fixture(autouse=True)
def nodes():
    return company.build()


@pytest.fixture
def anna(nodes):
    return factories.account(channel=Channel.objects.get(code="app"), external_id="anna")


@pytest.fixture
def ben(nodes):
    return factories.account(channel=Channel.objects.get(code="mall"), external_id="ben")


@pytest.mark.requirement("MEM-042")
def test_a_cleaning_bought_for_an_air_conditioner_shows_under_it(nodes, anna):
    by_goods(right(organization=nodes["b1"], code="care", kind="service"), skus=["AC-CLEAN"])
    sale(anna, sku="AC-35", serial="AC1", at=NOW - 9 * DAY, category="air conditioner")
    for days in (5, 2):
        sale(anna, sku="AC-CLEAN", serial="AC1", at=NOW - days * DAY, category="service")
    settle()
    [own] = owned.of(member=anna.member, now=NOW)
    assert (own.serial, own.appliance.sku, own.bought_here, own.connected_here) == (
        "AC1",
        "AC-35",
        True,
        False,
    )
    assert [each.sku for each in own.services] == ["AC-CLEAN", "AC-CLEAN"]
    assert [each.right for each in held.of(members=[anna.member_id], now=NOW)] == ["care", "care"]


def test_a_warranty_is_told_with_its_appliance(nodes, anna):
    by_goods(right(organization=nodes["b1"], validity_months=36), skus=["F1"])
    sale(anna, serial="SN-1")
    settle()
    [own] = owned.of(member=anna.member, now=NOW)
    assert [(each.right, each.state) for each in own.rights] == [("warranty", "available")]
    assert [each.right for each in held.warranties(serial="SN-1", now=NOW)] == ["warranty"]


def test_the_earliest_sale_that_stands_counts(anna, ben):
    first = sale(anna, serial="SN-1", at=NOW - 3 * DAY)
    sale(ben, serial="SN-1", at=NOW - DAY)
    settle()
    assert appliance("SN-1").account == anna
    back(first)
    settle()
    assert appliance("SN-1").account == ben
    Return.objects.all().delete()
    settle()
    assert appliance("SN-1").account == anna


def test_whoever_connected_it_last_owns_it(anna, ben):
    accept(
        account("u1"), account("u2"), order("o1", "u1", lines=lines(serial="SN-1")),
        event("bind_device", "u2", on=5, properties={"serial": "SN-1"}),
    )  # fmt: skip
    follow()
    told = appliance("SN-1")
    assert (told.account.external_id, told.bound_account.external_id) == ("u1", "u2")
    assert owned.owners(serials=["SN-1", "SN-2"]) == {"SN-1": told.bound_account_id}
    buyer = Account.objects.get(external_id="u1")
    [own] = owned.of(member=buyer.member, now=NOW)
    assert (own.bought_here, own.connected_here) == (True, False)


def test_goods_that_came_back_are_nobodys():
    accept(account("u1"), order("o1", "u1", lines=lines(serial="SN-1")))
    follow()
    assert appliance("SN-1").order_key == "o1"
    accept(returned("r1", "o1"))
    follow()
    assert appliance("SN-1") is None
    assert owned.owners(serials=["SN-1"]) == {}


def test_an_order_that_is_corrected_lets_its_old_serial_number_go():
    accept(account("u1"), order("o1", "u1", lines=lines(serial="SN-1")))
    follow()
    accept(order("o1", "u1", on=2, lines=lines(serial="SN-2")))
    follow()
    assert appliance("SN-1") is None
    assert appliance("SN-2").account.external_id == "u1"


def test_telling_again_changes_nothing(anna):
    sale(anna, serial="SN-1")
    settle()
    assert appliances.settle(serials={"SN-1"}, now=NOW) == 0
    assert appliances.rebuild(now=NOW) == 1
