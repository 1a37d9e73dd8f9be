"""From a decoded JSON value to a struct of the contract, and what was wrong on the way."""

import copy
import re

import msgspec

from identity.records import problems
from identity.records.shapes import TYPES, Account, Event, Order, Return, Review

AnyRecord = Account | Order | Return | Review | Event
REQUIRED = ("channel", "occurred_at")
REPAIRS = 20

_place = re.compile(r"^(.*?)(?: - at `\$(.*)`)?$", re.S)
_absent = re.compile(r"^Object missing required field `(\w+)`$")
_step = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
# A wrong value here is left out and listed; anywhere else it stops the record.
_droppable = re.compile(
    r"^\.(identifiers|profile|attribution|receiver|coupons|properties|touchpoint|membership(\[\d+\])?\.(number|tier))\b"
)


def read(raw: object) -> tuple:
    """(record or None, problems): None if one of the problems stops the record."""
    try:
        return msgspec.convert(raw, AnyRecord), []
    except msgspec.ValidationError as fault:
        return _repaired(raw, fault)
    except RecursionError:
        return None, [problems.of("record.depth", place="$")]


def _repaired(raw, fault):
    found = _obvious(raw)
    if found:
        return None, found
    raw = copy.deepcopy(raw)
    for _ in range(REPAIRS):
        problem, path = _explain(raw, fault)
        found.append(problem)
        if problem.effect != problems.DROP:
            return None, found
        _remove(raw, path)
        try:
            return msgspec.convert(raw, AnyRecord), found
        except msgspec.ValidationError as another:
            fault = another
    return None, [
        *found,
        problems.of("record.shape", place="$", message="Too many fields have a wrong form."),
    ]


def _obvious(raw):
    """Faults of the envelope, all of them at once."""
    if not isinstance(raw, dict):
        return [problems.of("record.object", place="$", value=raw)]
    if not isinstance(raw.get("type"), str) or raw["type"] not in TYPES:
        code = "record.type" if raw.get("type") is not None else "record.missing"
        return [problems.of(code, place="$.type", value=raw.get("type"), message=_missing(raw, "type"))]
    return [
        problems.of("record.missing", place=f"$.{name}", message=_missing(raw, name))
        for name in REQUIRED
        if raw.get(name) is None
    ]


def _missing(raw, name):
    return f"`{name}` is missing." if raw.get(name) is None else None


def _explain(raw, fault):
    message, path = _place.match(str(fault)).groups()
    path = path or ""
    value = _find(raw, path)
    place = f"${path}"
    if path.endswith(("_at", ".at")):
        return problems.of("time.offset", place=place, value=value), path
    if _droppable.match(path):
        return problems.of("record.dropped", place=place, value=value, message=f"{message}."), path
    if absent := _absent.match(message):
        name = absent[1]
        return problems.of("record.missing", place=f"{place}.{name}", message=f"`{name}` is missing."), path
    return problems.of("record.shape", place=place, value=value, message=f"{message}."), path


def _steps(path):
    return [name or int(index) for name, index in _step.findall(path)]


def _find(raw, path):
    for step in _steps(path):
        try:
            raw = raw[step]
        except (KeyError, IndexError, TypeError):
            return None
    return raw


def _remove(raw, path):
    *above, last = _steps(path)
    for step in above:
        raw = raw[step]
    if isinstance(raw, list) or last in raw:
        del raw[last]
