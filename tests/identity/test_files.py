"""Readers of files: every complete record comes out, every other line has a clear verdict."""

import gzip
import io
import json
import tracemalloc

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.files import delimited, jsonlines, opening
from identity.files.items import LINE_LIMIT, Unusable
from identity.files.shaping import Shape

COLUMNS = {
    "手机号": "identifiers.phone",
    "姓名": "profile.name",
    "性别": {"to": "profile.gender", "optional": True},
    "时间": "occurred_at",
}
CONSTANTS = {"type": "account", "channel": "shop"}


def read(path, *, shape=None, start=0):
    with opening.source(path, shape=shape) as source:
        return list(source.items(start=start))


def write(path, content: bytes):
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def codes(items):
    return [item.problem.code if item.problem else "" for item in items]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a"])
def test_json_lines_plain_and_compressed(tmp_path, name):
    path = write(tmp_path / name, b'\xef\xbb\xbf{"a":1}\r\n\n{"a":2}\n  \n{"a":3}')
    items = read(path)
    assert [(item.line, item.raw["a"]) for item in items] == [(1, 1), (3, 2), (5, 3)]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_reading_goes_on_behind_any_line(tmp_path, name):
    path = write(tmp_path / name, b"".join(b'{"a":%d}\n' % n for n in range(50)))
    items = read(path)
    for n, item in enumerate(items):
        assert [later.raw["a"] for later in read(path, start=item.resume)] == list(range(n + 1, 50))


def test_faulty_lines_have_their_reason_and_the_rest_is_read(tmp_path):
    content = b'{"a":1}\n{"a":\n{"a":"\xff"}\n' + b"[" * 200_000 + b'\n{"a":2}\n'
    items = read(write(tmp_path / "a.jsonl", content))
    assert codes(items) == ["", "line.json", "line.encoding", "record.depth", ""]
    assert "line 2" in items[1].problem.place
    assert "Byte 20 is not UTF-8" in items[2].problem.message


def test_a_line_of_a_hundred_megabytes_is_skipped_in_constant_memory(tmp_path):
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.write(b'{"a":1}\n{"name":"')
        for _ in range(100):
            file.write(b"x" * (1 << 20))
        file.write(b'"}\n{"a":2}\n')
    tracemalloc.start()
    items = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert codes(items) == ["", "line.long", ""]
    assert "at byte 8 is 104857612 bytes long" in items[1].problem.message
    assert items[1].text.startswith('{"name":"xxx')
    assert len(items[1].text) <= 1024
    assert peak < 8 * LINE_LIMIT


