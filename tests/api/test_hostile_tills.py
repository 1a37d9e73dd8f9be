"""Whatever is sent to the tills' addresses, the answer is a problem document, nothing breaks and nothing is half done."""

import json

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.models import OfferUse, Reward, TillOperation, TillOrder, TillReturn
from members.models import Hold, Order
from tests import factories
from tests.campaigns import offering
from tests.campaigns.offering import NOW, off
from tests.campaigns.till import pricing
from tests.campaigns.till.pricing import basket, clock
from tests.campaigns.till.selling import sell

pytestmark = pytest.mark.django_db
DOORS = [
    ("post", "pos/quotes"), ("put", "pos/orders/s1/X1"), ("post", "pos/orders/s1/X1/hold"),
    ("post", "pos/orders/s1/X1/commit"), ("post", "pos/orders/s1/X1/cancel"), ("post", "pos/orders/s1/N1/returns"),
    ("post", "pos/orders/s1/N1/returns/preview"), ("post", "pos/allowances"), ("post", "pos/uploads"),
]  # fmt: skip
DEEP = 50_000
RAW = {
    "nothing": b"", "half": b'{"key": "k', "no text": b"\xff\xfe\x00", "no number": b'{"key": NaN}', "text": b'"x"', "null": b"null",
    "list": b"[]", "deep lists": b"[" * DEEP + b"]" * DEEP, "open lists": b"[" * DEEP,
    "deep basket": b'{"key": "k", "revision": 1, "basket": ' + b'{"a": ' * DEEP + b"1" + b"}" * DEEP + b"}",
    "half a pair": b'{"key": "\\ud800", "revision": 1, "basket": {}}', "nul": b'{"key": "a\\u0000b"}',
    "nul in a basket": b'{"key": "k", "revision": 1, "basket": {"currency": "C\\u0000Y", "lines": [{"line": 1, "sku": "\\u0000", "quantity": "1", "unit_price": "1"}]}}',
    "huge integer": b'{"key": "k", "revision": ' + b"9" * 5_000 + b', "basket": {}}',
    "huge float": b'{"key": "k", "revision": 1e999999, "basket": {}}',
    "twice a name": b'{"key": "k", "key": [], "revision": 1, "basket": 5, "basket": {"lines": {}}}',
    "11 MB": b'{"key": "' + b"a" * 11_000_000 + b'"}', "11 MB of lists": b'{"key": "k", "basket": [' + b"[]," * 3_700_000 + b"[]]}",
}  # fmt: skip


@pytest.fixture
def caller(nodes, monkeypatch, settings):
    """A till without a rate, and one sale that is done."""
    cache.clear()
    framework = django_settings.REST_FRAMEWORK
    rates = {"key": "1000000/min", "stranger": "1000000/min"}
    settings.REST_FRAMEWORK = {**framework, "DEFAULT_THROTTLE_RATES": rates}
    clock(monkeypatch, NOW)
    offering.published(organization=nodes["g"], code="SUMMER", offers=(off(),))
    pos = factories.channel(organization=nodes["s1"], code="pos", kind="pos")
    made = pricing.till(pos, organization=nodes["s1"])
    sell(made, "300.00", cash="250.00")
    return made


@pytest.fixture
def nodes():
    return factories.tree()


def state() -> tuple:
    rows = (TillOrder, TillOperation, TillReturn, Order, OfferUse, Reward, Hold)
    return tuple(each.objects.count() for each in rows)


def refused(answer, *statuses: int) -> None:
    assert answer.status_code in (statuses or (400, 404, 409, 413, 422)), answer.content[:500]
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code


@pytest.mark.parametrize(("method", "address"), DOORS)
def test_a_body_that_cannot_be_is_a_problem(caller, method, address):
    before = state()
    for what, body in RAW.items():
        answer = caller.generic(method.upper(), f"/api/v1/{address}", body, content_type="application/json")
        refused(answer, *([413] if what.startswith("11 MB") else [400, 404, 413, 422]))
    assert state() == before


GOOD = {
    "pos/quotes": basket("1.00"),
    "pos/orders/s1/X1": {"key": "k", "revision": 1, "basket": basket("1.00"), "cashier": "Li"},
    "pos/orders/s1/X1/hold": {"key": "k", "basket": basket("1.00"), "seconds": 60, "pays": [{"book": "b", "amount": "1"}]},
    "pos/orders/s1/X1/commit": {"key": "k", "basket": basket("1.00"), "payments": [{"method": "cash", "amount": "2.00"}]},
    "pos/orders/s1/N1/returns": {"key": "k", "number": "R1", "lines": [{"line": 9, "quantity": "1"}], "reason": "x"},
    "pos/orders/s1/N1/returns/preview": {"lines": [{"line": 9, "quantity": "1"}]},
    "pos/allowances": {"key": "k", "store": "s1", "oneid": "x", "book": "b", "amount": "1", "until": "2026-01-01T00:00:00Z"},
    "pos/uploads": {"items": [{"kind": "sale", "key": "k"}]},
}  # fmt: skip
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "\x00", "-1", "1e9", "٣", "9" * 40, "1" * 5_000, "💥", "‮", "2026-13-01", "2026-01-01T00:00:00+99:00", "auto"]),
    st.text(max_size=30), st.sampled_from([[], {}, [[]], [None] * 1_001, {"a": {"b": {}}}]),
)  # fmt: skip


def places(value, path=()):
    """Of everything in a body."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        yield from places(each, (*path, name))


def changed(body, path, odd):
    if not path:
        return odd
    copy = json.loads(json.dumps(body))
    at = copy
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = odd
    return copy


@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_one_odd_value_anywhere_breaks_nothing(caller, data):
    method, address = data.draw(st.sampled_from([door for door in DOORS if door[1] in GOOD]))
    body = GOOD[address]
    path = data.draw(st.sampled_from(list(places(body))))
    odd = changed(body, path, data.draw(ODD))
    answer = getattr(caller, method)(f"/api/v1/{address}", odd)
    if answer.status_code == 200:
        assert answer["Content-Type"] == "application/json"
    else:
        refused(answer)


@pytest.mark.parametrize(
    "address",
    [
        "pos/orders/s1/%00", "pos/orders/s1/" + "9" * 101, "pos/orders/%00/N1", "pos/orders/%ff/N1", "pos/orders/s4/N1",
        "pos/orders/s1/a%0Ab", "pos/orders/" + "s" * 5_000 + "/N1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("verb", ["hold", "commit", "cancel", "returns"])
def test_a_sale_that_no_address_can_name(caller, address, verb):
    before = state()
    body = {"hold": GOOD["pos/orders/s1/X1/hold"], "returns": GOOD["pos/orders/s1/N1/returns"]}.get(
        verb, {"key": "k"}
    )
    refused(caller.post(f"/api/v1/{address}/{verb}", body), 400, 404, 409, 422)
    assert state() == before


@pytest.mark.parametrize("key", ["%00", "%ff", "a" * 5_000, "..", "%2e%2e%2f", "💥", "' OR 1=1 --"])
def test_a_key_that_nothing_happened_under(caller, key):
    refused(caller.get(f"/api/v1/pos/operations/{key}"), 400, 404)


def test_what_is_told_of_an_operation_is_of_ones_own_channel(caller, nodes):
    assert caller.get("/api/v1/pos/operations/commit-N1").status_code == 200
    other = pricing.till(factories.channel(organization=nodes["s1"], code="pos-2"), organization=nodes["s1"])
    refused(other.get("/api/v1/pos/operations/commit-N1"), 404)
