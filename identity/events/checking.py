"""An event against its definition: a look-up by name, and a look at each property that is defined."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

_number = re.compile(r"[+-]?\d{1,30}(\.\d{1,12})?").fullmatch
_day = re.compile(r"\d{4}-\d\d-\d\d").fullmatch


class Schema(Struct, frozen=True):
    """What an event must and may carry, compiled: property → test of its value."""

    types: dict
    required: tuple = ()
    personal: frozenset = frozenset()


Schemas = Mapping[str, Schema | None]  # None: defined, but no longer in use


def _text(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return _number(value) is not None
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _whole(value: Any) -> bool:
    return _is_number(value) and "." not in str(value)


def _time(value: Any) -> bool:
    try:
        return isinstance(value, str) and dt.datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _date(value: Any) -> bool:
    try:
        return isinstance(value, str) and _day(value) is not None and bool(dt.date.fromisoformat(value))
    except ValueError:
        return False


def _anything(value: Any) -> bool:
    return True


TYPES = {
    "text": _text,
    "number": _is_number,
    "whole": _whole,
    "boolean": lambda value: isinstance(value, bool),
    "time": _time,
    "date": _date,
    "list": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def compiled(rows: Iterable[tuple[str, Mapping, bool]]) -> dict[str, Schema | None]:
    """Schemas of rows (name, properties, in use)."""
    return {name: _schema(properties) if active else None for name, properties, active in rows}


def _schema(properties):
    return Schema(
        types={name: TYPES.get(each.get("type"), _anything) for name, each in properties.items()},
        required=tuple(name for name, each in properties.items() if each.get("required")),
        personal=frozenset(name for name, each in properties.items() if each.get("personal")),
    )


def check(*, name: str, properties: dict, schemas: Schemas | None, faults) -> dict:
    """The properties that may be kept in the event log; what is wrong is told to ``faults``.

    A value of a wrong type is left out and listed. A personal one stays in the raw record only, where it can be
    erased. Without schemas every event is let in as it is.
    """
    if schemas is None or not name:
        return properties
    schema = schemas.get(name)
    if schema is None:
        faults.add("event.unknown", "$.name", name)
        return properties
    wrong = [key for key, fits in schema.types.items() if key in properties and not fits(properties[key])]
    for key in wrong:
        faults.add("event.property", f"$.properties.{key}", properties[key])
    for key in schema.required:
        if properties.get(key) in (None, ""):
            faults.add("event.missing", f"$.properties.{key}")
    if not wrong and not schema.personal:
        return properties
    return {
        key: value for key, value in properties.items() if key not in schema.personal and key not in wrong
    }
