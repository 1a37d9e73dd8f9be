"""The engine is a pure function: what it may import, and what it may not do."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from campaigns import offers

ROOM = Path(offers.__file__).parent
HOUSE = ROOM.parent.parent
MODULES = sorted(ROOM.rglob("*.py"))
ALLOWED = {"bisect", "calendar", "collections", "datetime", "functools", "hashlib", "heapq", "itertools", "math", "msgspec", "operator", "re", "types", "typing"}  # fmt: skip
CLOCKS = {"now", "today", "utcnow", "time", "fromtimestamp"}


def faults(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.partition(".")[0] not in ALLOWED)
        elif isinstance(node, ast.ImportFrom):
            if (
                not node.module.startswith("campaigns.offers")
                and node.module.partition(".")[0] not in ALLOWED
            ):
                yield node.module
        elif isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield f"the float {node.value}"
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            yield f"a division that gives a float in line {node.lineno}"
        elif isinstance(node, ast.Name) and node.id in {"float", "open", "hash", "id"}:
            yield f"{node.id} in line {node.lineno}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
            yield f"the clock in line {node.lineno}"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_the_engine_needs_nothing_but_msgspec_and_whole_numbers(module):
    assert list(faults(module.read_text("utf-8"))) == []


FAULTS = [
    "import random",
    "import time",
    "from django.db import models",
    "from campaigns.models import x",
    "x = 0.5",
    "x = 1 / 2",
    "x /= 2",
    "float('1')",
    "datetime.now()",
    "hash('a')",
]


@pytest.mark.parametrize("text", FAULTS)
def test_each_fault_is_found(text):
    assert list(faults(text))


def test_it_is_imported_without_django():
    names = [
        ".".join(path.relative_to(HOUSE).with_suffix("").parts).removesuffix(".__init__") for path in MODULES
    ]
    program = f"import sys; sys.modules['django'] = None; import {', '.join(names)}"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=HOUSE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
