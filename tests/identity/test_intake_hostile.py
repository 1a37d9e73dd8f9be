"""Whatever a sender sends, the database stores it or it is kept aside: no batch breaks."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from identity.records.reading import TYPES
from tests.identity import company
from tests.identity.cleaning.samples import FIELDS, hostile

pytestmark = pytest.mark.django_db

texts = st.text(max_size=300) | st.sampled_from(
    ["\x00", "a\x00b", "1e999", "-1", "9" * 400, "{}", '"\\\\', "\u202e"]
)
numbers = st.sampled_from(
    ["0", "0.001", "999999999", "999999999999.9999", "-999999999999", 10**40, -1, 2**63]
)
line = st.fixed_dictionaries(
    {},
    optional={
        "line": st.sampled_from([-1, 0, 1, 2**31, 2**70]),
        "sku": texts, "name": texts, "category": texts, "serial": texts,
        "quantity": numbers, "unit_price": numbers, "discount": numbers, "amount": numbers, "refund": numbers,
    },
)  # fmt: skip
identifier = st.fixed_dictionaries(
    {"value": texts},
    optional={
        "kind": st.sampled_from(["phone", "email", "device", "card", "x"]) | texts,
        "namespace": texts,
        "role": st.sampled_from(["buyer", "receiver", "x"]),
    },
)
spiteful = {
    "external_id": texts, "account": texts, "order": texts, "organization": st.sampled_from(["b1", "s1", "zz"]),
    "lines": st.lists(line, max_size=3), "identifiers": st.lists(identifier, max_size=3),
    "profile": st.dictionaries(st.sampled_from(["name", "gender", "birth_date", "city", "address"]), texts),
    "receiver": st.dictionaries(st.just("name"), texts), "attribution": st.dictionaries(texts, texts, max_size=2),
    "properties": st.dictionaries(texts, texts | numbers, max_size=3), "coupons": st.lists(texts, max_size=2),
    "payments": st.lists(st.fixed_dictionaries({"method": texts, "amount": numbers}), max_size=2),
    "membership": st.fixed_dictionaries(
        {"organization": st.just("b1")}, optional={"number": texts, "tier": texts, "points": numbers, "joined_at": texts}
    ),
    "consents": st.lists(
        st.fixed_dictionaries({"purpose": texts, "granted": st.booleans()}, optional={"channel": texts, "text_version": texts}),
        max_size=2,
    ),
    "status": st.sampled_from(["paid", "x"]), "shipping": numbers, "discount": numbers, "cashier": texts,
    "guide": texts, "touchpoint": texts, "name": texts, "text": texts, "rating": st.sampled_from([1, 9, "5", "x"]),
    "occurred_at": st.sampled_from(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00+14:00"]),
    "sku": texts, "reason": texts, "currency": st.sampled_from(["cny", "€€€", "x"]),
}  # fmt: skip


@st.composite
def records(draw):
    kind = draw(st.sampled_from([*TYPES]))
    raw = {"type": kind, "channel": "app", "external_id": "1", "occurred_at": company.day(1), "name": "x"}
    raw |= draw(st.fixed_dictionaries({}, optional=spiteful))
    return raw | draw(st.dictionaries(st.sampled_from(FIELDS), hostile, max_size=1))


@settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)  # fmt: skip
@given(st.lists(records(), min_size=1, max_size=6))
def test_no_batch_breaks(given):
    from django.db import transaction

    with transaction.atomic():
        company.build()
        found = company.accept(*given)
        assert len(found) == len(given)
        for raw, verdict in zip(given, found, strict=True):
            assert verdict.verdict in ("accepted", "updated", "duplicate", "quarantined", "rejected"), raw
            assert verdict.problems or verdict.verdict in ("accepted", "updated", "duplicate")
        assert [
            each.verdict for each in company.accept(*given) if each.verdict in ("accepted", "updated")
        ] == []
        transaction.set_rollback(True)
