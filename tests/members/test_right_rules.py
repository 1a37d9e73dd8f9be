"""Goods bring rights: once, for as long as they are kept, whatever arrives first."""

import datetime as dt

import pytest

from members.actions import rights
from members.models import Account, Channel, Event, Order, Return, RightGrant
from tests import factories
from tests.identity import company
from tests.identity.company import NOW, accept, account, erase, order, returned
from tests.members import entitled
from tests.members.entitled import DAY, back, by_goods, follow, lines, live, right, sale, settle, states

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("within_its_transaction")]


@pytest.fixture
def nodes():
    return company.build()


@pytest.fixture
def warranty(nodes):
    return entitled.warranty(nodes["b1"])


@pytest.fixture
def anna(nodes):
    return factories.account(channel=Channel.objects.get(code="app"), external_id="anna")


@pytest.fixture
def ben(nodes):
    return factories.account(channel=Channel.objects.get(code="mall"), external_id="ben")


@pytest.mark.requirement("MEM-036")
@pytest.mark.usefixtures("warranty")
def test_a_high_end_fridge_brings_a_warranty_of_three_years_on_its_serial_number_until_it_is_returned():
    accept(account("u1"), order("o1", "u1", lines=lines(sku="F1", serial="SN-1")))
    follow()
    grant = RightGrant.objects.get()
    assert (grant.serial, grant.order_key, grant.quantity) == ("SN-1", "o1", 1)
    placed = Order.objects.get().occurred_at
    assert grant.valid_from == placed
    assert grant.valid_until == dt.datetime(
        2029, 1, 2, 16, tzinfo=dt.UTC
    )  # the end of 2 January 2029 in Shanghai
    member = Account.objects.get().member
    assert states(member) == [("warranty", "SN-1", "available")]
    accept(returned("r1", "o1"))
    follow()
    assert states(member) == [("warranty", "SN-1", "revoked")]
    assert RightGrant.objects.get().reason == "returned"
    assert list(
        Event.objects.filter(name__startswith="right.").order_by("id").values_list("name", flat=True)
    ) == [
        "right.granted",
        "right.revoked",
    ]


@pytest.mark.requirement("MEM-035")
@pytest.mark.usefixtures("warranty")
def test_a_rule_of_goods_gives_once_for_each_serial_number(anna, ben):
    first = sale(anna, serial="SN-1", at=NOW - 5 * DAY)
    sale(ben, serial="SN-1", at=NOW - 3 * DAY)  # another channel tells the same sale
    sale(anna, serial="SN-2", at=NOW - 2 * DAY)
    settle()
    assert live() == [("anna", "SN-1"), ("anna", "SN-2")]
    settle()
    assert RightGrant.objects.count() == 2
    back(first)
    settle()
    assert live() == [("anna", "SN-2"), ("ben", "SN-1")]
    Return.objects.all().delete()
    settle()
    assert live() == [("anna", "SN-1"), ("anna", "SN-2")]
    assert RightGrant.objects.count() == 3


@pytest.mark.usefixtures("warranty")
def test_a_piece_without_serial_number_brings_one_each_and_takes_one_each(anna):
    sold = sale(anna, quantity=3)
    settle()
    assert len(live()) == 3
    back(sold, quantity=1)
    settle()
    assert len(live()) == 2
    back(sold, line=None, sku="F1", quantity=1)
    settle()
    assert len(live()) == 1
    back(sold, line=None, amount="100.00", quantity=1)  # all the money, of no line
    settle()
    assert live() == []


@pytest.mark.usefixtures("warranty")
def test_a_return_that_names_only_the_goods_takes_from_the_first_line_of_them(anna):
    sold = sale(anna, quantity=2)
    sold.lines.create(line=2, sku="F1", quantity=2, unit_price=1, amount=1)
    back(sold, line=None, sku="F1", quantity=3)
    settle()
    assert [key.split(":")[1] for key in RightGrant.objects.values_list("source_key", flat=True)] == ["2"]


