"""What pays for a sale, and what cannot: books by their kind and unit, no more than it costs, no part of a cent."""

import datetime as dt

import pytest

from members.actions import holds, points
from members.models import Order
from tests.campaigns.offering import NOW
from tests.campaigns.till import selling
from tests.campaigns.till.pricing import basket
from tests.campaigns.till.returns import cash, problem
from tests.members.ledger import purses

pytestmark = pytest.mark.django_db


@pytest.fixture
def hold(cashier, account):
    def ask(*pays: dict, price: str = "90.00"):
        told = basket(price, oneid=account.member.oneid)
        return cashier.post(selling.address("hold"), {"key": "h", "basket": told, "pays": list(pays)})

    return ask


@pytest.fixture
def filled(nodes, account):
    def book(code: str, kind: str, unit: str = "CNY", scale: int = 2):
        made = purses.book(code=code, organization=nodes["g"], kind=kind, unit=unit, scale=scale)
        points.earn(account=account, book=made, amount=100, key=code, now=NOW)
        return made

    return book


@pytest.mark.parametrize("kind", ["stored_value_principal", "stored_value_bonus", "gift_card", "red_packet"])
def test_money_that_the_house_keeps_pays_at_par(cashier, hold, filled, account, kind):
    book = filled("purse", kind)
    answer = hold({"book": "purse", "amount": "30.00"})
    assert (answer.status_code, answer.json()["due"]) == (200, "60.00")
    answer = cashier.post(selling.address("commit"), {"key": "c", "payments": cash("60.00")})
    assert answer.status_code == 200
    assert purses.available(account, book) == 70
    paid = Order.objects.get().payments.order_by("method").values_list("method", "amount")
    assert [(method, str(amount)) for method, amount in paid] == [
        ("book:purse", "30.0000"), ("cash", "60.0000"),
    ]  # fmt: skip


def test_growth_and_another_currency_pay_for_nothing(hold, filled):
    filled("growth", "growth", unit="steps", scale=0)
    filled("yen", "stored_value_principal", unit="JPY", scale=0)
    for book, said in (("growth", "pays for nothing"), ("yen", "is in JPY, the sale in CNY")):
        answer = hold({"book": book, "amount": "30"})
        assert (problem(answer), answer.json()["book"]) == ((422, "unfit"), book)
        assert said in answer.json()["detail"]


def test_no_more_is_paid_than_the_sale_costs(hold, card, filled):
    filled("bonus", "stored_value_bonus")
    assert problem(hold({"book": "card", "amount": "90.01"})) == (422, "unfit")
    answer = hold({"book": "card", "amount": "50.00"}, {"book": "bonus", "amount": "40.01"})
    assert (problem(answer), answer.json()["book"]) == ((422, "unfit"), "bonus")
    assert hold({"book": "card", "amount": "50.00"}, {"book": "bonus", "amount": "40.00"}).status_code == 200


def test_a_payment_of_a_part_of_a_cent_is_none(cashier):
    payments = [{"method": "cash", "amount": "45.005"}, {"method": "card", "amount": "44.995"}]
    body = {"key": "c", "basket": basket("90.00"), "payments": payments}
    assert problem(cashier.post(selling.address("commit"), body)) == (422, "unfit")
    assert not Order.objects.exists()


def test_what_the_ledger_freed_by_itself_is_cancelled_all_the_same(cashier, hold, card, account):
    assert hold({"book": "card", "amount": "30.00"}).status_code == 200
    assert holds.lapse(now=NOW + dt.timedelta(hours=1)) == 1
    assert cashier.post(selling.address("cancel"), {"key": "x"}).json()["state"] == "cancelled"
    assert purses.available(account, card) == 100
