"""Orders taken in: one shape from every channel, the ruling version, contacts, visits, features."""

from decimal import Decimal

import pytest

from identity.models import Binding, IntakeRecord, OrderContact, QuarantineItem
from members.models import Account, Event, Member, Membership, Order
from members.queries import memberships
from tests.identity import company
from tests.identity.company import accept, account, order, returned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nodes")]


@pytest.mark.requirement("MEM-050")
def test_orders_of_every_channel_are_listed_together():
    accept(*(account("x", channel=code, phone="13800138000") for code in ("tmall", "app", "mall")))
    accept(
        order("a", "x", channel="mall", on=3, amount="30"),
        order("b", "x", channel="tmall", on=1, amount="10"),
        order("c", "x", channel="app", on=2, amount="20"),
    )
    member = Member.objects.active().get()
    listed = Order.objects.filter(account__member=member).order_by("occurred_at")
    assert [each.channel.code for each in listed] == ["tmall", "app", "mall"]
    assert sum(each.amount for each in listed) == member.features.amount == 60


@pytest.mark.requirement("MEM-051")
def test_a_receipt_of_the_till_has_store_cashier_and_guide():
    accept(order("R1", channel="pos", organization="s1", cashier="Chen", guide="Wang"))
    found = Order.objects.get(external_id="R1")
    assert (found.organization.code, found.cashier, found.guide) == ("s1", "Chen", "Wang")


@pytest.mark.requirement("IDN-005")
def test_two_connectors_give_one_canonical_order():
    one = order("o1", "u1", amount="199.90", currency="cny", status="PAID") | {"vendor_field": 1}
    lines = [{"sku": "S1", "quantity": 1, "amount": "199.9000", "unit_price": "199.90", "colour": "red"}]
    two = order("o2", "u1", lines=lines) | {"source": {"name": "other"}}
    accept(account("u1"), one, two)
    shapes = []
    for found in Order.objects.order_by("external_id"):
        [line] = found.lines.all()
        shape = [
            found.account,
            found.status,
            found.currency,
            found.amount,
            line.line,
            line.sku,
            line.quantity,
        ]
        shapes.append([*shape, line.unit_price, line.amount, found.occurred_at])
    assert shapes[0] == shapes[1]
    raw = IntakeRecord.objects.get(key="o1").raw
    assert raw["vendor_field"] == 1


def test_the_version_with_the_greatest_time_and_status_rules():
    accept(account("u1"), order("o1", "u1", status="completed", on=1, amount="90"))
    accept(order("o1", "u1", status="paid", on=1, amount="100"))
    found = Order.objects.get()
    assert (found.status, found.amount, found.lines.get().amount) == ("completed", 90, 90)
    accept(order("o1", "u1", status="paid", on=0, updated_at=company.day(9), amount="110"))
    found.refresh_from_db()
    assert (found.status, found.amount, found.occurred_at.isoformat()) == ("paid", 110, company.day(0))
    assert sorted(Event.objects.values_list("name", flat=True)) == [
        "account.recorded",
        "order.changed",
        "order.completed",
        "order.paid",
    ]


def test_an_anonymous_sale_is_kept():
    [verdict] = accept(order("o1"))
    assert (verdict.verdict, verdict.waiting) == ("accepted", "")
    assert Order.objects.get().account is None
    assert not Member.objects.exists()


def test_a_till_that_knows_a_phone():
    accept(order("o1", channel="pos", identifiers=[{"kind": "phone", "value": "13800138000"}]))
    found = Account.objects.get()
    assert found.is_contact
    assert found.external_id == "phone:+8613800138000"
    assert Order.objects.get().account == found
    assert sorted(found.bindings.values_list("role", "orders")) == [("contact", 1), ("holder", 0)]
    named = [{"kind": "phone", "value": "13800138000"}]
    accept(account(channel="pos", identifiers=named, profile={"name": "Li"}))
    assert Account.objects.count() == 2


def test_order_contacts_are_counted_whatever_the_versions():
    phone = [
        {"kind": "phone", "value": "13800138000"},
        {"kind": "phone", "value": "13900139000", "role": "receiver"},
    ]
    accept(
        account("u1"), order("o1", "u1", identifiers=phone), order("o2", "u1", identifiers=phone[:1], on=4)
    )
    assert Binding.objects.get(role="contact").orders == 2
    assert Binding.objects.get(role="receiver").orders == 1
    accept(order("o2", "u1", status="completed", on=4))
    assert Binding.objects.get(role="contact").orders == 1
    assert OrderContact.objects.count() == 2
    accept(order("o1", status="completed", identifiers=[]))
    assert not Binding.objects.exists()


@pytest.mark.requirement("MEM-008")
def test_a_purchase_elsewhere_is_a_visit_and_home_stays_home():
    accept(account("c1", channel="pos", membership={"organization": "s1", "joined_at": company.day(0)}))
    accept(order("o1", "c1", channel="pos", organization="s2", on=5))
    levels = {each.organization: each for each in memberships.levels(member=Member.objects.active().get())}
    assert levels["s1"].joined_at is not None
    assert levels["s1"].first_visited_at is None
    assert levels["s2"].joined_at is None
    assert levels["s2"].first_visited_at.isoformat() == company.day(5)


def test_a_sale_that_was_at_another_store_after_all_is_no_visit_to_the_first():
    accept(account("c1", channel="pos", organization="s1"))
    accept(order("o1", "c1", channel="pos", organization="s2", on=5))
    accept(order("o2", "c1", channel="pos", organization="s1", on=6))
    accept(order("o1", "c1", channel="pos", organization="s1", on=5, updated_at=company.day(7)))
    visited = {each.organization.code: each for each in Membership.objects.select_related("organization")}
    assert visited.keys() == {"s1"}
    assert visited["s1"].first_visited_at.isoformat() == company.day(5)
    assert visited["s1"].last_visited_at.isoformat() == company.day(6)


@pytest.mark.requirement("IDN-058")
def test_features_equal_values_computed_by_hand():
    accept(
        account("u1"),
        order("o1", "u1", on=-400, amount="1000"),
        order("o2", "u1", on=10, amount="199.90"),
        order("o3", "u1", on=20, amount="50.05", status="completed"),
        order("o4", "u1", on=30, amount="70", status="created"),
        order("o5", "u1", on=40, amount="80", status="cancelled"),
        returned("r2", "o2", on=15, refund="99.90"),
        returned("r1", "o1", on=16, refund="10"),
        returned("r5", "o5", on=41, refund="80"),
        returned("r0", None, account="u1", on=42, refund="1.05"),
    )
    features = Member.objects.active().get().features
    assert features.last_order_at.isoformat() == company.day(20)
    assert features.first_order_at.isoformat() == company.day(-400)
    assert (features.order_count, features.order_count_365d) == (3, 2)
    assert features.amount == Decimal("1139.00")
    assert features.amount_365d == Decimal("149.00")
    assert features.as_of == company.NOW


def test_an_unusual_amount_is_kept_and_out_of_features():
    accept(account("u1"), order("o1", "u1", amount="1000000000"), order("o2", "u1", amount="5"))
    assert Order.objects.count() == 2
    assert Member.objects.active().get().features.amount == 5
    assert QuarantineItem.objects.get().code == "money.unusual"
