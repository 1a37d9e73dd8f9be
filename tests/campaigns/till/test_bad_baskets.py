"""Baskets that cannot be: each a problem document that names the places, and nothing done."""

import pytest

from tests import factories
from tests.api import callers
from tests.campaigns.till.pricing import QUOTES, basket, line, refused, till

pytestmark = pytest.mark.django_db


@pytest.fixture
def cashier(pos, nodes):
    return till(pos, organization=nodes["s1"])


@pytest.mark.parametrize(
    ("fields", "place", "message"),
    [
        ({"quantity": "-1"}, "lines[1].quantity", "It is below 0."),
        ({"quantity": "0"}, "lines[1].quantity", "The quantity is 0."),
        ({"quantity": "0.0001"}, "lines[1].quantity", "There are 4 digits after the point, and 3 can be."),
        ({"quantity": "1e9"}, "lines[1].quantity", "“1e9” is no number."),
        ({"quantity": "1000001"}, "lines[1].quantity", "It is above 1000000."),
        ({"quantity": 1}, "lines[1].quantity", "Expected `str`, got `int`"),
        ({"quantity": "٣"}, "lines[1].quantity", "“٣” is no number."),
        ({"unit_price": "-0.01"}, "lines[1].unit_price", "It is below 0."),
        ({"unit_price": "9.999"}, "lines[1].unit_price", "There are 3 digits after the point, and 2 can be."),
        ({"unit_price": "10000000000.01"}, "lines[1].unit_price", "It is above 10000000000."),
        ({"currency": "JPY"}, "lines[1].currency", "JPY in a basket of CNY."),
        ({"line": 1}, "lines[1].line", "Line number 1 stands at lines[0] already."),
        ({"line": 0}, "lines[1].line", "Expected `int` >= 1"),
        ({"sku": ""}, "lines[1].sku", "Expected `str` of length >= 1"),
        ({"sku": "a\u0000b"}, "lines[1].sku", None),
        ({"colour": "red"}, "lines[1]", "Object contains unknown field `colour`"),
    ],
)  # fmt: skip
def test_a_bad_line_is_named(cashier, fields, place, message):
    [(where, said)] = refused(cashier, basket(line(1), line(2, **fields)))
    assert where == place
    assert message in (None, said)


def test_all_faults_are_told_at_once(cashier):
    lines = [line(1, quantity="-1", unit_price="x"), line(1), line(3, currency="EUR")]
    places = [place for place, _said in refused(cashier, basket(*lines))]
    assert places == ["lines[0].quantity", "lines[0].unit_price", "lines[2].currency", "lines[1].line"]
    lines = [line(1, quantity=1), line(2, more=1), line(3)]
    assert [place for place, _said in refused(cashier, basket(*lines, currency="yuan"))] == [
        "currency", "lines[0].quantity", "lines[1]",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ([], "body"), ("x", "body"), ({}, "body"), ({"currency": "CNY", "lines": []}, "lines"),
        ({"currency": "CNY", "lines": {}}, "lines"), (basket("1.00", store="s4"), "store"),
        (basket("1.00", store="nowhere"), "store"), (basket("1.00", oneid="0000000000000"), "oneid"),
        (basket("1.00", at="2026-01-01T00:00:00"), "at"), (basket("1.00", coupons="all"), "coupons"),
        (basket("1.00", coupons=["C"] * 51), "coupons"), (basket("1.00", pays=[]), "body"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_is_named(cashier, body, place):
    assert [where for where, _said in refused(cashier, body)] == [place]


def test_more_lines_than_a_receipt_has_are_refused(cashier):
    assert refused(cashier, basket(*[line(number) for number in range(1, 1002)]))[0][0] == "lines"
    many = [line(number) for number in range(1, 20_000)]
    assert cashier.post(QUOTES, basket(*many)).status_code == 413


def test_an_unknown_sku_is_sold_at_its_price(cashier):
    assert cashier.post(QUOTES, basket(line(1, "9.90", sku="never-seen"))).json()["total"] == "9.90"


def test_who_is_known_elsewhere_is_nobody_here(cashier, nodes):
    other = factories.account(channel=factories.channel(organization=nodes["s4"]))
    assert refused(cashier, basket("1.00", oneid=other.member.oneid))[0][0] == "oneid"


def test_a_currency_without_minor_units_has_none(cashier):
    answer = cashier.post(QUOTES, basket(line(1, "320"), currency="JPY"))
    assert answer.json()["total"] == "320"
    assert refused(cashier, basket(line(1, "320.5"), currency="JPY"))[0][0] == "lines[0].unit_price"


def test_a_key_without_the_scope_prices_nothing(pos):
    answer = callers.client(channel=pos, scopes="query browse edit ingest").post(QUOTES, basket("1.00"))
    assert answer.status_code == 403
