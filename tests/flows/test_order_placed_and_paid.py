"""An order of a shop as its events come: placed, then paid; points once."""

import datetime as dt
from decimal import Decimal

import pytest

from campaigns.actions import carts
from campaigns.models import CartRun
from members.actions import earning
from members.models import Account, Event, Order, Posting, Programme
from members.models.event import SettledBefore
from members.queries import balances
from tests import factories
from tests.identity import company
from tests.identity.company import NOW, accept, account, event, order, verdicts_of
from tests.members.ledger.purses import DAY, book
from tests.members.plans import published, rule

BEGUN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
LINES = [
    {
        "line": 1,
        "sku": "FR-500",
        "name": "Fridge",
        "category": "refrigerator",
        "quantity": "1",
        "unit_price": "300.00",
    },
    {"line": 2, "sku": "KT-1", "name": "Kettle", "quantity": "2", "unit_price": "25.00"},
]
CREATED = order("O1", "m1", channel="mall", on=2, status="created", lines=LINES)
PAID = order("O1", "m1", channel="mall", on=3, status="paid", lines=LINES)


@pytest.fixture
def mall(db, monkeypatch):
    monkeypatch.setattr(SettledBefore, "template", str(2**63 - 1))  # this transaction is still open
    nodes = company.build()
    club = Programme.objects.create(organization=nodes["b1"], name="Club")
    published(club, rules=[rule(book(organization=nodes["b1"]), 1)], starts_at=NOW - 1000 * DAY)
    accept(account("m1", channel="mall", phone="13800138000"))
    return nodes


def points() -> Decimal:
    while earning.follow(now=NOW):
        pass
    member = Account.objects.get(external_id="m1").member
    return sum(each.available for each in balances.of(members=[member.pk], now=NOW))


def cart() -> tuple:
    while carts.follow(now=BEGUN + 5 * DAY):
        pass
    return CartRun.objects.values_list("sku", "state", "order").get()


def told() -> list[str]:
    return list(Event.objects.filter(name__startswith="order.").order_by("id").values_list("name", flat=True))


@pytest.mark.requirement("IDN-031")
def test_an_order_that_is_placed_is_there_unpaid_with_its_items_and_earns_nothing_yet(mall):
    accept(CREATED)
    placed = Order.objects.get(external_id="O1")
    assert (placed.status, placed.amount, placed.account.external_id) == ("created", 350, "m1")
    assert list(placed.lines.order_by("line").values_list("sku", "quantity")) == [("FR-500", 1), ("KT-1", 2)]
    assert points() == 0
    assert (told(), Posting.objects.count()) == (["order.created"], 0)


@pytest.mark.requirement("IDN-032")
def test_an_order_that_is_paid_posts_its_points_once_ends_its_cart_and_a_replay_changes_nothing(mall):
    carts.watch(
        organization=mall["b1"], name="Carts", wait_minutes=2 * 24 * 60, by=factories.staff(), now=BEGUN
    )
    accept(event("add_to_cart", "m1", channel="mall", on=1, properties={"sku": "FR-500"}), CREATED)
    assert (points(), cart()) == (0, ("FR-500", "running", None))
    accept(PAID)
    assert (points(), cart()) == (350, ("FR-500", "paid", Order.objects.get().pk))
    assert Order.objects.get().status == "paid"
    assert told() == ["order.created", "order.paid"]
    posting = Posting.objects.get()
    assert verdicts_of(PAID, CREATED, PAID) == ["duplicate"] * 3
    assert (points(), cart()) == (350, ("FR-500", "paid", Order.objects.get().pk))
    assert (Posting.objects.get(), told()) == (posting, ["order.created", "order.paid"])


def test_paid_before_placed_ends_the_same(mall):
    accept(PAID)
    assert points() == 350
    accept(CREATED)
    assert (points(), Order.objects.get().status, Posting.objects.count()) == (350, "paid", 1)
