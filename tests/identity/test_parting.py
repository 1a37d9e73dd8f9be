"""A batch in two parts: nothing is lost, and what belongs together stays together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.actions import parting
from identity.files.items import Item
from tests.identity import company

anything = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers(), max_size=2)
records = st.dictionaries(
    st.sampled_from(["type", "channel", "external_id", "account", "order", "identifiers"]),
    anything | st.lists(st.dictionaries(st.sampled_from(["kind", "value"]), anything), max_size=2),
)


def items(raws):
    return [Item(line=n, resume=n, raw=raw) for n, raw in enumerate(raws, start=1)]


@given(st.lists(records | anything, max_size=30))
def test_every_item_is_in_one_part_whatever_was_sent(raws):
    parts = parting.part(items(raws), (2, 3))
    assert sorted(place for part in parts for place in part) == list(range(len(raws)))
    assert all(part == sorted(part) and part for part in parts)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (company.account("u1"), company.order("o1", "u1")),
        (company.order("o1", "u1"), company.returned("r1", "o1")),
        (
            company.account("u1", phone="13800000001"),
            company.account("u2", channel="pos", phone="13800000001"),
        ),
        (company.review("v1", "o1"), company.review("v1", "o1", rating=5)),
    ],
)
def test_what_names_the_same_thing_stays_together(one, other):
    among = [company.event("page_view", f"x{n}") for n in range(8)]
    parts = parting.part(items([one, *among, other]), (1, 1))
    assert any({0, 9} <= set(part) for part in parts)


def test_parts_are_as_large_as_their_shares():
    raws = [company.event("page_view", f"x{n}") for n in range(100)]
    assert [len(part) for part in parting.part(items(raws), (2, 3))] == [40, 60]
