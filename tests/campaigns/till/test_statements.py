"""How many statements a till's request takes: the same for one line as for many, so that nobody adds one unnoticed."""

import pytest

from members.models import Order
from tests import factories, statements
from tests.campaigns import offering
from tests.campaigns.offering import DAY, NOW, off
from tests.campaigns.till.pricing import QUOTES, basket, clock, till

pytestmark = pytest.mark.django_db
GUEST_QUOTES, MEMBER_QUOTES = 3, 4
GUEST_SELLS, MEMBER_SELLS = 9, 10


@pytest.fixture
def account(pos):
    return factories.account(channel=pos).member.oneid


@pytest.fixture
def cashier(pos, nodes, monkeypatch):
    clock(monkeypatch, NOW)
    offering.published(organization=nodes["g"], code="SUMMER", offers=(off(),))
    return till(pos, organization=nodes["s1"])


def quoted(cashier, *prices, **more) -> int:
    with statements.counted() as sent:
        assert cashier.post(QUOTES, basket(*prices, **more)).status_code == 200
    return len(own(sent))


def committed(cashier, *prices, number: str, **more) -> int:
    body = {"key": number, "basket": basket(*prices, **more)}
    body["payments"] = [{"method": "cash", "amount": str(100 * len(prices))}]
    with statements.counted() as sent:
        answer = cashier.post(f"/api/v1/pos/orders/s1/{number}/commit", body)
    assert answer.status_code == 200, answer.content
    return len(own(sent))


def own(sent: list[str]) -> list[str]:
    """But for savepoints: a test is a transaction already."""
    return [each for each in sent if "SAVEPOINT" not in each]


def test_a_quote_takes_as_many_for_one_line_as_for_three(cashier, account):
    quoted(cashier, "100")  # which reads the rules
    counts = [quoted(cashier, *["50"] * lines, oneid=oneid) for oneid in ("", account) for lines in (1, 3)]
    assert counts == [GUEST_QUOTES] * 2 + [MEMBER_QUOTES] * 2


def test_a_sale_takes_as_many_for_one_line_as_for_three(cashier, account):
    committed(cashier, "100", number="first")
    counts = [
        committed(cashier, *["100"] * lines, number=f"{oneid}{lines}", oneid=oneid)
        for oneid in ("", account)
        for lines in (1, 2)
    ]
    assert counts == [GUEST_SELLS] * 2 + [MEMBER_SELLS] * 2


def test_a_sale_of_which_a_file_told_before_is_one_order(cashier, pos, nodes):
    told = factories.order(
        channel=pos, external_id="N1", amount="90.00", organization=nodes["s1"], at=NOW - DAY
    )
    committed(cashier, "100", number="N1")
    order = Order.objects.get()
    assert (order.pk, order.amount, order.occurred_at) == (told.pk, 100, NOW - DAY)
    assert [line.amount for line in order.lines.all()] == [100]
