"""Records to be cleaned, and what a hostile sender may put into them."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from identity.cleaning import records, rules

NOW = datetime(2026, 6, 1, tzinfo=UTC)
BOOK = rules.RuleBook(everywhere=rules.DEFAULT)
AT = "2026-01-02T03:04:05+08:00"


def clean(raw, book=BOOK):
    return records.clean(raw, book=book, now=NOW)


def account(**given):
    return {"type": "account", "channel": "app", "external_id": "u1", "occurred_at": AT} | given


def order(**given):
    line = {"line": 1, "sku": "S1", "quantity": "1", "unit_price": "10.00"}
    return {
        "type": "order",
        "channel": "pos",
        "external_id": "o1",
        "occurred_at": AT,
        "lines": [line],
    } | given


def codes(cleaned):
    return [problem.code for problem in cleaned.problems]


hostile = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["\ud800", "\x00", "1e400"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
FIELDS = sorted({name for shape in records.reading.TYPES.values() for name in shape.__struct_fields__})
