"""Sales by node, channel and period."""

import datetime as dt
from decimal import Decimal

import pytest

from reports.queries import sales
from tests import factories
from tests.factories import NOW

START = NOW - dt.timedelta(days=60)
SOON = NOW + dt.timedelta(seconds=1)


def at(node, *amounts, **fields):
    channel = factories.channel(organization=node)
    return [factories.order(channel=channel, amount=amount, **fields) for amount in amounts]


@pytest.mark.requirement("MEM-009")
def test_a_report_filtered_by_a_dealer_sums_exactly_its_stores(nodes):
    at(nodes["s1"], "100.00", "19.99")
    sold = at(nodes["s2"], "50.01")
    at(nodes["s3"], "1000.00")
    at(nodes["s4"], "7.00")
    factories.returned(order=sold[0], amount="10.01")

    def net(code):
        return sales.report(node=nodes[code], start=START, as_of=SOON).net(currency="CNY")

    assert net("d1") == net("s1") + net("s2") == Decimal("159.99")
    assert net("b1") == net("d1") + net("d2")
    assert net("g") == net("b1") + net("b2")
    dealer = sales.report(node=nodes["d1"], start=START, as_of=SOON)
    assert {line.organization for line in dealer.lines} == {"s1", "s2"}
    assert dealer.net(currency="CNY", organization="s2") == Decimal("40.00")
    assert dealer.tables()[0].total[-1] == Decimal("159.99")


def test_what_counts(nodes):
    at(nodes["s1"], "1.00", status="created")
    at(nodes["s1"], "2.00", status="cancelled")
    at(nodes["s1"], "4.00", status="completed")
    at(nodes["s1"], "8.00", at=START)
    at(nodes["s1"], "16.00", at=START - dt.timedelta(seconds=1))
    at(nodes["s1"], "32.00", at=SOON)

    found = sales.report(node=nodes["g"], start=START, as_of=SOON)

    assert found.net(currency="CNY") == Decimal("12.00")
    assert (found.orders, sum(line.anonymous for line in found.lines)) == (2, 2)


def test_a_return_counts_when_and_where_it_came_back(nodes):
    (order,) = at(nodes["s1"], "100.00", at=START - dt.timedelta(days=1))
    returned = factories.returned(order=order, amount="30.00")
    returned.organization = nodes["s2"]
    returned.save()

    (line,) = sales.report(node=nodes["g"], start=START, as_of=SOON).lines

    assert (line.organization, line.orders, line.net) == ("s2", 0, Decimal("-30.00"))


def test_currencies_are_never_added(nodes):
    at(nodes["s1"], "100.00")
    channel = factories.channel(organization=nodes["s1"])
    order = factories.order(channel=channel, amount="5.00")
    order.currency = "USD"
    order.save()

    found = sales.report(node=nodes["g"], start=START, as_of=SOON)

    assert [(table.title, table.total[-1]) for table in found.tables()] == [
        ("Sales in CNY", Decimal(100)), ("Sales in USD", Decimal(5))
    ]  # fmt: skip


def test_periods_begin_at_local_midnight(nodes):
    midnight = dt.datetime(2025, 12, 31, 16, 0, tzinfo=dt.UTC)  # 1 January in Shanghai
    at(nodes["s1"], "1.00", at=midnight - dt.timedelta(seconds=1))
    at(nodes["s1"], "2.00", at=midnight)

    found = sales.report(node=nodes["g"], start=START, as_of=SOON)

    assert {line.period: line.net for line in found.lines} == {
        dt.date(2025, 12, 1): 1,
        dt.date(2026, 1, 1): 2,
    }


def test_an_unknown_step_is_an_error(nodes):
    with pytest.raises(ValueError, match="day, week, month, year"):
        sales.report(node=nodes["g"], start=START, as_of=NOW, step="hour")
