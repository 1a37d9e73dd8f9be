"""What the database itself holds of returns at tills, whoever writes."""

import pytest
from django.db import DatabaseError, connection, transaction

from campaigns.models import TillOrder, TillReturn, TillReturnLine
from tests import factories
from tests.campaigns.offering import NOW
from tests.campaigns.till.pricing import clock, line, till
from tests.campaigns.till.returns import sell, taken

pytestmark = pytest.mark.django_db


@pytest.fixture
def back(nodes, monkeypatch) -> TillReturn:
    """One of three pieces came back."""
    clock(monkeypatch, NOW)
    pos = factories.channel(organization=nodes["s1"], code="pos", kind="pos")
    cashier = till(pos, organization=nodes["s1"])
    sell(cashier, line(1, "10.00", quantity="3"), pay="30.00")
    taken(cashier, {1: "1"})
    return TillReturn.objects.get()


def further(back: TillReturn, **more) -> TillReturnLine:
    told = {"line": 1, "sold": 3_000, "before": 1_000, "quantity": 500, "refund": 500}
    return TillReturnLine.objects.create(returned=back, sale=back.sale, **told | more)


def copied(back: TillReturn, **more) -> TillReturn:
    told = {"number": "R2", "total": 0, "paid_back": "[]", "at": NOW}
    return TillReturn.objects.create(sale=back.sale, channel=back.channel, store=back.store, **told | more)


def refused(rule: str, write, **given) -> None:
    with pytest.raises(DatabaseError, match=rule), transaction.atomic():
        write(**given)


def test_what_it_lets_in(back):
    further(back)
    further(copied(back), before=1_500, quantity=1_500)


@pytest.mark.parametrize("before", [0, 500, 1_500])
def test_a_line_counts_what_came_back_before_it(back, before):
    refused("counts what came back before", further, back=back, before=before)


@pytest.mark.parametrize("wrong", [{"quantity": 2_001}, {"quantity": 0}, {"refund": -1}])
def test_no_more_comes_back_than_was_sold(back, wrong):
    refused("till_return_line_within_what_was_sold", further, back=back, **wrong)


def test_one_piece_comes_back_once_even_past_the_count(back):
    """As where two transactions count at the same moment."""
    stop = "ALTER TABLE campaigns_tillreturnline DISABLE TRIGGER campaigns_tillreturnline_follows"
    with transaction.atomic():
        connection.cursor().execute(f"SET CONSTRAINTS ALL IMMEDIATE; {stop}")
        refused("till_return_line_once", further, back=back, before=0)
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        ("till_return_number", {"number": "R1"}),
        ("till_return_refunds_or_nothing", {"number": ""}),
        ("till_return_refunds_or_nothing", {"total": -1}),
    ],
)
def test_a_return_has_a_number_of_its_own_and_takes_no_money(back, rule, wrong):
    refused(rule, copied, back=back, **wrong)


@pytest.mark.parametrize("model", [TillReturn, TillReturnLine])
def test_what_came_back_stays_as_it_was(back, model):
    refused("append-only", model.objects.update, **({"total": 1} if model is TillReturn else {"refund": 1}))
    refused("append-only", model.objects.all()._raw_delete, using="default")


def test_what_a_sale_was_paid_with_stays(back):
    refused("cannot become", TillOrder.objects.update, payments="[]")
