"""Goods bring what their history leaves of them, in whatever order it is told."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from members.actions import bought_rights
from members.models import Channel, EventCursor, Order, Return, RightGrant
from tests import factories
from tests.identity import company
from tests.identity.company import NOW, accept, account, brought, order, take_back
from tests.members import entitled
from tests.members.entitled import DAY, back, follow, lines, live, sale, settle

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


@pytest.mark.usefixtures("warranty")
def test_the_log_read_again_from_its_beginning_changes_nothing():
    accept(account("u1"), order("o1", "u1", lines=lines(serial="SN-1")))
    follow()
    EventCursor.objects.filter(reader=bought_rights.READER).update(tx=0, event_id=0)
    follow()
    assert RightGrant.objects.count() == 1


@pytest.mark.usefixtures("warranty")
def test_an_order_that_waited_for_its_account_brings_its_right_when_it_comes():
    accept(order("o1", "u1", lines=lines(serial="SN-1")))
    follow()
    assert live() == []
    accept(account("u1"))
    follow()
    assert live() == [("u1", "SN-1")]


def oracle(sales) -> list[tuple[str, str]]:
    """The grants that must stand, in few words: (account, serial number)."""
    due, taken = [], set()
    for owner, serial, quantity, returns, paid, _at in sorted(sales, key=lambda each: each[5]):
        kept = max(0, min(quantity - returns, 1 if serial else quantity))
        if not paid or kept == 0 or (serial and serial in taken):
            continue
        taken |= {serial} - {""}
        due += [(owner, serial)] * kept
    return sorted(due)


SALES = st.lists(
    st.tuples(
        st.sampled_from(["anna", "ben"]), st.sampled_from(["", "SN-1", "SN-2"]), st.integers(1, 3), st.integers(0, 2),
        st.booleans(),
    ),
    max_size=5,
)  # fmt: skip


@settings(
    max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(sales=SALES, order_of_settling=st.randoms(use_true_random=False))
@pytest.mark.usefixtures("warranty")
def test_any_history_of_sales_and_returns_leaves_what_its_end_says(sales, order_of_settling, anna, ben):
    Order.objects.all().update(status="cancelled")
    Return.objects.all().delete()
    settle()
    told, people = [], {"anna": anna, "ben": ben}
    for number, (owner, serial, quantity, returns, paid) in enumerate(sales):
        at = NOW - (10 - number) * DAY
        made = sale(
            people[owner], serial=serial, quantity=quantity, at=at, status="paid" if paid else "cancelled"
        )
        told.append((owner, serial, quantity, returns, paid, at))
        if order_of_settling.random() < 0.5:
            settle()
        if returns:
            back(made, quantity=returns)
        bought_rights.settle(keys={(made.channel_id, made.external_id)}, now=NOW)
    stood = live()
    assert sorted(stood) == oracle(told)
    settle()
    assert live() == stood
    Order.objects.all().update(status="cancelled")


def test_settling_nothing_is_nothing(nodes):
    assert bought_rights.settle(keys=set(), now=NOW) == 0
    assert entitled.appliance("SN-1") is None


@pytest.mark.usefixtures("warranty")
def test_an_import_taken_back_takes_the_rights_of_its_orders_back():
    accept(account("u1"))
    run = brought(order("o1", "u1", lines=lines(serial="SN-1")))
    follow()
    assert live() == [("u1", "SN-1")]
    assert entitled.appliance("SN-1").order_key == "o1"
    take_back(run)
    follow()
    assert live() == []
    assert RightGrant.objects.get().reason == "cancelled"
    assert entitled.appliance("SN-1") is None
