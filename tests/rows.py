"""Which rows of docs/requirements have a test.

    python -m tests.rows [RANGE ...]     RANGE: MEM, MEM-016 or IDN-053..IDN-074; every row when none is given

A row counts once a test carries its id in @pytest.mark.requirement(...).
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parent
REQUIREMENTS = TESTS.parent / "docs" / "requirements"
ROW = re.compile(r"^\| ([A-Z]{3}-\d{3}) \| (.*?) \|")


def required() -> dict[str, str]:
    """Id and name of every row."""
    lines = (
        line for page in sorted(REQUIREMENTS.glob("*.md")) for line in page.read_text("utf-8").splitlines()
    )
    return {found[1]: found[2] for found in map(ROW.match, lines) if found}


def marked() -> Iterator[tuple[str, str]]:
    """Every id in a requirement mark, with the file and line where it stands."""
    for path in sorted(TESTS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "requirement":
                place = f"{path.relative_to(TESTS.parent)}:{node.lineno}"
                yield from ((word.value, place) for word in node.args if isinstance(word, ast.Constant))


def chosen(ranges: list[str]) -> list[str]:
    rows = required()
    if not ranges:
        return list(rows)
    return [row for text in ranges for row in _within(text, rows)]


def _within(text: str, rows: dict[str, str]) -> list[str]:
    first, _, last = text.partition("..")
    last = last or first
    found = [
        row
        for row in rows
        if row.startswith(first[:3]) and first <= row[: len(first)] and row[: len(last)] <= last
    ]
    if not found:
        sys.exit(f"There is no row in {text}.")
    return found


def report(ranges: list[str]) -> str:
    rows, done = required(), {row for row, _place in marked()}
    wanted = chosen(ranges)
    lines = [f"{row}  {rows[row]}" for row in wanted if row not in done]
    return "\n".join([*lines, f"{len(wanted) - len(lines)} of {len(wanted)} rows have a test"]) + "\n"


if __name__ == "__main__":
    sys.stdout.write(report(sys.argv[1:]))
