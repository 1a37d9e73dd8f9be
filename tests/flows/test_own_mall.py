"""The own mall sends what happens in it as events; its checkout becomes an order, and the order points."""

from decimal import Decimal

import pytest

from identity.models import IntakeRecord, QuarantineItem
from members.actions import earning
from members.models import Account, Event, Order, Posting, Programme
from members.models.event import SettledBefore
from members.queries import balances
from tests.identity import company
from tests.identity.company import NOW, accept, account, event, order, verdicts_of
from tests.members.ledger.purses import DAY, book
from tests.members.plans import published, rule

LINES = [
    {"sku": "S1", "name": "Kettle", "quantity": "2", "unit_price": "99.90"},
    {"sku": "S2", "quantity": "1", "unit_price": "10.00", "discount": "1.00"},
]
CHECKOUT = event(
    "checkout", "m1", channel="mall", on=2, external_id="E-3",
    properties={"order": "SO-1", "amount": "220.80", "shipping": "12.00", "currency": "CNY", "lines": LINES},
)  # fmt: skip
BROWSING = [
    event("product_view", "m1", channel="mall", properties={"sku": "S1"}, external_id="E-1"),
    event("add_to_cart", "m1", channel="mall", properties={"sku": "S1", "quantity": 2}, external_id="E-2"),
]


@pytest.fixture
def mall(db, monkeypatch):
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))  # this transaction is still open
    nodes = company.build()
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    ours = book(organization=nodes["b1"])
    published(club, rules=[rule(ours, 1)], starts_at=NOW - 1000 * DAY)
    accept(account("m1", channel="mall", phone="13800138000"))


def points(external_id="m1") -> int:
    while earning.follow(now=NOW):
        pass
    member = Account.objects.get(external_id=external_id).member
    return sum(each.available for each in balances.of(members=[member.pk], now=NOW))


@pytest.mark.requirement("IDN-013")
def test_a_checkout_of_the_own_mall_becomes_an_order_and_points(mall):
    accept(*BROWSING, CHECKOUT)
    customer = Account.objects.get(external_id="m1")
    timeline = set(Event.objects.filter(account=customer).values_list("name", flat=True))
    assert {"product_view", "add_to_cart", "checkout", "order.paid"} <= timeline
    sold = Order.objects.get(external_id="SO-1")
    assert (sold.account, sold.channel.code, sold.status) == (customer, "mall", "paid")
    assert sold.amount == Decimal("220.80")
    assert [str(line.amount) for line in sold.lines.order_by("line")] == ["199.8000", "9.0000"]
    assert points() == 208
    posting = Posting.objects.get()
    assert (posting.account, posting.order_key) == (customer, "SO-1")


def test_a_checkout_sent_again_changes_nothing(mall):
    assert verdicts_of(CHECKOUT, CHECKOUT) == ["accepted", "duplicate"]
    assert verdicts_of(CHECKOUT) == ["duplicate"]
    assert points() == 208
    assert Order.objects.count() == 1
    assert IntakeRecord.objects.filter(type="order").count() == 1


def test_an_order_sent_later_rules_over_the_checkout(mall):
    created = CHECKOUT["properties"] | {"status": "created"}
    accept(CHECKOUT | {"properties": created})
    assert points() == 0
    accept(order("SO-1", "m1", channel="mall", on=3, amount="150.00"))
    assert points() == 150
    assert Order.objects.get().status == "paid"


def test_a_checkout_before_its_account_waits_with_its_order(mall):
    accept(CHECKOUT | {"account": "m2"})
    assert Order.objects.get().account is None
    accept(account("m2", channel="mall", on=3))
    assert points("m2") == 208


@pytest.mark.parametrize(
    "changed",
    [
        {"properties": {"sku": "S1"}},
        {"properties": {"order": "SO-1", "amount": "10.00"}},
        {"account": None, "identifiers": [{"kind": "cookie", "value": "ck-1234567890"}]},
        {"name": "cart_view"},
    ],
)
def test_what_names_no_customer_or_no_goods_is_an_event_alone(mall, changed):
    assert verdicts_of(CHECKOUT | changed) == ["accepted"]
    assert not Order.objects.exists()
    assert points() == 0


def test_a_checkout_with_a_wrong_amount_is_kept_as_event_and_its_order_aside(mall):
    wrong = [LINES[0] | {"unit_price": "x"}]
    [verdict] = accept(CHECKOUT | {"properties": CHECKOUT["properties"] | {"lines": wrong}})
    [problem] = verdict.problems
    assert (verdict.verdict, problem.place) == ("accepted", "$.properties.lines[0].unit_price")
    item = QuarantineItem.objects.get(pk=verdict.quarantine)
    assert (item.type, item.state) == ("order", "open")
    assert not Order.objects.exists()
    assert points() == 0


@pytest.mark.parametrize("name", ["points.earned", "gift_card.spent", "stored_value_bonus.expired"])
def test_nobody_outside_says_that_value_was_moved(mall, name):
    [verdict] = accept(event(name, "m1", channel="mall"))
    assert verdict.verdict == "quarantined"
    assert verdict.problems[0].code == "event.reserved"
