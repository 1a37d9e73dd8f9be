"""Numbers of a SELECT as numpy columns."""

import numpy as np
import pytest
from django.db.utils import DataError

from tags.conditions.sql import build
from tags.queries.columns import BLOCK, columns

pytestmark = pytest.mark.django_db

MANY = (
    "SELECT i AS member_id, i * 0.5 AS half, nullif(i % 3, 0) AS rest FROM generate_series(1, {rows}::int) i"
)


@pytest.mark.parametrize("rows", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 7])
def test_every_row_comes_once_in_its_order(rows):
    found = columns(build(MANY, rows=rows), ["member_id", "half", "rest"])
    expected = np.arange(1, rows + 1, dtype=float)
    assert found["member_id"].dtype == np.float64
    np.testing.assert_array_equal(found["member_id"], expected)
    np.testing.assert_array_equal(found["half"], expected / 2)
    np.testing.assert_array_equal(found["rest"], np.where(expected % 3 == 0, np.nan, expected % 3))


def test_columns_may_be_left_out_and_large_ids_stay_exact():
    found = columns(
        build("SELECT {big}::bigint AS member_id, true::int AS yes, now() AS at", big=2**53 - 1),
        ["yes", "member_id"],
    )
    assert list(found) == ["yes", "member_id"]
    assert int(found["member_id"][0]) == 2**53 - 1
    assert found["yes"][0] == 1


def test_without_names_all_columns_come():
    found = columns(build("SELECT i AS b, -i AS a FROM generate_series(1, {n}::int) i", n=2))
    assert {name: list(column) for name, column in found.items()} == {"b": [1, 2], "a": [-1, -2]}


def test_an_error_of_the_database_is_djangos():
    with pytest.raises(DataError):
        columns(build("SELECT 1 / {nothing}::int AS a", nothing=0), ["a"])
