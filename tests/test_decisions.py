"""Every decision has a number of its own, and whoever names one leads to it."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "adr"
ROOMS = ("benchmarks", "campaigns", "config", "docs", "identity", "members", "reports", "static", "tags", "templates", "tests")  # fmt: skip
NAMED = re.compile(r"\bADR (\d{3})\b|docs/adr/(\d{3})")
LINKED = re.compile(r"\]\((?:[\w./]*adr/)?(\d{3}-[\w-]+\.md)\)")


def decisions() -> dict[str, str]:
    """{file: number in its heading}."""
    return {each.name: each.read_text().split()[1] for each in FOLDER.glob("*.md")}


def texts():
    for room in ROOMS:
        for path in (ROOT / room).rglob("*"):
            if path.suffix in {".md", ".py", ".html", ".js", ".sql"} and path.name != Path(__file__).name:
                yield path, path.read_text()


def test_every_number_is_given_once_and_stands_in_the_heading():
    found = decisions()
    assert [number for number, times in Counter(found.values()).items() if times > 1] == []
    assert {name: number for name, number in found.items() if name[:3] != number} == {}


def test_every_decision_that_is_named_is_there():
    found = decisions()
    lost = {
        (str(path.relative_to(ROOT)), named)
        for path, text in texts()
        for named in [
            *(
                first or second
                for first, second in NAMED.findall(text)
                if (first or second) not in found.values()
            ),
            *(name for name in LINKED.findall(text) if name not in found),
        ]
    }
    assert lost == set()
