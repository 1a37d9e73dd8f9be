"""What stays of the raw record of somebody who was erased."""

import pytest

from identity.records import reducing
from tests.identity import company

SECRET = "Xu Wenjun"


def test_of_a_sale_goods_and_amounts_stay_and_nothing_that_a_channel_added():
    order = company.order(
        "o1", "app-user-1", name=SECRET, buyer_nick=SECRET, receiver={"name": SECRET}, note=SECRET,
        payments=[{"method": "alipay", "amount": "100.00", "payer": SECRET}], shipping="0.00",
        columns={"收件人": SECRET},
    )  # fmt: skip
    order["lines"][0] |= {"name": "Fridge", "serial": SECRET, "remark": SECRET}
    kept = reducing.reduced(order)
    assert SECRET not in str(kept)
    assert kept["payments"] == [{"method": "alipay", "amount": "100.00"}]
    assert kept["lines"] == [
        {"line": 1, "sku": "S1", "name": "Fridge", "quantity": "1", "unit_price": "100.00"}
    ]
    assert (kept["external_id"], kept["status"], kept["shipping"]) == ("o1", "paid", "0.00")


@pytest.mark.parametrize("made", [company.account, company.event])
def test_of_anything_else_only_the_channel_and_the_time_stay(made):
    assert set(reducing.reduced(made("x", profile={"name": SECRET}))) == {"type", "channel", "occurred_at"}


def test_a_record_that_was_reduced_is_not_reduced_further():
    once = reducing.reduced(company.order("o1", "u1", payments=None))
    assert reducing.reduced(once) == once
