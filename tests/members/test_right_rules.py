"""Goods bring rights: once, for as long as they are kept, whatever arrives first."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from identity.actions import intake, undoing
from identity.models import IngestRun
from members.actions import bought_rights, erasure, rights
from members.models import Account, Channel, Event, EventCursor, Order, Return, RightGrant, RightUse
from members.models.event import SettledBefore
from tests import factories
from tests.identity import company
from tests.identity.company import NOW, accept, account, order, returned
from tests.members import entitled
from tests.members.entitled import DAY, back, by_goods, lines, live, right, sale, settle, states

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _within_its_transaction(monkeypatch):
    """A test's events are never settled: its transaction is still open."""
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))


@pytest.fixture
def nodes():
    return company.build()


@pytest.fixture
def warranty(nodes):
    made = right(organization=nodes["b1"], validity_months=36)
    by_goods(made, skus=["F1"], categories=["fridge-high"])
    return made


@pytest.fixture
def anna(nodes):
    return factories.account(channel=company_channel("app"), external_id="anna")


@pytest.fixture
def ben(nodes):
    return factories.account(channel=company_channel("mall"), external_id="ben")


def company_channel(code):
    return Channel.objects.get(code=code)


def follow(now=NOW):
    while bought_rights.follow(now=now):
        pass


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


def test_what_staff_revoked_stays_revoked_though_the_order_went_and_came_back(nodes, anna, ben):
    by_goods(right(organization=nodes["b1"], code="cleaning"), skus=["F1"])
    sold = sale(anna)
    settle()
    rights.revoke(grant=RightGrant.objects.get(), reason="a mistake", by=factories.staff(), now=NOW)
    for owner in (ben, anna):
        Order.objects.filter(pk=sold.pk).update(account=owner)
        settle()
    assert not RightGrant.objects.filter(account=anna, revoked_at=None).exists()


def used(right, account, place, key="k1", now=NOW):
    return rights.use(
        member=account.member, right=right, key=key, organization=place, channel=None, by=None, now=now
    )


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
    sale(factories.account(channel=company_channel("app")))
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


@pytest.mark.usefixtures("warranty")
def test_an_import_taken_back_takes_the_rights_of_its_orders_back():
    run = IngestRun.objects.create(source="f", fingerprint="f", state="finished", started_at=NOW)
    accept(account("u1"))
    brought = [order("o1", "u1", lines=lines(serial="SN-1"))]
    intake.accept(records=brought, source="file", now=NOW, run=run)
    follow()
    assert live() == [("u1", "SN-1")]
    assert entitled.appliance("SN-1").order_key == "o1"
    withdrawal = undoing.begin(run=run, reason="the wrong file", by=None, now=NOW)
    undoing.go_on(withdrawal=withdrawal, clock=lambda: NOW)
    follow()
    assert live() == []
    assert RightGrant.objects.get().reason == "cancelled"
    assert entitled.appliance("SN-1") is None


@pytest.mark.usefixtures("warranty")
def test_what_an_erased_person_had_stays_as_it_is_without_its_serial_number():
    accept(account("u1"), order("o1", "u1", lines=lines(serial="SN-1")))
    follow()
    asked = erasure.request(
        member=Account.objects.get().member, reason="asked for it in writing", now=NOW, door="command"
    )
    erasure.carry_out(erasure=asked, now=NOW)
    settle()
    grant = RightGrant.objects.get()
    assert (grant.serial, grant.revoked_at) == ("", None)
    assert entitled.appliance("SN-1") is None


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