@pytest.mark.usefixtures("warranty")
def test_a_return_before_its_order_leaves_nothing():
    accept(account("u1"), returned("r1", "o1"))
    accept(order("o1", "u1", lines=lines(serial="SN-1")))
    follow()
    assert live() == []


@pytest.mark.parametrize("status", ["created", "cancelled"])
@pytest.mark.usefixtures("warranty")
def test_goods_that_are_not_paid_bring_nothing(status, anna):
    sale(anna, serial="SN-1", status=status)
    settle()
    assert live() == []


@pytest.mark.usefixtures("warranty")
def test_an_order_that_changes_hands_takes_its_rights_along(anna, ben):
    sold = sale(anna, serial="SN-1")
    settle()
    Order.objects.filter(pk=sold.pk).update(account=ben)
    settle()
    assert live() == [("ben", "SN-1")]
    assert RightGrant.objects.get(account=anna).reason == "moved"
    Order.objects.filter(pk=sold.pk).update(account=anna)
    settle()
    assert live() == [("anna", "SN-1")]
    assert RightGrant.objects.count() == 2


def test_what_staff_revoked_stays_revoked_though_the_order_went_and_came_back(nodes, anna, ben):
    by_goods(right(organization=nodes["b1"], code="cleaning"), skus=["F1"])
    sold = sale(anna)
    settle()
    rights.revoke(grant=RightGrant.objects.get(), reason="a mistake", by=factories.staff(), now=NOW)
    for owner in (ben, anna):
        Order.objects.filter(pk=sold.pk).update(account=owner)
        settle()
    assert not RightGrant.objects.filter(account=anna, revoked_at=None).exists()


@pytest.mark.usefixtures("warranty")
def test_a_serial_number_that_is_corrected_moves_the_warranty(anna):
    sold = sale(anna, serial="SN-1")
    settle()
    sold.lines.update(serial="SN-2")
    settle()
    assert live() == [("anna", "SN-2")]
    sold.lines.update(serial="SN-1")
    settle()
    assert live() == [("anna", "SN-1")]


def test_a_rule_holds_for_orders_placed_while_it_runs(nodes, anna):
    made = right(organization=nodes["b1"])
    by_goods(made, skus=["F1"], starts_at=NOW - 5 * DAY, ends_at=NOW - 3 * DAY)
    for number, days in enumerate((6, 5, 4, 3)):
        sale(anna, serial=f"SN-{number}", at=NOW - days * DAY)
    settle()
    assert [serial for _account, serial in live()] == ["SN-1", "SN-2"]


def test_a_rule_holds_below_the_node_of_its_right(nodes):
    by_goods(right(organization=nodes["b2"]), skus=["F1"])
    sale(factories.account(channel=Channel.objects.get(code="app")))
    settle()
    assert live() == []


def test_changing_a_set_of_goods_changes_no_rule(nodes, anna):
    rule = by_goods(right(organization=nodes["b1"]), skus=["F1"])
    type(rule.goods).objects.update(skus=["other"])
    sale(anna, serial="SN-1")
    sale(anna, serial="SN-2", sku="other")
    settle()
    assert live() == [("anna", "SN-1")]


@pytest.mark.usefixtures("warranty")
def test_what_staff_revoked_stays_revoked(nodes, anna):
    sold = sale(anna, serial="SN-1")
    settle()
    rights.revoke(grant=RightGrant.objects.get(), reason="returned", by=factories.staff(), now=NOW)
    settle()
    assert live() == []
    back(sold)
    settle()
    Return.objects.all().delete()
    settle()
    assert live() == []


@pytest.mark.usefixtures("warranty")
def test_what_an_erased_person_had_stays_as_it_is_without_its_serial_number():
    accept(account("u1"), order("o1", "u1", lines=lines(serial="SN-1")))
    follow()
    erase(Account.objects.get().member)
    settle()
    grant = RightGrant.objects.get()
    assert (grant.serial, grant.revoked_at) == ("", None)
    assert entitled.appliance("SN-1") is None
