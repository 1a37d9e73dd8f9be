"""Codes of coupons that baskets name: wrong ones are counted, and those of other brands are unknown."""

import pytest
from django.core.cache import cache

from campaigns.models import TillOperation, TillOrder
from members.models import AccessRecord
from tests import factories
from tests.campaigns import vouchers
from tests.campaigns.counter import LOOK, problem
from tests.campaigns.offering import off
from tests.campaigns.till.pricing import QUOTES, basket, quote
from tests.campaigns.till.pricing import till as opened

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_counted():
    cache.clear()


def of_brand(nodes, brand: str):
    return vouchers.template(organization=nodes[brand], **off(threshold=0, amount=2_000))


def reasons(answer: dict) -> list[str]:
    return [each["reason"] for each in answer["coupons"]]


def asked(till, *codes: str):
    return till.post(QUOTES, basket("300.00", coupons=list(codes)))


def commit(till, *codes: str, key: str, number: str, cash: str):
    body = {"key": key, "basket": basket("300.00", coupons=list(codes)), "payments": [{"method": "cash", "amount": cash}]}  # fmt: skip
    return till.post(f"/api/v1/pos/orders/s1/{number}/commit", body)


def test_of_another_brands_coupon_nothing_is_told(cashier, nodes):
    vouchers.brought(of_brand(nodes, "b2"), "OTHERBRAND")
    vouchers.brought(of_brand(nodes, "d1"), "OURDEALERS")
    assert reasons(quote(cashier, "300.00", coupons=["OTHERBRAND", "OURDEALERS"])) == ["", "unknown"]


def test_wrong_codes_of_baskets_are_counted_like_others_and_right_ones_are_told_nothing_then(
    cashier, nodes, settings
):
    settings.WRONG_CODES = 3
    vouchers.brought(of_brand(nodes, "b1"), "RIGHTCODE2")
    assert asked(cashier, "WRONG1", "WRONG2", "RIGHTCODE2").status_code == 200
    assert AccessRecord.objects.filter(action="code", field="coupon").count() == 1
    assert asked(cashier, "RIGHTCODE2", "WRONG3").status_code == 200
    assert asked(cashier, "RIGHTCODE2").status_code == 429
    assert cashier.post(LOOK, {"code": "RIGHTCODE2"}).status_code == 429
    assert asked(cashier).status_code == 200
    assert cashier.post(QUOTES, basket("300.00", coupons="auto")).status_code == 200


def test_more_wrong_codes_at_once_than_may_be_told_are_told_nothing(cashier, settings):
    settings.WRONG_CODES = 3
    assert asked(cashier, "W1", "W2", "W3", "W4").status_code == 429
    assert asked(cashier, "W1").status_code == 429


def test_one_wrong_code_counts_once_however_often_its_basket_changes(cashier, settings):
    settings.WRONG_CODES = 2
    for revision in range(1, 6):
        body = {"key": f"p{revision}", "revision": revision, "basket": basket("10.00", coupons=["WRONG1"])}
        answer = cashier.put("/api/v1/pos/orders/s1/N1", body)
        assert reasons(answer.json()["quote"]) == ["unknown"]


@pytest.mark.parametrize("verb", ["put", "hold", "commit"])
def test_every_verb_of_a_sale_counts_and_does_nothing_then(cashier, settings, verb):
    settings.WRONG_CODES = 1
    assert asked(cashier, "WRONG1").status_code == 200
    body = {"key": "k1", "basket": basket("10.00", coupons=["WRONG2"])}
    send = {
        "put": lambda: cashier.put("/api/v1/pos/orders/s1/N1", {**body, "revision": 1}),
        "hold": lambda: cashier.post("/api/v1/pos/orders/s1/N1/hold", body),
        "commit": lambda: cashier.post(
            "/api/v1/pos/orders/s1/N1/commit", {**body, "payments": [{"method": "cash", "amount": "10.00"}]}
        ),
    }[verb]
    assert send().status_code == 429
    cache.clear()
    assert send().status_code == 200
    assert asked(cashier, "WRONG1").status_code == 429


def test_a_sale_that_happened_is_answered_whatever_was_guessed_since(cashier, nodes, settings):
    settings.WRONG_CODES = 1
    vouchers.brought(of_brand(nodes, "b1"), "RIGHTCODE2")
    told = {"key": "c1", "number": "N1", "cash": "280.00"}
    first = commit(cashier, "RIGHTCODE2", **told)
    assert asked(cashier, "WRONG1").status_code == 200
    again = commit(cashier, "RIGHTCODE2", **told)
    assert (again.json(), again["Idempotent-Replay"]) == (first.json(), "true")
    refused = commit(cashier, "RIGHTCODE2", key="c2", number="N2", cash="300.00")
    assert (problem(refused)[0], TillOrder.objects.count(), TillOperation.objects.count()) == (429, 1, 1)


def test_whoever_else_asks_elsewhere_is_not_held_up(cashier, nodes, settings):
    settings.WRONG_CODES = 1
    asked(cashier, "WRONG1")
    other = opened(
        factories.channel(organization=nodes["s1"], code="pos-2", kind="pos"), organization=nodes["s1"]
    )
    assert (asked(cashier, "W2").status_code, asked(other, "W2").status_code) == (429, 200)
