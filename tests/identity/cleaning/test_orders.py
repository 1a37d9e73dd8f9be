"""Orders: amounts, lines, and what keeps one aside."""

import pytest

from identity.cleaning import amounts
from tests.identity.cleaning.samples import clean, codes, order


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (199.1, "money.float"),
        ("1,234.50", "money.malformed"),
        ("ten", "money.malformed"),
        ("NaN", "money.malformed"),
        ("Infinity", "money.malformed"),
        ("1" * 100, "money.too_large"),
        ("1e30", "money.too_large"),
        (10**30, "money.too_large"),
        (str(10**30), "money.too_large"),
        ("0.00001", "money.decimals"),
        ("-5", "order.negative"),
    ],
)
def test_wrong_amounts_are_quarantined_with_their_reason(value, code):
    cleaned = clean(order(lines=[{"sku": "S", "quantity": "1", "unit_price": value}]))
    assert cleaned.stops
    assert code in codes(cleaned)


def test_an_unusual_amount_is_flagged_and_kept():
    cleaned = clean(order(lines=[{"sku": "S", "amount": "1000000000"}]))
    assert not cleaned.stops
    assert cleaned.record.flagged
    assert codes(cleaned) == ["money.unusual"]


@pytest.mark.parametrize(
    ("line", "amount"),
    [
        ({"quantity": "3", "unit_price": "3.33", "discount": "0.99"}, "9.00"),
        ({"quantity": "3", "unit_price": "3.33", "amount": "10.00"}, "10.00"),
        ({"quantity": "0.333", "unit_price": "0.0151"}, "0.0050"),
        ({"quantity": 2, "unit_price": 5}, "10"),
        ({"amount": "7"}, "7"),
    ],
)
def test_what_is_paid_for_a_line(line, amount):
    cleaned = clean(order(lines=[{"sku": "S", **line}]))
    assert cleaned.record.lines[0].amount == amounts.Decimal(amount)


def test_total_of_an_order():
    lines = [{"sku": "S", "quantity": "2", "unit_price": "10.00"}, {"sku": "T", "amount": "5.50"}]
    cleaned = clean(order(lines=lines, discount="3.00", shipping="1.25"))
    assert cleaned.record.amount == amounts.Decimal("23.75")
    assert [line.line for line in cleaned.record.lines] == [1, 2]


def test_two_lines_of_one_number():
    cleaned = clean(order(lines=[{"line": 1, "amount": "1"}, {"line": 1, "amount": "2"}]))
    assert codes(cleaned) == ["order.line_twice"]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("occurred_at", "2026-01-02T03:04:05", "time.offset"),
        ("occurred_at", "2026-06-02T00:00:00Z", "time.future"),
        ("occurred_at", "9999-12-31T23:59:59-12:00", "time.future"),
        ("occurred_at", "0001-01-01T00:00:00+14:00", "time.ancient"),
        ("occurred_at", None, "record.missing"),
        ("occurred_at", 5, "time.offset"),
        ("channel", None, "record.missing"),
        ("channel", "", "record.missing"),
        ("type", "horoscope", "record.type"),
        ("type", None, "record.missing"),
        ("external_id", "", "key.blank"),
        ("external_id", None, "record.missing"),
        ("external_id", "x" * 201, "key.long"),
        ("external_id", "a\x00b", "key.hostile"),
        ("external_id", "a\u202eb", "key.hostile"),
        ("status", "lost", "order.status"),
        ("currency", "YUAN", "currency.unknown"),
        ("lines", "many", "record.shape"),
        ("lines", [{"quantity": "0.0001", "unit_price": "1"}], "quantity.decimals"),
        ("lines", [{"quantity": "1e12", "unit_price": "1"}], "quantity.too_large"),
        ("lines", [{"quantity": "999999999", "unit_price": "999999999999"}], "money.too_large"),
        ("lines", [{"line": -1, "amount": "1"}, {"amount": "2"}], "record.shape"),
        ("lines", [{"line": 2**40, "amount": "1"}], "record.shape"),
    ],
)
def test_faulty_orders_are_quarantined(field, value, code):
    cleaned = clean(order(**{field: value}))
    assert cleaned.stops
    found = next((each for each in cleaned.problems if each.code == code), None)
    if (field, value) == ("channel", ""):
        found = next(each for each in cleaned.problems if each.code in ("key.blank", code))
    assert found is not None, codes(cleaned)
    assert found.remedy
    assert found.place.startswith("$")


def test_a_near_future_is_the_difference_of_clocks():
    assert not clean(order(occurred_at="2026-06-01T00:05:00Z")).stops