def test_all_complete_lines_of_a_truncated_gzip_are_taken(tmp_path):
    lines = [json.dumps({"a": n, "noise": hash(str(n))}).encode() for n in range(5_000)]
    packed = gzip.compress(b"\n".join(lines))
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(packed[: len(packed) // 2])
    items = read(path)
    assert codes(items[:-1]) == [""] * (len(items) - 1)
    assert [item.raw["a"] for item in items[:-1]] == list(range(len(items) - 1))
    assert len(items) > 1_000
    assert items[-1].problem.code == "file.truncated"


def test_a_compressed_file_of_noise(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(b"\x1f\x8b" + b"noise" * 10)
    assert codes(read(path)) == ["file.truncated"]


@pytest.mark.parametrize("name", ["missing.jsonl", ".", "b.docx", "c.xlsx"])
def test_what_cannot_be_read_at_all_says_so(tmp_path, name):
    (tmp_path / "b.docx").write_bytes(b"hello")
    (tmp_path / "c.xlsx").write_bytes(b"hello")
    with pytest.raises(Unusable, match=name if name != "." else "folder"):
        read(tmp_path / name)


def test_an_empty_file_has_no_records(tmp_path):
    assert read(write(tmp_path / "a.jsonl", b"")) == []
    with pytest.raises(Unusable, match="empty"):
        read(write(tmp_path / "a.csv", b""))


SHEET = '手机号,姓名,性别,时间,备注\n13800138000,李雷,男,2026-01-02 03:04:05,\n13900139000,"韩\n梅梅",女,2026/1/2 3:04,老客户\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_of_any_usual_form(tmp_path, encoding, separator):
    path = write(tmp_path / "a.csv.gz", SHEET.replace(",", separator).encode(encoding))
    items = read(path, shape=Shape(columns=COLUMNS, constants=CONSTANTS))
    assert items[0].raw == CONSTANTS | {
        "identifiers": [{"kind": "phone", "value": "13800138000"}],
        "profile": {"name": "李雷", "gender": "男"},
        "occurred_at": "2026-01-02T03:04:05+08:00",
    }
    assert items[1].raw["columns"] == {"备注": "老客户"}
    assert items[1].raw["profile"]["name"] == "韩\n梅梅"
    assert items[1].line == 4


def test_csv_goes_on_behind_any_row(tmp_path):
    rows = b"".join(b'"%d","a\nb"\n' % n for n in range(20))
    path = write(tmp_path / "a.csv", b"external_id,name\n" + rows)
    items = read(path)
    for n, item in enumerate(items):
        rest = read(path, start=item.resume)
        assert [each.raw["external_id"] for each in rest] == [str(m) for m in range(n + 1, 20)]


def test_missing_columns_are_named(tmp_path):
    path = write(tmp_path / "a.csv", "手机号,备注\n1,2\n".encode())
    with pytest.raises(Unusable, match=r"missing: 姓名, 时间\. The file has: 手机号, 备注"):
        read(path, shape=Shape(columns=COLUMNS, constants=CONSTANTS))


def test_a_line_in_another_encoding_is_named_and_the_rest_is_read(tmp_path):
    first = "external_id,name\n" + "".join(f"{n},李雷\n" for n in range(40_000))
    path = write(tmp_path / "a.csv", first.encode() + "x,韩梅\n".encode("gb18030") + b"y,z\n")
    items = read(path)
    assert [item.problem.code for item in items if item.problem] == ["line.encoding"]
    assert items[-1].raw == {"external_id": "y", "name": "z"}
    assert len(items) == 40_002


def test_a_quote_that_never_ends_does_not_swallow_memory(tmp_path):
    path = write(tmp_path / "a.csv", b'external_id,name\n1,"' + b"x,y\n" * 600_000)
    items = read(path)
    assert items[0].problem.code == "line.long"


def test_a_row_of_too_many_cells(tmp_path):
    items = read(write(tmp_path / "a.csv", b"external_id,name\n1,a,b\n2,c\n"))
    assert codes(items) == ["line.columns", ""]


def test_a_workbook(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["手机号", "姓名", "时间", "金额"])
    from datetime import datetime

    sheet.append([13800138000, "李雷", datetime(2026, 1, 2, 3, 4, 5), 0.1 + 0.2])
    sheet.append([])
    sheet.append([13900139000.0, None, "2026-01-02", 199.1])
    memory = io.BytesIO()
    book.save(memory)
    shape = Shape(columns={k: COLUMNS[k] for k in ("手机号", "姓名", "时间")} | {"金额": "lines.0.amount"})
    for name in ("a.xlsx", "a.xlsx.gz"):
        path = write(tmp_path / name, memory.getvalue())
        items = read(path, shape=shape)
        assert items[0].raw == {
            "identifiers": [{"kind": "phone", "value": "13800138000"}],
            "profile": {"name": "李雷"},
            "occurred_at": "2026-01-02T03:04:05+08:00",
            "lines": [{"amount": "0.3"}],
        }
        assert [item.line for item in items] == [2, 4]
        assert items[1].raw["lines"] == [{"amount": "199.1"}]
        assert [item.line for item in read(path, shape=shape, start=items[0].resume)] == [4]


@pytest.mark.parametrize(
    ("transform", "cell", "expected"),
    [
        ("number", "¥1,234.50", "1234.50"),
        ("hundredth", "19910", "199.1"),
        ("epoch", "1767294245", "2026-01-02T03:04:05+08:00"),
        ("epoch", "1767294245000", "2026-01-02T03:04:05+08:00"),
        ("date", "1984/05/06", "1984-05-06"),
        ("time", "20260102", "2026-01-02T00:00:00+08:00"),
        ("time", "soon", "soon"),
        ("upper", "cny", "CNY"),
    ],
)
def test_transforms(transform, cell, expected):
    shape = Shape(columns={"c": {"to": "name", "transform": transform}})
    shape.bind(["c"])
    assert shape({"c": cell}) == {"name": expected}


def test_a_column_that_goes_nowhere_is_refused():
    with pytest.raises(Unusable, match="Phone"):
        Shape(columns={"Phone": "telephone"})
    with pytest.raises(Unusable, match="transform"):
        Shape(columns={"Phone": {"to": "name", "transform": "magic"}})


def test_problems_name_the_column_they_came_from():
    shape = Shape(columns={"金额": "lines.0.amount", "性别": "profile.gender"})
    assert shape.column_of("$.lines[0].amount") == "金额"
    assert shape.column_of("$.profile.gender") == "性别"
    assert shape.column_of("$.channel") == ""


def test_fingerprints_tell_files_apart(tmp_path):
    first, second = (write(tmp_path / name, content) for name, content in [("a", b"x" * 9), ("b", b"y" * 9)])
    assert opening.fingerprint(first) == opening.fingerprint(first)
    assert opening.fingerprint(first) != opening.fingerprint(second)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_to_their_end(content):
    items = list(jsonlines.items(io.BytesIO(content)))
    assert all((item.problem is None) != (item.raw is None) or item.raw is None for item in items)
    assert all(item.resume <= len(content) for item in items)


@given(st.binary(max_size=400))
def test_any_bytes_below_a_header_are_read_to_their_end(content):
    stream = io.BytesIO(b"external_id,name\n" + content)
    try:
        items = list(delimited.items(stream, shape=Shape()))
    except Unusable:
        return
    assert all(item.problem or item.raw is not None for item in items)
