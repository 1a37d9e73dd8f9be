"""Baskets and offers as JSON, both ways, and what is refused at which place."""

import json

import pytest

from campaigns.offers import forms, reading
from campaigns.offers.basket import Line

OFFER = {"code": "A", "currency": "CNY", "execution": "reduce", "form": {"kind": "cash", "amount": 5000}}
LINE = {"number": 1, "sku": "X", "quantity": 1000, "unit_price": 999}
BASKET = {"lines": [LINE], "currency": "CNY", "at": "2026-06-08T00:00:00+08:00"}
PERCENTAGE = {"kind": "percentage", "off": 1000}


@pytest.mark.parametrize(
    "form",
    [
        ("reduce", {"kind": "cash", "amount": 1}),
        ("add", {"kind": "packet", "least": 1, "most": 2}),
        ("reduce", {"kind": "percentage", "off": 1000, "cap": 300}),
        ("reduce", {"kind": "price", "pieces": 3, "amount": 9900}),
        ("reduce", {"kind": "pieces", "buy": 2, "off": 5000}),
        ("reduce", {"kind": "per_piece", "amount": 500}),
        ("add", {"kind": "points", "book": "points", "amount": 50, "worth": 50}),
        ("add", {"kind": "multiplier", "book": "points", "times": 20000, "worth": 100}),
        ("add", {"kind": "voucher", "template": "T", "worth": 5000}),
        ("exchange", {"kind": "goods", "skus": ["X"], "price": 990, "worth": 2000}),
    ],
)
def test_each_form_comes_back_from_its_text(form):
    execution, given = form
    read = reading.offer(json.dumps({**OFFER, "execution": execution, "form": given}))
    assert forms.name(read.form) == given["kind"]
    assert reading.offer(reading.text(read)) == read
    assert reading.from_builtins(reading.to_builtins(read), type(read)) == read


def test_sets_are_written_in_one_order():
    words = ["b", "a", "d", "c"]
    offer = reading.offer(json.dumps({**OFFER, "trigger": {"regions": words, "channels": words[::-1]}}))
    assert reading.text(offer).count(b'["a","b","c","d"]') == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"code": ""}, "$.code: Expected `str` of length >= 1"),
        ({"extra": 1}, "unknown field `extra`: leave the field out"),
        ({"currency": ""}, "offer A: it names an amount without a currency: set currency"),
        ({"form": {"kind": "cash", "amount": 1.5}}, "$.form.amount: Expected `int`, got `float`"),
        ({"form": {"kind": "cash", "amount": 0}}, "$.form.amount: Expected `int` >= 1"),
        ({"form": {"kind": "gold"}}, "$.form.kind: Invalid value 'gold': choose one"),
        ({"form": {"kind": "points", "book": "b", "amount": 1, "worth": 1}}, "reduce can't give points"),
        ({"form": {"kind": "pieces", "buy": 1, "cheapest": 2}}, "$.form: cheapest 2 is above buy 1"),
        ({"execution": "add", "form": {"kind": "packet", "least": 2, "most": 1}}, "least 2 is above most 1"),
        ({"execution": "add", "form": PERCENTAGE}, "add can't give percentage: choose one of cash"),
        (
            {"execution": "add", "form": {"kind": "goods", "skus": ["X"], "price": 1, "worth": 1}},
            "are an exchange",
        ),
        ({"execution": "return"}, "set it to paid or received for return"),
        ({"days": 3}, "days count from after"),
        ({"form": PERCENTAGE, "limits": {"every": True}}, "set every to false"),
        ({"limits": {"every": True}}, "set a threshold or a coupon"),
        ({"limits": {"stack": 0}}, "$.limits.stack: Expected `int` >= 1"),
        (
            {"trigger": {"starts": "2026-06-08T00:00:00+08:00"}},
            "$.trigger.starts: Expected `datetime` with no",
        ),
        ({"trigger": {"starts": "2026-06-08T00:00:00", "ends": "2026-06-08T00:00:00"}}, "let ends be later"),
        ({"trigger": {"recurrence": {"hours": ["9-12"]}}}, "$.trigger.recurrence.hours[0]: Expected `str`"),
        ({"trigger": {"recurrence": {"hours": ["09:00-09:00"]}}}, "write 00:00-24:00"),
        (
            {"trigger": {"recurrence": {"weekdays": [8]}}},
            "$.trigger.recurrence.weekdays[0]: Expected `int` <= 7",
        ),
    ],
)
def test_an_offer_that_means_nothing_is_refused_at_its_place(change, words):
    with pytest.raises(reading.Unreadable, match=r"^\$") as refused:
        reading.offer(json.dumps({**OFFER, **change}))
    assert words in str(refused.value)
    assert refused.value.place.startswith("$")
    assert refused.value.remedy or ": " in refused.value.what


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lines": [{**LINE, "quantity": -1000}]}, "$.lines[0].quantity: Expected `int` >= 1"),
        ({"lines": [{**LINE, "quantity": 10**9 + 1}]}, "$.lines[0].quantity: Expected `int` <= 1000000000"),
        ({"lines": [LINE, LINE]}, "line number 1 stands twice: give each line its own number"),
        ({"currency": ""}, "currency is empty: name it by its three letters"),
        ({"currency": "yuan"}, "$.currency: Expected `str` matching regex"),
        ({"at": "2026-06-08T00:00:00"}, "$.at: Expected `datetime` with a timezone component"),
        ({"coupons": [{"code": "C", "template": "T"}] * 2}, "coupon C stands twice"),
        ({"buyer": {"birthday": [2, 32]}}, "$.buyer.birthday[1]: Expected `int` <= 31"),
        ({"lines": 3}, "$.lines: Expected `array`, got `int`"),
    ],
)
def test_a_basket_that_means_nothing_is_refused_at_its_place(change, words):
    with pytest.raises(reading.Unreadable) as refused:
        reading.basket(json.dumps({**BASKET, **change}))
    assert words in str(refused.value)
    assert refused.value.remedy or ": " in refused.value.what


def test_text_that_is_no_json_is_refused():
    for text in (b"", b"{", b"\xff", b'{"lines":'):
        with pytest.raises(reading.Unreadable):
            reading.basket(text)


def test_a_code_stands_once_among_offers():
    with pytest.raises(reading.Unreadable, match=r"\$\[1\]\.code: code A stands twice"):
        reading.offers(json.dumps([OFFER, OFFER]))


def test_a_basket_comes_back_from_its_text():
    full = {
        **BASKET,
        "lines": [{**LINE, "sets": ["eco"], "brand": "B", "cost": 5, "excluded": True}],
        "buyer": {"tiers": ["club:gold"], "birthday": [2, 29], "new": True},
        "coupons": [{"code": "C", "template": "T", "usable_until": "2026-07-01T00:00:00"}],
        "used": {"A": {"member": 1}},
        "left": {"A": 0},
        "chosen": {"E": "X"},
    }
    basket = reading.basket(json.dumps(full))
    assert reading.basket(reading.text(basket)) == basket


def test_the_amount_of_a_line_is_rounded_half_up():
    assert [Line(number=1, sku="X", quantity=q, unit_price=3).amount for q in (1, 166, 167, 500, 1000)] == [
        0,
        0,
        1,
        2,
        3,
    ]
