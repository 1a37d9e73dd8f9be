import pytest

from tests import rows


def test_every_mark_names_a_row_that_exists():
    known = rows.required()
    assert known
    assert [f"{place}: {row}" for row, place in rows.marked() if row not in known] == []


@pytest.mark.parametrize(
    ("ranges", "count"), [(["MEM-001"], 1), (["MEM-005..MEM-009"], 5), (["PLT-002", "PLT-013..PLT-015"], 4)]
)
def test_ranges_choose_rows(ranges, count):
    assert len(rows.chosen(ranges)) == count


def test_an_unknown_range_is_refused():
    with pytest.raises(SystemExit, match="no row in MEM-998"):
        rows.chosen(["MEM-998"])
