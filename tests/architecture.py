"""Rules of the house that a tool of imports can't see: what is named in strings, signals, clocks, names."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLOORS = {"members": 0, "identity": 1, "tags": 1, "campaigns": 2, "reports": 3, "config": 4}
INNER_ROOMS = {"models", "queries", "actions"}
ENGINES = {
    "members": {"ledger", "lifecycle", "rules"},
    "identity": {"matching", "cleaning", "records", "files"},
    "tags": {"conditions", "models_of"},
    "campaigns": {"touchpoints", "offers"},
}
LEFTOVERS = {"common", "core", "extras", "helpers", "misc", "signals", "utilities", "utils"}
RELATIONS = {"ForeignKey", "OneToOneField", "ManyToManyField"}
SIGNALS = re.compile(r"(^|\.)signals$|^django\.dispatch")
DOORS = re.compile(r"^django\.(contrib\.admin|http|shortcuts|views|forms)\b")
CLOCKS = {
    ("timezone", "now"),
    ("timezone", "localdate"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
}
TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE|REFERENCES)\s+\"?(\w+?)_\w+", re.IGNORECASE)


class Source:
    def __init__(self, path: Path, root: Path) -> None:
        self.place = path.relative_to(root)
        self.app = self.place.parts[0]
        self.room = self.place.parts[1].removesuffix(".py")
        self.tree = ast.parse(path.read_text("utf-8"))

    def is_inside(self) -> bool:
        """Neither a door nor the roof: rules and reads, which know no request and no clock."""
        return self.room in INNER_ROOMS | ENGINES.get(self.app, set())

    def calls(self) -> Iterator[ast.Call]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))

    def imports(self) -> Iterator[tuple[int, str]]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, name.name) for name in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)

    def texts(self) -> Iterator[tuple[int, str]]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.lineno, node.value


def sources(root: Path) -> Iterator[Source]:
    for app in FLOORS:
        yield from (Source(path, root) for path in sorted((root / app).rglob("*.py")))


def faults(root: Path = ROOT) -> list[str]:
    return sorted(
        f"{source.place}:{line}: {what}"
        for source in sources(root)
        for rule in RULES
        for line, what in rule(source)
    )


def is_above(app: str, other: str) -> bool:
    """Whether the other app is none that this one may know: on a higher floor, or the neighbour."""
    return other in FLOORS and other != app and FLOORS[other] >= FLOORS[app]


def upward_relations(source: Source) -> Iterator[tuple[int, str]]:
    for call in source.calls():
        if _name(call.func) in RELATIONS:
            for word in [
                *call.args[:1],
                *(keyword.value for keyword in call.keywords if keyword.arg in ("to", "through")),
            ]:
                if isinstance(word, ast.Constant) and is_above(source.app, str(word.value).partition(".")[0]):
                    yield call.lineno, f"a relation to {word.value}, which this floor may not know"


def upward_tables(source: Source) -> Iterator[tuple[int, str]]:
    for line, text in source.texts():
        for app in TABLE.findall(text):
            if is_above(source.app, app):
                yield line, f"SQL reads a table of {app}, which this floor may not know"


def signals(source: Source) -> Iterator[tuple[int, str]]:
    for line, name in source.imports():
        if SIGNALS.search(name) or SIGNALS.search(name.rpartition(".")[0]):
            yield line, f"{name}: say it with an Event or a call, not with a signal"


def generic_keys(source: Source) -> Iterator[tuple[int, str]]:
    for line, name in source.imports():
        if name.startswith("django.contrib.contenttypes.fields"):
            yield line, f"{name}: the database can't hold a generic key"


def leftovers(source: Source) -> Iterator[tuple[int, str]]:
    for part in source.place.with_suffix("").parts:
        if part in LEFTOVERS:
            yield 1, f"{part} says nothing about what is inside"


def clocks(source: Source) -> Iterator[tuple[int, str]]:
    for call in source.calls() if source.is_inside() else ():
        if isinstance(call.func, ast.Attribute) and (_name(call.func.value), call.func.attr) in CLOCKS:
            yield call.lineno, "looks at the clock: take `now` as an argument"


def doors(source: Source) -> Iterator[tuple[int, str]]:
    for line, name in source.imports() if source.is_inside() else ():
        if DOORS.match(name):
            yield line, f"{name} belongs to the doors"


def dynamic_imports(source: Source) -> Iterator[tuple[int, str]]:
    if source.app == "config" or source.room == "migrations":
        return
    for call in source.calls():
        if _name(call.func) in {"import_module", "import_string", "get_model", "__import__"}:
            yield call.lineno, f"{_name(call.func)} hides a dependency: import it"


def _name(node: ast.expr) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


RULES = [upward_relations, upward_tables, signals, generic_keys, leftovers, clocks, doors, dynamic_imports]
