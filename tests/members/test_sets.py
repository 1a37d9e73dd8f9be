"""Rows as arrays: whatever a value holds, PostgreSQL reads it back."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members import sets

pytestmark = pytest.mark.django_db

texts = st.none() | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))


@given(st.lists(st.tuples(st.none() | st.integers(-(2**63), 2**63 - 1), texts), max_size=20))
def test_what_goes_in_comes_back(rows):
    assert sets.run("SELECT * FROM unnest(%s::bigint[], %s::text[])", rows, 2) == rows


def test_other_types():
    row = (Decimal("1.2000"), dt.datetime(2026, 1, 2, tzinfo=dt.UTC), True, '{"a": "\\"b\\""}', "null")
    query = "SELECT a, b, c, d ->> 'a', e FROM unnest(%s::numeric[], %s::timestamptz[], %s::bool[], %s::jsonb[], %s::text[]) AS t (a, b, c, d, e)"  # fmt: skip
    assert sets.run(query, [row], 5) == [(*row[:3], '"b"', "null")]


def test_no_rows():
    assert sets.run("SELECT * FROM unnest(%s::bigint[], %s::text[])", [], 2) == []
