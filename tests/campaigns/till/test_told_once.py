"""That an order was paid is told once, whether a file or its till told of it first."""

import datetime as dt

import pytest

from identity.actions import intake
from members.models import Event, Order
from tests.campaigns.offering import DAY, NOW
from tests.campaigns.till import selling

pytestmark = pytest.mark.django_db


def told_by_file(account, status: str, at: dt.datetime = NOW - DAY) -> None:
    record = {
        "type": "order", "channel": "pos", "external_id": "N1", "occurred_at": min(at, NOW).isoformat(), "status": status,
        "updated_at": at.isoformat(), "account": account.external_id, "organization": "s1",
        "lines": [{"line": 1, "sku": "S1", "quantity": "1", "unit_price": "100.00"}],
    }  # fmt: skip
    [verdict] = intake.accept(records=[record], source="file", now=at)
    assert verdict.verdict in ("accepted", "updated"), verdict


def sold(cashier, account) -> None:
    selling.sell(cashier, "100.00", cash="100.00", oneid=account.member.oneid)


def events() -> list[str]:
    return list(Event.objects.filter(name__startswith="order.").order_by("id").values_list("name", flat=True))


def test_a_file_tells_of_it_first(cashier, account):
    told_by_file(account, "paid")
    sold(cashier, account)
    assert events() == ["order.paid", "order.changed"]
    assert Order.objects.count() == 1


def test_the_till_tells_of_it_first(cashier, account):
    sold(cashier, account)
    for hours in (1, 2):
        told_by_file(account, "paid", at=NOW + dt.timedelta(hours=hours))
    assert events() == ["order.paid", "order.changed", "order.changed"]
    assert Order.objects.count() == 1


def test_a_file_tells_less_first_and_more_later(cashier, account):
    told_by_file(account, "created")
    sold(cashier, account)
    told_by_file(account, "completed", at=NOW + DAY)
    assert events() == ["order.created", "order.paid", "order.completed"]
